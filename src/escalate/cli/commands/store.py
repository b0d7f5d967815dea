"""The record itself: `init`, and `db` check, backup, restore, rebuild; what needs a second one stands in `db_copy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.commands.db_copy import copy
from escalate.cli.commands.db_roles import grant_role, revoke_role, roles
from escalate.cli.lines import fit
from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.cli.views.verification import together
from escalate.domain.text.many import many
from escalate.errors import EscalateError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.verification import Fault
    from escalate.cli.views import View


@click.command(cls=Command)
@pass_session
def init(session: Session) -> None:
    """Make the record, once; again it brings the tables of an older escalate up to date, and else changes nothing. Only you
    can read the file.

    \b
    Example:
      escalate init
    """
    store, path = session.wiring.store, session.wiring.file
    created = store.create()
    said = f"The record is at {path}." if created else f"The record is at {path}; it was there already."
    if store.brought is not None:
        said = "The record at {} was brought up to date, from schema {} to {}.".format(path, *store.brought)
    for id_ in store.unread:
        session.say(f"Incident {id_} cannot be read; what is kept of it stays as it was: escalate verify")
    hint = "Next: escalate apply roster.toml, then escalate doctor. See it work first: escalate drill"
    couriers = _outdated(session) if store.brought else []
    brought = {"from": store.brought[0], "to": store.brought[1], "restart": couriers} if store.brought else None
    data = {"database": path, "created": created, "brought": brought}
    session.answer(data, lambda _data: [said, *([hint] if created else []), *map(_restart, couriers)])


def _outdated(session: Session) -> list[dict[str, Any]]:
    """The couriers that were at work as the tables changed: an earlier escalate looks at them only when it connects."""
    from escalate.app.couriers import living

    try:
        with session.wiring.store.reading() as look:
            found = living(look, session.now(), session.wiring.alive)
    except EscalateError as error:
        session.say(f"Whether couriers of the earlier escalate still work cannot be seen: {error.message}")
        return []
    return [{name: one[name] for name in ("id", "host", "pid")} for one in found]


def _restart(courier: dict[str, Any]) -> str:
    return (
        f"A courier of the earlier escalate still works on {courier['host']}, process {courier['pid']}: end it there "
        "(kill, or systemctl --user restart), and start the new one: escalate work"
    )


@click.group(cls=Family)
def db() -> None:
    """Look after the record: check it, copy it, put a copy back, make the projections again.

    \b
    Example:
      escalate db backup record-2026-11-21.db
    """


for further in (copy, grant_role, revoke_role, roles):
    db.add_command(further)


@db.command(cls=Command)
@pass_session
def check(session: Session) -> None:
    """Check the file itself, its rights, every chain, as `verify` does, and whether the search index has what the entries say.

    On PostgreSQL it names tables, functions, triggers, policies and rights that are not as escalate makes them, and
    whoever was given rights past its roles. What a superuser or the owner may do it does not see.

    \b
    Example:
      escalate db check
    """
    from escalate.app.verification import verify_store

    try:
        problems = session.wiring.upkeep.check(session.wiring.store)
        found = verify_store(session.wiring.store)
        if found.sound:
            problems += session.wiring.upkeep.unfound(session.wiring.store)
    except EscalateError as error:
        if "escalate db check" not in error.hint:
            raise
        raise type(error)(error.message, hint="Put a good copy in its place: escalate db restore FILE") from error

    what = "record" if session.wiring.shared is not None else "file"

    def all_of(name: Callable[[Fault], str]) -> View:
        return [*problems, *(f"{name(fault)} entry {fault.seq}, {fault.field}: {fault.what}" for fault in found.bad)]

    session.answer(
        {"problems": all_of(lambda fault: fault.incident), "entries": found.entries},
        lambda _data: [*all_of(found.name_of)] or [f"The {what} is sound; {together(found.entries)}."],
    )
    if problems or found.bad:
        session.exit_code = Refused.exit_code


@db.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def backup(session: Session, file: Path) -> None:
    """Copy the record into FILE while others go on writing; the copy is checked before it gets its name.

    \b
    Example:
      escalate db backup /media/safe/record-2026-11-21.db
    """
    database = session.wiring.database
    session.wiring.upkeep.backup(session.wiring.store, file)
    session.answer({"path": str(file)}, lambda _data: [f"{file}: a checked copy of {database}"])


@db.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def restore(session: Session, file: Path, yes: bool) -> None:
    """Put the copy FILE in the place of the record. The record that is there is kept beside it under another name.

    \b
    Example:
      escalate db restore record-2026-11-21.db
    """
    database = session.wiring.database
    if not yes:
        if not session.interactive:
            raise Refused("Nothing was restored: nobody said yes.", hint="On purpose: escalate db restore FILE --yes")
        click.confirm(fit(f"Put {file} in the place of {database}?"), abort=True, err=True)
    kept = session.wiring.upkeep.restore(database, file, session.wiring.clock)
    said: View = [f"{database} is now the copy {file}."]
    if kept:
        said.append(f"What was there is kept: {kept}")
    session.answer({"database": str(database), "kept": str(kept) if kept else None}, lambda _data: said)


@db.command(cls=Command)
@pass_session
def rebuild(session: Session) -> None:
    """Make states, pages and the search index again from the timeline, and put back the guards of the file.

    A timeline that does not verify is left alone, with all that is kept of it: exit 4, once the others are made again.

    \b
    Example:
      escalate db rebuild
    """
    from escalate.app.copying import KEPT_BESIDE
    from escalate.app.verification import verify_store

    found = verify_store(session.wiring.store)
    wrong = [fault for fault in found.bad if fault.field not in KEPT_BESIDE]
    named = "; ".join(f"{found.name_of(fault)} #{fault.seq} {fault.field}" for fault in wrong[:5])
    sound = {row["incident"] for row in session.wiring.store.rows("every_chain")} - {fault.incident for fault in wrong}
    left = {fault.incident for fault in wrong}
    if wrong and not sound:
        raise Refused(
            f"The timeline does not verify ({named}); nothing was rebuilt.",
            hint="See all of it: escalate verify",
        )
    counted = session.wiring.upkeep.rebuild(session.wiring.store, left)
    session.answer(
        counted,
        lambda _data: [
            f"Made again: {many(counted['incidents'], 'incident')}, from {many(counted['entries'], 'entry')}."
        ],
    )
    if wrong:
        session.exit_code = Refused.exit_code
        session.say(f"Left as it was, since it does not verify: {named}. See all of it: escalate verify")
