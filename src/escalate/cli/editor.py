"""Text that a person writes in their own editor, asked for by `-e`; never opened unasked."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escalate.cli.session import Session

NOTHING = "Nothing was recorded."

SECRET = "ESCALATE_SECRET_"  # noqa: S105  (what names of variables begin with)


def written(session: Session, what: str, *, option: str = "TEXT") -> str:
    """What a person wrote in $VISUAL, else $EDITOR. Raises Usage where that is nothing, or nobody can write."""
    hint = f"{NOTHING} Give {option}, or `-` to read it from stdin."
    if not session.interactive:
        raise Usage(f"{what}: an editor needs a terminal.", hint=hint)
    environ = session.wiring.environ
    editor = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    if not editor:
        raise Misconfigured("Neither VISUAL nor EDITOR says which editor to open.", hint=hint)
    session.say(f"{what}: write it in the editor, save and leave. An empty text records nothing.")
    with _file(session) as path:
        _edit(editor, path, environ, hint)
        text = _read(path)
    if not text.strip():
        raise Usage(f"{what}: the text is empty.", hint=hint)
    return text.rstrip("\n")


@contextmanager
def _file(session: Session) -> Iterator[str]:
    """An empty file, 0600, in a folder that is nobody else's and goes with all that the editor left beside it."""
    import shutil
    from tempfile import mkdtemp

    from escalate.cli.leaving import noticed
    from escalate.files import own_file, own_folder

    with noticed():  # also a terminal that is closed ends in the removal
        try:
            own_folder(session.wiring.folder)
            folder = mkdtemp(prefix="editing-", dir=session.wiring.folder)
        except OSError as error:
            raise Misconfigured(
                f"No file can be made in {session.wiring.folder}: {error.strerror}.",
                hint=f"{NOTHING} Free some room there, or mend its rights.",
            ) from error
        try:
            path = f"{folder}/text.txt"
            own_file(path)
            yield path
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _edit(editor: str, path: str, environ: Mapping[str, str], hint: str) -> None:
    """By the shell, as git does it: an editor may be given with options of its own. It gets no secret of ours, and the
    terminal also where the answer goes into a pipe. Ctrl-C is the editor's.
    """
    import signal
    import subprocess

    kept = {name: value for name, value in environ.items() if not name.startswith(SECRET)}
    out = None if sys.stdout.isatty() else sys.stderr.fileno()
    before = signal.getsignal(signal.SIGINT)
    try:
        # A shell, so that $HOME in it is found; our own file is a word of its own and never read as a command.
        with subprocess.Popen(["/bin/sh", "-c", f'{editor} "$@"', editor, path], env=kept, stdout=out) as running:  # noqa: S603
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                code = running.wait()
            except BaseException:
                running.terminate()
                raise
    except OSError as error:
        raise Misconfigured(f"The editor {editor} cannot be started: {error.strerror}.", hint=hint) from error
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise Misconfigured(f"The editor {editor} ended with {code}.", hint=hint)


def _read(path: str) -> str:
    """What the file holds; nothing where the editor took it away. The same limits hold as for stdin."""
    from pathlib import Path

    from escalate.cli.spoken import LARGEST, TOO_MUCH, decoded

    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return ""
    if len(raw) > LARGEST:
        raise Usage("More was written than can be taken.", hint=TOO_MUCH)
    return decoded(raw, "What was written")
