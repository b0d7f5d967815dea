"""How pages and messages look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.cli.views import Table
from escalate.domain.oncall.page import upcoming

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.cli.aftermath import Outcome
    from escalate.cli.views import Cell, View
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.oncall.page import Page

STYLES = {"sent": "green", "delivered": "green", "acknowledged": "bold green", "failed": "bold red", "gave-up": "bold red",
          "shown": "yellow", "unknown": "yellow", "cancelled": "dim"}  # fmt: skip


STATES_TOLD = frozenset({"failed", "gave-up"})


def after_opening(incident: Incident, outcome: Outcome | None) -> View:
    """The incident, and the same of its pages that `page` shows of those it opens; that nobody is paged is said, too."""
    from escalate.cli.views.incident import opened
    from escalate.domain.incident.severity import at_least

    lines = [*opened(incident), *paged(incident, incident.unacknowledged, outcome)]
    if not incident.pages and (incident.imminent or at_least(incident.severity, "SEV1")):
        why = "it was opened quietly" if incident.quiet else "no route of the roster fits it"
        lines.append((f"NOBODY IS PAGED: {why}. To wake somebody: escalate page TARGET", "bold red"))
    return lines


def state(page: Page) -> str:
    """`policy:critical-harm  open, step 1 of 3; next: bob 21:09:10Z`."""
    from escalate.cli.times import ago, short

    said = f"{page.target}  {page.state}"
    if page.state == "acknowledged" and page.acknowledged_at:
        took = "second-hand" if page.second_hand else f"after {ago(page.acknowledged_at - page.opened_at)}"
        return f"{said} by {page.acknowledged_by} {short(page.acknowledged_at)}, {took}{_others(page)}"
    if page.state != "open":
        return said
    return f"{said}, step {page.step} of {len(page.policy.steps)} fired; {following(page)}"


def _others(page: Page) -> str:
    """Who declined, and who still has to answer where everybody answers for themselves."""
    said = f"; declined by {', '.join(page.declined)}" if page.declined else ""
    return said + (f"; not answered yet: {', '.join(page.silent)}" if page.each and page.silent else "")


def following(page: Page) -> str:
    from escalate.cli.times import short

    found = upcoming(page)
    if found is None:
        # Of a page that is open, only a shared record that cannot be reached knows more.
        return "the record drives it" if page.state == "open" else "nothing more is due"
    at, targets = found
    who = ", ".join(target.removeprefix("person:") for target in targets)
    return f"next: {who} {short(at)}" if targets else f"it runs out {short(at)}"


def _now(page: Page, outcome: Outcome | None) -> Page:
    """As it is after delivery: a step that had fallen due may have fired meanwhile."""
    return outcome.pages.get(page.id, page) if outcome else page


def paged(incident: Incident, pages: list[Page], outcome: Outcome | None) -> View:
    driver = outcome.driver if outcome else ""
    view: View = []
    for page in pages:
        page = _now(page, outcome)  # noqa: PLW2901
        by = f" by {page.acknowledged_by}" if page.state == "acknowledged" else ""
        hearsay = " (second-hand: without their code)" if by and page.second_hand else ""
        view.append(f"page {incident.ref}/{page.number}  {page.target}  {page.state}{by}{hearsay}{_others(page)}")
        if page.state == "open":
            view.append(f"  {following(page)} ({driver or 'NO COURIER: nobody drives it'})")
    return [*view, *messages(outcome.messages if outcome else [], said=STATES_TOLD)]


def messages(found: list[Message], *, said: frozenset[str] = frozenset()) -> View:
    """`said` are the states of which the command tells the reason by itself, in a line of their own."""
    if not found:
        return []
    rows: list[tuple[Cell, ...]] = [
        (
            message.id[:8],
            message.name,
            message.via,
            message.purpose,
            (message.state, STYLES.get(message.state, "")),
            str(message.attempts),
            f"{message.due_at:%H:%M:%S}Z",
            "" if message.state in said else message.last_error,
        )
        for message in found
    ]
    return [Table(columns=("id", "to", "via", "for", "state", "tries", "due", "last error"), rows=rows)]


def whole(message: Message, text: str, *, masked: bool) -> View:
    """One message with its words, to be read out, and what is left to do about it."""
    from escalate.domain.messages.message import OWED, SHOWN
    from escalate.domain.roster import CONSOLE

    id_ = message.id[:8]
    said = f"to {message.name} via {message.via}, {message.purpose}: {message.state}"
    view: View = [(f"{said}, due {message.due_at:%Y-%m-%d %H:%M:%S}Z", "bold"), ""]
    view += [f"  {line}" for line in text.splitlines()]
    if masked:
        view += ["", f"Somebody typed it. To see it: escalate messages {id_} --reveal --why TEXT"]
    if message.state == SHOWN or (message.via == CONSOLE and message.state in OWED):
        view += ["", f"Once you have passed it on: escalate messages told {id_} --how phone"]
    return view


def previews(found: list[dict[str, Any]]) -> View:
    """What a dry run shows: recipients and the exact text."""
    if not found:
        return ["Nobody would be told."]
    view: View = ["Nothing was sent and nothing was recorded. This would be said:"]
    for one in found:
        view.append("")
        view.append(
            (
                f"to {one['name']} via {one['via']}{' ' + one['address'] if one['address'] else ''}, {one['when']}",
                "bold",
            )
        )
        view += [f"  {line}" for line in one["text"].splitlines()]
    return view


def page_public(written: Written, page: Page, outcome: Outcome | None) -> dict[str, Any]:
    """A page as `--json` shows it: the shape of the contract."""
    page = _now(page, outcome)
    found = [m.public() for m in (outcome.messages if outcome else written.queued) if m.page == page.id]
    return {
        "page": f"{written.incident.ref}/{page.number}",
        "id": page.id,
        "target": page.target,
        "state": page.state,
        "step": page.step,
        "due_at": page.due_at.isoformat() if page.due_at else None,
        "driver": (outcome.driver or None) if outcome else None,
        "notifications": found,
    }
