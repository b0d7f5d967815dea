"""`db copy`: the record moved from a file to PostgreSQL, or back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import EscalateError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.copying import Compared
    from escalate.cli.views import View


@click.command("copy", cls=Command)
@click.option(
    "--to", "target", metavar="URL|PATH", required=True, help="Where to: postgresql://… or the path of a file."
)
@click.option("--check", is_flag=True, help="Copy nothing; compare the two.")
@click.option("--force", is_flag=True, help="Also while a courier sends from the record.")
@pass_session
def copy(session: Session, target: str, check: bool, force: bool) -> None:
    """Move the record from a file to PostgreSQL, or back: every entry byte for byte, what is owed, rosters and guidance.

    All of it or nothing; it goes where there is no record yet, or an empty one. Then both are compared, which `--check` does
    again. Whoever copies needs the role escalate_owner there. The old record stays as it is.

    \b
    Example:
      escalate db copy --to postgresql://dana@db.example.org/escalate
      escalate db copy --to postgresql://dana@db.example.org/escalate --check
    """
    from escalate.app import copying
    from escalate.wiring import elsewhere

    source = elsewhere.this_record(session.wiring)
    source.connection()
    other, movers = elsewhere.record_at(session.wiring, target), elsewhere.Movers()
    try:
        if not check:
            if not force:
                copying.refuse_couriers(source, session.wiring.alive)
            with _Progress(session) as progress:
                copying.copy(source, other, movers, progress.tell)
        try:
            found = copying.compare(source, other, movers)
        except EscalateError as error:
            if check:
                raise
            said = f"It was copied, but the two were not compared: {error.message}"
            raise type(error)(said, hint="Compare them: the same command with --check") from error
    finally:
        other.close()
    data = {**found.plain(), "from": session.wiring.file, "to": other.file, "copied": not check, "same": found.same}
    session.answer(data, lambda _data: _view(found, session.wiring.file, other.file, check=check))
    if not found.same:
        session.exit_code = Refused.exit_code


def _view(found: Compared, here: str, there: str, *, check: bool) -> View:
    held = f"{_number(found.incidents, 'incident')}, {_number(found.entries, 'entry')} and {_number(found.messages, 'message')}"
    if found.differing:
        said = "They are not the same" if check else "It was copied, but they are not the same"
        return [f"{said} (here: {here}; there: {there}):", *found.differing]
    lines: View = [f"{held}: the same in {here} and {there}, and every chain fits together."]
    if check:
        return lines
    lines.append(
        f"Point everybody at {there} now: `database` in config.toml, or ESCALATE_DATABASE. The old record stays as it is."
    )
    if found.owed:
        lines.append(
            f"{_number(found.owed, 'message')} still owed: a courier there sends them (escalate work), and none here any more."
        )
    return lines


def _number(count: int, what: str) -> str:
    many = {"entry": "entries"}.get(what, f"{what}s")
    return f"{count} {what if count == 1 else many}"


class _Progress:
    """A line on the terminal that is written over; nothing elsewhere."""

    def __init__(self, session: Session) -> None:
        self._shown = sys.stderr.isatty() and not session.as_json
        self._said = False

    def __enter__(self) -> Self:
        return self

    @property
    def tell(self) -> Callable[[str, int], None]:
        return self._tell

    def _tell(self, what: str, count: int) -> None:
        if self._shown:
            self._said = True
            click.echo(f"\r{what}: {count}\x1b[K", nl=False, err=True)

    def __exit__(self, *_exception: object) -> None:
        if self._said:
            click.echo("\r\x1b[K", nl=False, err=True)
