"""Text that a person writes in their own editor, asked for by `-e`; never opened unasked. What was written there and has
not been recorded stays where it is and is named.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from escalate.cli.leaving import heard, put_off
from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escalate.cli.session import Session

NOTHING = "Nothing was recorded."

SECRET = "ESCALATE_SECRET_"  # noqa: S105  (what names of variables begin with)

NAME = "text.txt"

PATIENCE = 3.0
"""Seconds that an editor has for saving what it holds before it is killed."""

KINDS = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
         stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}  # fmt: skip


def written(session: Session, what: str, *, option: str = "TEXT") -> str:
    """What a person wrote in $VISUAL, else $EDITOR. Raises Usage where that is nothing, or nobody can write."""
    hint = f"{NOTHING} Give {option}, or `-` to read it from stdin."
    if not session.interactive:
        raise Usage(f"{what}: an editor needs a terminal.", hint=hint)
    environ = session.wiring.environ
    editor = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    if not editor:
        raise Misconfigured("Neither VISUAL nor EDITOR says which editor to open.", hint=hint)
    heard(_leave)  # from here on, also a terminal that is closed leaves in an orderly way
    folder = _folder(session)
    session.say(f"{what}: write it in the editor, save and leave. An empty text records nothing.")
    path = f"{folder}/{NAME}"
    _edit(editor, path, environ, hint)
    _clear(folder)
    text = _decoded(_read(path, hint))
    if not text.strip():
        raise Usage(f"{what}: the text is empty.", hint=hint)
    return text.rstrip("\n")


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _folder(session: Session) -> str:
    """A folder that is nobody else's, with an empty file in it, 0600. The session knows of it until it is gone."""
    from tempfile import mkdtemp

    from escalate.files import own_file, own_folder

    try:
        own_folder(session.wiring.folder)
        folder = mkdtemp(prefix="editing-", dir=session.wiring.folder)
        session.drafts.append(folder)
        own_file(f"{folder}/{NAME}")
    except OSError as error:
        raise Misconfigured(
            f"No file can be made in {session.wiring.folder}: {error.strerror}.",
            hint=f"{NOTHING} Free some room there, or mend its rights.",
        ) from error
    return folder


def _clear(folder: str) -> None:
    """Away with what an editor that ended well has left beside the text: earlier versions, lists of undone changes."""
    import shutil

    with suppress(OSError):
        for beside in os.scandir(folder):
            if beside.name != NAME:
                shutil.rmtree(beside.path, ignore_errors=True)
                with suppress(OSError):
                    os.unlink(beside.path)  # noqa: PTH108  (as elsewhere here: pathlib costs start-up)


def _read(path: str, hint: str) -> bytes:
    """What the file holds; nothing where the editor took it away. The same limits hold as for stdin."""
    from escalate.cli.spoken import LARGEST, TOO_MUCH

    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode):
            what = KINDS.get(stat.S_IFMT(mode), "something else")
            raise Misconfigured(f"The editor left {what} in place of the file it was given.", hint=hint)
        # It may become another thing meanwhile: then this fails, and waits for nobody.
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Misconfigured(f"What was written cannot be read: {error.strerror}.", hint=hint) from error
    if len(raw) > LARGEST:
        raise Usage("More was written than can be taken.", hint=TOO_MUCH)
    return raw


def _decoded(raw: bytes) -> str:
    from escalate.cli.spoken import decoded

    return decoded(raw, "What was written")


# ── what becomes of it ──────────────────────────────────────────────────────────────────────────────────────────────


def done(session: Session) -> None:
    """What was written is in the record, or was needed no longer: its files go."""
    import shutil

    with put_off():
        while session.drafts:
            shutil.rmtree(session.drafts.pop(), ignore_errors=True)


def kept(session: Session) -> str:
    """Where that is which was written and not recorded, as a sentence for whoever wrote it; empty where there is none."""
    import shutil
    from shlex import quote

    texts, others = [], []
    with put_off():
        while session.drafts:
            folder = session.drafts.pop(0)
            found = _filled(folder)
            if not found:
                shutil.rmtree(folder, ignore_errors=True)
            own = f"{folder}/{NAME}"
            texts += [own] if own in found else []
            others += [] if own in found else found
    left = f"What the editor left is kept: {', '.join(others)}" if others else ""
    if not texts:
        return left
    said = f"What you wrote is kept: {', '.join(texts)}"
    if len(texts) == 1 and session.wiring.verb == "log":
        ref = f" -i {quote(session.given_ref)}" if session.given_ref else ""
        said += f"; take it up again, with the same options: escalate log{ref} - < {quote(texts[0])}"
    elif len(texts) == 1:
        said += f"; take it up again with - in place of -e, and < {quote(texts[0])}"
    return "\n".join(filter(None, (said, left)))


