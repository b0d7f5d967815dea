"""Need to know: restricting an incident, letting people in and shutting them out, and breaking the glass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app import paging
from escalate.app.ledger import Blind, Written
from escalate.domain.incident import admission
from escalate.domain.incident.access import Access
from escalate.domain.incident.rules import labels_for, said
from escalate.domain.incident.state import Head
from escalate.domain.instants import from_text
from escalate.domain.timeline.access import AccessBroken
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.words import mask
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from escalate.app.approvals import Outcome
    from escalate.app.ledger import Author, Ledger, Record
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event


def restrict(ledger: Ledger, incident_id: str, why: str, *, labels: frozenset[str] = frozenset()) -> Written:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        return _append(record, incident, admission.restrict(incident, why), labels)


def lift(ledger: Ledger, incident_id: str, why: str, *, labels: frozenset[str] = frozenset()) -> Outcome:
    """Two people, whatever the severity: what was said under the restriction is then read by all."""
    from escalate.app.approvals import do

    with ledger.writing() as record:
        incident = record.incident(incident_id)
        return do(ledger, record, incident, admission.lift(incident, why), why=why, labels=labels)


def grant(
    ledger: Ledger, incident_id: str, to: str, why: str = "", *, labels: frozenset[str] = frozenset()
) -> tuple[Written, str]:
    """The second is whom it was granted to, as it is kept: person:NAME, team:NAME or a login."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        whom = admission.grantee(record.roster, to)
        return _append(record, incident, admission.grant(incident, whom, _why(why)), labels), whom


def revoke(
    ledger: Ledger, incident_id: str, to: str, why: str = "", *, labels: frozenset[str] = frozenset()
) -> tuple[Written, str]:
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        # Whoever the roster does not know any more still can be shut out.
        known = incident.access.granted if incident.access else {}
        whom = to.strip() if to.strip() in known else admission.grantee(record.roster, to)
        return _append(
            record, incident, admission.revoke(incident, record.roster, whom, _why(why), ledger.author.actor), labels
        ), whom


def _why(text: str) -> str:
    return said(text, "The reason") if text else ""


def _append(record: Record, incident: Incident, events: list[Event], labels: frozenset[str]) -> Written:
    if not events:
        return Written(incident=incident, entries=[])
    labels = labels_for(incident, labels, frozenset())
    return record.append(incident, *(Draft(event=event, labels=labels) for event in events))


# ── breaking the glass ──────────────────────────────────────────────────────────────────────────────────────────────


def break_glass(ledger: Ledger, ref: str, why: str) -> Written:
    """Let oneself in. No entries where one may read it already. All that is known before is where the timeline ends: what
    it says is read once this is on record.
    """
    number = number_of(ref)
    event = AccessBroken(why=said(why, "The reason"))
    with ledger.writing() as record:
        if (known := record.tx.ids(f"INC-{number}")) and (incident := record.tx.glance(known[0])) is not None:
            return Written(incident=incident, entries=[])
        end = record.tx.break_glass_head(number)
        if end is None:
            raise NotFound(f"There is no incident {ref!r}.", hint="See what there is: escalate list --all")
        head = Head(seq=end["seq"], digest=end["digest"], recorded_at=from_text(end["recorded_at"]))
        entry = record.append_blind(Blind(id=end["incident"], head=head), event)
        if (after := record.tx.glance(entry.incident)) is not None:
            record.tx.save(after)  # a database that hides it until this is over keeps the timer by itself
    with ledger.store.reading() as look:
        seen = look.incident(entry.incident)
    if seen is None:
        raise NotFound(
            f"INC-{number} was broken open, which is on record, and still cannot be read.",
            hint="Ask whoever looks after the database: escalate verify",
        )
    return Written(incident=seen, entries=[entry])


def number_of(ref: str) -> int:
    """A restricted incident is known by its number alone."""
    digits = ref.strip().removeprefix("#").upper().removeprefix("INC").strip("- ")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 15 and int(digits)):
        raise Usage(f"{ref!r} is no number.", hint="As: escalate break-glass INC-7 --why …")
    return int(digits)


def page_for(record: Record, written: Written, event: Any) -> Written:
    """After somebody was found to have broken the glass: whoever leads is paged, and it is to be reviewed as all is that
    one person did alone. Where there is nobody to page, a message was owed instead.
    """
    from escalate.domain.decision.approvals import glass_broken

    asked = glass_broken(written.incident, event, record.now)
    written = paging.joined(written, _append(record, written.incident, [asked], frozenset()))
    for target in admission.alarm_targets(written.incident, record.roster, event.by):
        because = f"break-glass by {event.by}"
        written = paging.joined(written, paging.open_page(record, written.incident, target, because=because))
    return written


# ── what is closed to whoever asks ──────────────────────────────────────────────────────────────────────────────────


class Closed(Value):
    """An incident that may not be read: who may, by name, whether any of them is here, and as whom to be let in."""

    readers: list[str]
    known: bool
    as_whom: str


def closed_to(store: Store, author: Author, incident: Incident) -> Closed | None:
    """None where `author` may read it. What somebody brought in does not become theirs by that."""
    with store.reading() as look:
        if look.incident(incident.id) is not None:
            return None
        roster = look.roster()
    granted = incident.access.granted if incident.access else {}
    return Closed(
        readers=[roster.name_of(to) if ":" in to else to for to in granted],
        known=any(":" not in to or (roster.people and admission.stands_for_somebody(to, roster)) for to in granted),
        as_whom=f"person:{author.person}" if author.person else author.actor.partition(":")[2] or author.actor,
    )


def unknown_login(store: Store, whom: str) -> str | None:
    """Where `whom` is a login that nobody in the roster has: the person or team it is nearly the name of, or nothing."""
    if ":" in whom:
        return None
    with store.reading() as look:
        roster = look.roster()
    if roster.person_of(whom) is not None:
        return None
    from difflib import get_close_matches

    near = get_close_matches(whom.casefold(), [*roster.people, *roster.teams], n=1)
    kind = "person" if near and near[0] in roster.people else "team"
    return f"{kind}:{near[0]}" if near else ""


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(store: Store, incident_id: str) -> tuple[Incident, Roster]:
    with store.reading() as look:
        found, roster = look.incident(incident_id), look.roster()
    if found is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    return found, roster


def public(incident: Incident, roster: Roster) -> dict[str, Any]:
    """Who may read it, how they came to it, and who broke the glass."""
    access = incident.access or Access()
    return {
        "ref": incident.ref,
        "restricted": incident.restricted,
        "granted": [
            {"to": to, "name": roster.name_of(to) if ":" in to else to, "how": one["how"], "by": one["by"],
             "at": from_text(one["at"]).isoformat(), "seq": one["seq"], "people": _people(to, roster)}
            for to, one in access.granted.items()
        ],
        "broken": [
            {"by": one["by"], "why": mask(one["why"]) if incident.sensitive else one["why"],
             "at": from_text(one["at"]).isoformat(), "seq": one["seq"], "alarmed": one["alarmed"]}
            for one in access.broken
        ],
    }  # fmt: skip


def _people(to: str, roster: Roster) -> list[str]:
    """Who is behind a team."""
    kind, _, name = to.partition(":")
    return list(roster.teams[name].people) if kind == "team" and name in roster.teams else []
