"""`guidance`: the clauses of policy that decisions rest on, put in force from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.domain.timeline.entry import Entry


@click.group(cls=Family)
def guidance() -> None:
    """Put policy clauses in force. `policy` alone means paging; these are the clauses that decisions rest on.

    \b
    Example:
      escalate guidance apply clauses.toml
    """


@guidance.command("apply", cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Look for mistakes and change nothing.")
@pass_session
def apply(session: Session, files: tuple[Path, ...], only_check: bool) -> None:
    """Put the clauses in FILE into the record: id, version, text, elements, from when they take effect.

    Every mistake is named at once, and nothing is applied unless all is right. A version that is there stays as it is:
    the same again is unchanged, another content is refused. What changes gets the next version.

    \b
    Example:
      escalate guidance apply clauses.toml
      escalate guidance apply --check harassment.toml threats.toml
    """
    from escalate.app import guidance as app
    from escalate.cli.views.guidance import applied
    from escalate.domain.guidance.book import Guidance

    filed = session.wiring.read_guidance(files)
    if not only_check:
        data = app.apply(session.ledger, filed)
        _answer(session, data, app.taken_up(session.ledger, data))
        return
    try:
        known = app.in_record(session.store)
    except Misconfigured as error:  # a checkout has no record, and can be checked
        session.say(f"Note: this was not held against what is in force. {error.message}")
        known = Guidance()
    session.answer({**app.check(known, filed, session.now()), "reopened": []}, lambda data: applied(data, checked=True))


def _answer(session: Session, data: dict[str, Any], done: list[Written]) -> None:
    """What was applied, and which decisions it took up again, on as many incidents as they stand."""
    from escalate.cli.views.guidance import applied

    again = [{"ref": one.incident.ref, "decisions": [_decision(each) for each in one.entries]} for one in done]
    data = {**data, "reopened": again}
    if not done:
        session.answer(data, lambda shown: applied(shown, checked=False))
        return
    for one in done[1:]:
        session.stamp(one)
    queued = [message for one in done for message in one.queued]
    session.wrote(done[0].but(queued=queued), data, lambda shown: applied(shown, checked=False))


def _decision(entry: Entry) -> str:
    event: Any = entry.event
    return str(event.decision)