def _filled(folder: str) -> list[str]:
    """The files in a folder that hold something, for their owner's eyes alone."""
    found = []
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            with suppress(OSError):
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    continue
                os.chmod(path, 0o600)  # noqa: PTH101
                with open(path, "rb") as file:  # noqa: PTH123
                    if any(map(bytes.strip, file)):
                        found.append(path)
    return sorted(found)


# ── the editor ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _edit(editor: str, path: str, environ: Mapping[str, str], hint: str) -> None:
    """By the shell, as git does it: an editor may be given with options of its own. It gets no secret of ours, and the
    terminal also where the answer goes into a pipe. Ctrl-C is the editor's.
    """
    given = {name: value for name, value in environ.items() if not name.startswith(SECRET)}
    out = None if sys.stdout.isatty() else sys.stderr.fileno()
    # A shell, so that $HOME in it is found; our own file is a word of its own and never read as a command.
    command = ["/bin/sh", "-c", f'{editor} "$@"', editor, path]
    with _terminal_as_it_was():
        try:
            running = subprocess.Popen(command, env=given, stdout=out)  # noqa: S603
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise Misconfigured(f"The editor {editor} cannot be started: {why}.", hint=hint) from error
        try:
            code = _awaited(running)
        except BaseException:
            _end(running)
            raise
        if code:
            _refuse(editor, code, hint)


def _awaited(running: subprocess.Popen[bytes]) -> int:
    """How it ended. What the keyboard sends meanwhile is for the editor alone."""
    keys = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, signal.SIG_IGN) for number in keys]
    try:
        return running.wait()
    finally:
        for number, was in zip(keys, before, strict=True):
            signal.signal(number, was)


def _refuse(editor: str, code: int, hint: str) -> None:
    """An editor that did not end well. The shell says by 128 more that a signal ended what it ran."""
    number = -code if code < 0 else code - 128
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    try:
        how = f"was ended by signal {signal.Signals(number).name.removeprefix('SIG')}"
    except ValueError:
        how = f"ended with {code}"
    raise Misconfigured(f"The editor {editor} {how}.", hint=hint)


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """An editor that did not end well may have left it unfit for a shell: without echo, say."""
    import termios

    number, before = sys.stdin.fileno(), None
    with suppress(OSError, termios.error):
        before = termios.tcgetattr(number)
    try:
        yield
    except BaseException:
        with suppress(OSError, termios.error):
            if before is not None and os.tcgetpgrp(number) == os.getpgrp():
                termios.tcsetattr(number, termios.TCSADRAIN, before)
        raise


def _end(running: subprocess.Popen[bytes]) -> None:
    """The editor goes with us: it and all that it started are asked to, and may save what they hold; then they are made
    to. Our process group is no measure of it: whoever started us may be in it.
    """
    import time

    with put_off():
        family = [running.pid, *_descendants(running.pid)]
        for number in (signal.SIGTERM, signal.SIGCONT):
            _tell(family, number)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and (running.poll() is None or any(map(_lives, family))):
            time.sleep(0.02)
        _tell([pid for pid in family if _lives(pid)], signal.SIGKILL)
        if running.poll() is None:
            running.kill()
        running.wait()


def _tell(family: list[int], number: signal.Signals) -> None:
    for pid in family:
        with suppress(OSError):
            os.kill(pid, number)


def _descendants(pid: int) -> list[int]:
    """The processes that come from one, where the system shows them."""
    with suppress(OSError):
        parents = {int(name): _stat(name)[1:] for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208
        found, among = [], {str(pid)}
        while young := [one for one, parent in parents.items() if parent and parent[0] in among]:
            found += young
            among = {str(one) for one in young}
        return found
    return []


def _lives(pid: int) -> bool:
    return _stat(str(pid))[:1] not in ([], ["Z"], ["X"])


def _stat(pid: str) -> list[str]:
    """The state of a process and its parent, from /proc/PID/stat; nothing where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[:2]
    except OSError:
        return []
