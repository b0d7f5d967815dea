"""What may be asked of an incident in its state: each rule returns events, refuses, or finds the wish already true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.harm import is_sensitive
from escalate.domain.incident.severity import PROVISIONAL
from escalate.domain.incident.state import CLOSED, MITIGATED, RESOLVED, Incident
from escalate.domain.timeline import events as ev
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.entry import Entry
    from escalate.domain.timeline.event import Event

DISPOSITIONS = ("incident", "near-miss", "not-an-incident", "duplicate")
SOURCES = ("user", "classifier", "hash", "staff", "press", "authority", "red-team")

LONGEST = 100_000
"""Characters of one text; longer material is evidence, which is referred to and not pasted in."""


def said(text: str, what: str = "The text") -> str:
    """`text` as it may be kept, byte for byte. Raises Usage where it says nothing or cannot be kept."""
    from escalate.domain.text.visible import is_blank

    if is_blank(text):
        raise Usage(f"{what} is empty.", hint="Say it in a few words.")
    if len(text) > LONGEST:
        raise Usage(
            f"{what} has {len(text):,} characters; {LONGEST:,} are kept at most.",
            hint="Refer to the material instead.",
        )
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Usage(f"{what} holds bytes that are not text.", hint="Send it as UTF-8, without U+0000.")
    return text


def open_(opening: Any, *, number: int, code_name: str) -> ev.IncidentOpened:
    if opening.source is not None and opening.source not in SOURCES:
        raise Usage(f"There is no source {opening.source!r}.", hint=f"Sources: {', '.join(SOURCES)}.")
    return ev.IncidentOpened(
        number=number,
        code_name=code_name,
        title=said(opening.title, "The title"),
        severity=opening.severity or PROVISIONAL,
        provisional=opening.severity is None,
        harm=list(dict.fromkeys(opening.harm)),
        imminent=opening.imminent,
        child=opening.child,
        ongoing=opening.ongoing,
        reported_at=opening.reported_at,
        source=opening.source,
        quiet=opening.quiet,
        restricted=opening.restricted,
        drill=opening.drill,
        primary=opening.primary,
        taxonomy=opening.taxonomy,
        marking="TLP:RED" if is_sensitive(opening.harm) else "TLP:AMBER+STRICT",
    )


def labels_for(incident: Incident, given: frozenset[str], reads: frozenset[str]) -> frozenset[str]:
    """The labels an entry bears: those given, and `sensitive` where the incident is. Only who may read what is
    privileged may call something so.
    """
    refuse_misspelt(given)
    if "privileged" in given and "privileged" not in reads:
        raise Refused(
            "Only Legal marks something privileged.",
            hint='In the roster, a person of a team with reads = ["privileged"] may.',
        )
    return given | {"sensitive"} if incident.sensitive else given


def refuse_misspelt(labels: frozenset[str]) -> None:
    import re

    for label in labels:
        if not re.fullmatch(r"[a-z0-9+:._-]+", label):
            raise Usage(
                f"{label!r} is not a label.",
                hint="Labels are lower case: sensitive, privileged, tlp:red, ntk:NAME.",
            )


class AlreadySo(list["Event"]):
    """No events: what is wished for is so already. `wish` is the event that would have said it; see `refuse_other`."""

    def __init__(self, wish: Event) -> None:
        super().__init__()
        self.wish = wish


def refuse_other(incident: Incident, wish: Event, at: datetime | None, before: Entry | None) -> None:
    """Raises Refused where `wish` and `at` do not say what `before` did, by which it became so; what was left out says
    nothing. To drop it quietly would look as if it had been taken.
    """
    what = wish.kind.partition(".")[2]
    was = incident.milestone(what)
    if at is not None and (was is None or abs(at - was) >= SAME_MOMENT):
        since = f", {what} at {was:%Y-%m-%d %H:%M:%SZ}" if was else ""
        raise Refused(
            f"{incident.ref} is {incident.status} already{since}; no other time was recorded.",
            hint=f"State it as a fact: escalate fact {what} {incident.ref} --at T --why TEXT",
        )
    then = before.event.plain() if before and before.body is not None else {}
    other = [name.replace("_", "-") for name, said in wish.plain().items() if said and said != then.get(name)]
    if other:
        again = f"escalate reopen {incident.ref}, then close it again." if incident.status == CLOSED else ""
        raise Refused(
            f"{incident.ref} is {incident.status} already; what is given now ({', '.join(other)}) was not recorded.",
            hint=again or f"Add it as a note: escalate log -i {incident.ref}",
        )


SAME_MOMENT = timedelta(minutes=1)
"""`20m ago`, said twice, is not the same to the second."""


def mitigate(incident: Incident, summary: str) -> list[Event]:
    wish = ev.IncidentMitigated(summary=summary)
    if incident.status in {MITIGATED, RESOLVED}:
        return AlreadySo(wish)
    _not_closed(incident)
    return [wish]


def resolve(incident: Incident, summary: str) -> list[Event]:
    wish = ev.IncidentResolved(summary=summary)
    if incident.status == RESOLVED:
        return AlreadySo(wish)
    _not_closed(incident)
    return [wish]


def close(incident: Incident, disposition: str, worst: str, duplicate_of: str | None, why: str) -> list[Event]:
    wish = ev.IncidentClosed(disposition=disposition, worst=worst, duplicate_of=duplicate_of, why=why)
    if incident.status == CLOSED:
        return AlreadySo(wish)
    if disposition not in DISPOSITIONS:
        raise Usage(f"There is no disposition {disposition!r}.", hint=f"One of: {', '.join(DISPOSITIONS)}.")
    if (disposition == "duplicate") != (duplicate_of is not None):
        raise Usage(
            "A duplicate names the incident it repeats, and only a duplicate does.",
            hint="--duplicate-of INC-7",
        )
    if duplicate_of == incident.ref:
        raise Refused(f"{incident.ref} cannot be a duplicate of itself.", hint="Name the other incident.")
    from escalate.domain.text.many import many

    pending = incident.clocks.pending(incident) if incident.clocks else []
    if pending:
        raise Refused(
            f"{incident.ref} still has {many(len(pending), 'running legal clock')}: {', '.join(one.id for one in pending)}.",
            hint=f"What is closed is not looked at. Say of each: escalate clock submitted {pending[0].id} {incident.ref} "
            "--reference TEXT, or stop, or dismiss; or only resolve it",
        )
    waiting = incident.unacknowledged
    if waiting:
        raise Refused(
            f"{incident.ref} still has {many(len(waiting), 'unacknowledged page')}.",
            hint=f"Acknowledge or call them off first: escalate ack {incident.ref}, "
            f"escalate page cancel {incident.ref}/{waiting[0].number}",
        )
    return [wish]


def original(incident: Incident) -> str:
    """The reference a duplicate names. One that is a duplicate itself is refused: so there are neither chains nor rings."""
    if incident.duty is not None:
        raise Refused("The on-call record is no incident.", hint="Name the incident that is repeated.")
    if incident.duplicate_of is not None:
        raise Refused(
            f"{incident.ref} is itself a duplicate of {incident.duplicate_of}.",
            hint=f"Name that one: --duplicate-of {incident.duplicate_of}",
        )
    return incident.ref


def reopen(incident: Incident, why: str) -> list[Event]:
    wish = ev.IncidentReopened(why=why)
    return [wish] if incident.status in {RESOLVED, CLOSED} else AlreadySo(wish)


def _not_closed(incident: Incident) -> None:
    if incident.status == CLOSED:
        raise Refused(f"{incident.ref} is closed.", hint=f"To work on it again: escalate reopen {incident.ref}")


def change_severity(incident: Incident, level: str, why: str) -> list[Event]:
    if level == incident.severity and not incident.provisional:
        return []
    return [ev.SeverityChanged(severity=level, was=incident.severity, why=said(why, "The reason"))]


def assign(incident: Incident, role: str, person: str) -> list[Event]:
    return [] if incident.roles.get(role) == person else [ev.RoleAssigned(role=role, person=person)]


def state_fact(incident: Incident, name: str, why: str) -> tuple[ev.FactStated, str | None]:
    """The event, and the id of the entry it supersedes."""
    import re

    slug = name.strip().lower().replace("_", "-")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(:[a-z0-9-]+)?", slug) or len(slug) > 80:
        raise Usage(
            f"{name!r} is not the name of a fact.",
            hint="Names are words with hyphens: impact-started, detected, mitigated, resolved.",
        )
    before = incident.facts.get(slug)
    supersedes = before[-1].entry if before else None
    return ev.FactStated(name=slug, why=said(why, "The reason"), supersedes=supersedes), supersedes


def correct(target: Entry, *, text: str | None, at: datetime | None, why: str) -> list[Event]:
    _statement(target)
    if text is None and at is None:
        raise Usage("A correction says what is right.", hint="Give --text, --at, or both.")
    if text is not None:
        said(text)
    return [ev.EntryCorrected(entry=target.id, why=said(why, "The reason"), text=text, at=at)]


def withdraw(target: Entry, why: str, *, moved_to: str | None = None) -> list[Event]:
    _statement(target)
    return [ev.EntryWithdrawn(entry=target.id, why=said(why, "The reason"), moved_to=moved_to)]


def _statement(target: Entry) -> None:
    if target.kind not in ev.STATEMENTS:
        raise Refused(
            f"Entry {target.seq} ({target.kind}) is what the program did; it cannot be corrected or withdrawn.",
            hint="Say what was wrong with it in a note: escalate log",
        )


def page(incident: Incident, ref: str) -> Any:
    """The page `INC-7/2` or `2` names. Raises NotFound."""
    number = ref.rpartition("/")[2]
    found = [one for one in incident.pages.values() if str(one.number) == number or one.id == ref]
    if not found:
        known = ", ".join(f"{incident.ref}/{one.number}" for one in incident.pages.values()) or "none"
        raise NotFound(f"{incident.ref} has no page {ref!r}.", hint=f"Pages of {incident.ref}: {known}.")
    return found[0]


def acknowledge(
    incident: Incident,
    page_: Any,
    by: str,
    heard: str | None,
    *,
    at: datetime | None = None,
    second_hand: bool = False,
) -> list[Event]:
    """Everybody's answer is recorded, once, also on a page that somebody else answered or that was called off."""
    if by in page_.answered:
        return []
    # Times are mostly given to the minute: the minute in which it was opened is not before it.
    if at is not None and at < page_.opened_at.replace(second=0, microsecond=0):
        raise Refused(
            f"{incident.ref}/{page_.number} was opened at {page_.opened_at:%Y-%m-%d %H:%M:%SZ}; "
            f"nobody answered it at {at:%H:%M:%SZ}, before that.",
            hint="Give the time of the answer, or leave --at out. What was said before the page is a note: escalate log",
        )
    return [ev.PageAcknowledged(page=page_.id, by=by, heard=heard, second_hand=second_hand)]


def decline(incident: Incident, page_: Any, by: str, heard: str | None, why: str) -> list[Event]:
    """Refused once somebody has answered: then nobody is asked any more."""
    if by in page_.declined:
        return []
    if not page_.waiting and by not in page_.silent:
        by_whom = f" by {page_.acknowledged_by}" if page_.acknowledged_by else ""
        raise Refused(
            f"{incident.ref}/{page_.number} is {page_.state}{by_whom}: nobody is asked any more.",
            hint=f"To wake somebody after all: escalate page escalate {incident.ref}/{page_.number}",
        )
    return [ev.PageDeclined(page=page_.id, by=by, heard=heard, why=why)]


def escalate(incident: Incident, page_: Any, why: str) -> list[Event]:
    if page_.state == "cancelled":
        raise Refused(f"{incident.ref}/{page_.number} was cancelled.", hint="Open a new page: escalate page TARGET")
    return [ev.PageEscalated(page=page_.id, why=why)]


def cancel(page_: Any, why: str) -> list[Event]:
    return [] if page_.state == "cancelled" else [ev.PageCancelled(page=page_.id, why=why)]
