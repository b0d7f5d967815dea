"""`hold`: what Legal says must be kept. While a hold stands nothing of the incident is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session

if TYPE_CHECKING:
    from escalate.cli.views import View


@click.group(cls=Family)
def hold() -> None:
    """Place, release and list legal holds. While one stands nothing of the incident is erased.

    \b
    Example:
      escalate hold place "Matter 14" INC-7 --scope "all of it, and the accounts named"
    """


@hold.command("place", cls=Command)
@click.argument("matter")
@click.argument("ref", required=False)
@click.option("--scope", metavar="TEXT", required=True, help="What must be kept; `-` reads it from stdin.")
@click.option(
    "--custodian", "custodians", metavar="TEXT", multiple=True, help="Who keeps it, or what system; may be given again."
)
@pass_session
def place(session: Session, matter: str, ref: str | None, scope: str, custodians: tuple[str, ...]) -> None:
    """Place a hold: only Legal does, that is, people of a team that reads what is privileged.

    It keeps this record from being erased. What other systems keep, their custodians must be told.

    \b
    Example:
      escalate hold place "Matter 14" INC-7 --scope "all of it" --custodian "the case system"
    """
    from escalate.app import holds as app
    from escalate.cli.spoken import guarded, stated

    id_ = session.incident(ref)
    words, labels = stated(session, id_, scope, what="The scope", option="--scope", marks="")
    labels = guarded(session, " ".join((matter, *custodians)), labels, marks="")
    written = app.place(session.ledger, id_, matter, scope=words, custodians=custodians, labels=labels)
    assert written.incident.case is not None
    data = app.public(written.incident, list(written.incident.case.holds.values())[-1])
    session.wrote(written, data, lambda one: shown([one]))


@hold.command("release", cls=Command)
@click.argument("words", metavar="[H-1] [REF]", nargs=-1)
@click.option(
    "--why", metavar="TEXT", help="Why it need not be kept any more; `-` reads it from stdin. Left out: it asks."
)
@pass_session
def release(session: Session, words: tuple[str, ...], why: str | None) -> None:
    """Release a hold: Legal asks, and a second person approves. Without H-1 it is the only one that stands.

    \b
    Example:
      escalate hold release H-1 INC-7 --why "the matter was closed on 1 March"
    """
    from escalate.app import holds as app
    from escalate.cli.judged import second
    from escalate.cli.judged import shown as asked
    from escalate.cli.spoken import stated

    which, ref = _which(words)
    id_ = session.incident(ref)
    said, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    done = app.release(session.ledger, id_, which, said, labels=labels)
    incident = done.written.incident
    rows = [app.public(incident, one) for one in (incident.case.holds if incident.case else {}).values()]
    data = {"holds": rows, "approval": asked(done, hide=incident.sensitive)}
    session.wrote(done.written, data, lambda one: shown(one["holds"]))
    second(session, done, what="The hold still stands.")


def _which(words: tuple[str, ...]) -> tuple[str | None, str | None]:
    from escalate.cli.judged import two
    from escalate.domain.decision.rules import is_id

    which, ref = two(words, "H-1 and REF")
    return (which, ref) if which is None or is_id(which, "H") or ref is not None else (None, which)


@hold.command("list", cls=Command)
@click.argument("ref", required=False)
@pass_session
def list_(session: Session, ref: str | None) -> None:
    """List the holds of an incident: those that stand, and those that were released.

    \b
    Example:
      escalate hold list INC-7
    """
    from escalate.app import holds as app

    _incident, found = app.listed(session.store, session.incident(ref))
    session.answer(found, shown)


def shown(found: list[dict[str, Any]]) -> View:
    from escalate.cli.views.decision import minute

    if not found:
        return ["No hold was ever placed here."]
    view: View = []
    for one in found:
        stands = one["state"] == "placed"
        view.append(
            (f"{one['id']}  {'STANDS' if stands else 'released'}: {one['matter']}", "bold red" if stands else "dim")
        )
        lines = [
            ("scope", one["scope"]),
            ("kept by", "; ".join(one["custodians"])),
            ("placed", f"by {one['by']}, {minute(one['at'])}"),
        ]
        if over := one["released"]:
            lines.append(("released", f"by {over['by']}, {minute(over['at'])}: {over['why']}"))
        view += [f"  {label:<10} {text}" for label, text in lines if text]
    return view
