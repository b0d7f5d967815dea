"""The second person: `approve`, `reject`, and `approvals`, which lists what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.app.ledger import Written


@click.command(cls=Command)
@click.argument("words", metavar="[P-1] [REF]", nargs=-1)
@click.option("--why", metavar="TEXT", default="", help="What you looked at; `-` reads it from stdin.")
@pass_session
def approve(session: Session, words: tuple[str, ...], why: str) -> None:
    """Approve what somebody else asked for; it is done at once. Without P-1 it is the only one that waits.

    It takes another login and another person of the roster than asked. What has changed since is refused. Of what one
    person did alone (--break-glass) it says that you looked at it and agree.

    \b
    Example:
      escalate approvals
      escalate approve P-1 INC-7 --why "read the assessment; agree"
    """
    from escalate.app import approvals as app
    from escalate.cli.judged import two
    from escalate.cli.spoken import stated

    which, ref = two(words, "P-1 and REF", "P")
    incident = session.incident(ref)
    said, _ = stated(session, incident, why, what="Why", option="--why", marks=None)
    written, approval = app.approve(session.ledger, incident, which, said)
    _answered(session, written, approval)


@click.command(cls=Command)
@click.argument("words", metavar="[P-1] [REF]", nargs=-1)
@click.option("--why", metavar="TEXT", help="Why not; `-` reads it from stdin. Left out: it asks.")
@pass_session
def reject(session: Session, words: tuple[str, ...], why: str | None) -> None:
    """Reject what somebody else asked for; it is not done. What one person did alone is not undone by it.

    \b
    Example:
      escalate reject P-1 INC-7 --why "the account is still active"
    """
    from escalate.app import approvals as app
    from escalate.cli.judged import two
    from escalate.cli.spoken import stated

    which, ref = two(words, "P-1 and REF", "P")
    incident = session.incident(ref)
    said, _ = stated(session, incident, why, what="Why", option="--why", marks=None)
    written, approval = app.reject(session.ledger, incident, which, said)
    _answered(session, written, approval)
    if approval["broken"]:
        session.say(
            f"{approval['id']} was done already and is not undone by this. To undo it: raise the severity, "
            "escalate decide D-1 --reopen, escalate action … --reverses X-1, or escalate revoke PERSON"
        )


def _answered(session: Session, written: Written, approval: dict[str, Any]) -> None:
    from escalate.cli.judged import hidden, naming
    from escalate.cli.views.decision import approval as view
    from escalate.domain.decision import shown

    def data() -> dict[str, Any]:
        hide = hidden(session, written.incident, [approval["seq"]], None)
        return {
            **shown.approval(approval, written.incident, hide=hide(approval["seq"])),
            "made": made(written),
        }

    session.wrote(written, lambda _outcome: data(), lambda one: view(one, naming(session)))


def made(written: Written) -> str | None:
    """What came of it: `D-1`, `X-1`, a severity; None where nothing more was done."""
    for entry in written.entries:
        event: Any = entry.event
        match entry.kind:
            case "severity.changed":
                return str(event.severity)
            case "decision.made":
                return str(event.decision)
            case "action.taken":
                return str(event.action)
            case "access.lifted":
                return "open"
            case "hold.released":
                return str(event.hold)
            case "entry.erased":
                return str(event.entry)
            case "report.exported":
                return str(event.sha256)
    return None


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--reveal", metavar="WHY", help="Show masked words of REF. That you looked, and why, is recorded.")
@pass_session
def approvals(session: Session, ref: str | None, reveal: str | None) -> None:
    """List what waits for a second person, anywhere; with REF (or -i) all of that incident, also what was answered.

    \b
    Example:
      escalate approvals
      escalate approvals INC-7 --reveal "asked to approve P-1"
    """
    from escalate.app import approvals as app
    from escalate.cli.judged import hidden, naming
    from escalate.cli.views.decision import approvals as view
    from escalate.domain.decision import shown

    given = ref or session.given_ref
    one = session.incident(given) if given or reveal is not None else None
    found, _roster = app.listed(session.store, one)
    hides = {
        incident.id: hidden(session, incident, [each["seq"] for of, each in found if of.id == incident.id], reveal)
        for incident in {incident.id: incident for incident, _each in found}.values()
    }
    data = [shown.approval(each, of, hide=hides[of.id](each["seq"])) for of, each in found]
    name_of = naming(session)
    session.answer(data, lambda rows: view(rows, name_of))
