"""Two people: asking for the second, and the second one's answer, which does the act in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.awaited import CLOSED
from escalate.app.ledger import Written
from escalate.app.paging import messages_cancelled
from escalate.domain.decision import approvals as rules
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.rules import labels_for, said
from escalate.domain.messages.message import OWED
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.judgements import ApprovalGiven, ApprovalRefused
from escalate.domain.value import Value
from escalate.errors import NotFound

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger, Record
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.event import Event


class Outcome(Value):
    """`approval` is None where one person was enough. `alone`: nobody else could have approved. `needless`: break-glass was
    asked for, and one person is enough for it.
    """

    written: Written
    approval: dict[str, Any] | None = None
    alone: bool = False
    needless: bool = False

    @property
    def waits(self) -> bool:
        """Whether nothing was done yet."""
        return self.approval is not None and not self.approval["broken"]


def do(
    ledger: Ledger, record: Record, incident: Incident, event: Event, *,
    why: str, labels: frozenset[str], inherited: frozenset[str] = frozenset(), break_glass: bool = False,
    act: str = "",
) -> Outcome:  # fmt: skip
    """Append `event`, or, where it takes two people, what asks for the second. With `break_glass`, or where nobody else
    could ever approve, it is done at once and will be reviewed. `inherited` are the labels of an entry whose words it
    repeats; `act` is given where the event alone does not tell that it takes two.
    """
    labels = labels_for(incident, labels, frozenset()) | inherited
    act = act or rules.needs_two(incident, event)
    if not act:
        written = record.append(incident, Draft(event=rules.numbered(incident, event), labels=labels))
        return Outcome(written=settled(record, written), needless=break_glass)
    alone = not rules.others(record.roster, ledger.author.person)
    if break_glass or alone:
        asked = rules.asked(incident, event, act, said(why, "The reason"), record.now, broken=True)
        made: Any = rules.numbered(incident, event)
        drafts = (Draft(event=one, labels=labels) for one in (asked, made.but(approval=asked.approval)))
        written = settled(record, record.append(incident, *drafts))
        return Outcome(written=written, approval=_approval(written.incident, asked.approval), alone=alone)
    if (id_ := rules.same(incident, event, act)) is not None:
        return Outcome(written=Written(incident=incident, entries=[]), approval=_approval(incident, id_))
    asked = rules.asked(incident, event, act, said(why, "The reason"), record.now, broken=False)
    written = record.append(incident, Draft(event=asked, labels=labels))
    return Outcome(written=written, approval=_approval(written.incident, asked.approval))


def approve(ledger: Ledger, incident_id: str, ref: str | None, why: str = "") -> tuple[Written, dict[str, Any]]:
    """Approve, and do what was asked for. Of what was done already it says that somebody else agrees."""
    with ledger.writing() as record:
        return approved(ledger, record, record.incident(incident_id), ref, why)


def approved(
    ledger: Ledger, record: Record, incident: Incident, ref: str | None, why: str
) -> tuple[Written, dict[str, Any]]:
    approval = _answerable(ledger, record, incident, ref)
    given = ApprovalGiven(approval=approval["id"], why=said(why, "The reason") if why else "")
    drafts = [Draft(event=given, labels=frozenset(approval["labels"]))]
    event: Any = None
    if not approval["broken"]:
        rules.refuse_unknown(approval, incident, record.roster)
        event = _ready(record, incident, rules.event_of(approval))
        rules.refuse_changed(approval, incident, event)
        drafts.append(Draft(event=rules.numbered(incident, event), labels=frozenset(approval["labels"])))
    written = settled(record, record.append(incident, *drafts))
    if event is not None and event.kind == "entry.erased":
        from escalate.app.erasing import carried_out

        written = carried_out(record, written, event)
    return written, _approval(written.incident, approval["id"])


def _ready(record: Record, incident: Incident, event: Any) -> Any:
    """What was asked for, as it is done now: an erasure says what is left of the entry."""
    if event.kind != "entry.erased":
        return event
    from escalate.app.erasing import prepared

    return prepared(record, incident, event)


def reject(ledger: Ledger, incident_id: str, ref: str | None, why: str) -> tuple[Written, dict[str, Any]]:
    """Say no. What was done already is not undone by that."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        approval = _answerable(ledger, record, incident, ref)
        event = ApprovalRefused(approval=approval["id"], why=said(why, "The reason"))
        labels = frozenset(approval["labels"])
        written = settled(record, record.append(incident, Draft(event=event, labels=labels)))
        return written, _approval(written.incident, approval["id"])


def _answerable(ledger: Ledger, record: Record, incident: Incident, ref: str | None) -> dict[str, Any]:
    approval = rules.named(incident, ref)
    earlier = [one for _at, one in record.tx.rosters()] if rules.gone(approval, record.roster) else []
    rules.refuse_answer(approval, incident, ledger.author.actor, ledger.author.person, record.roster, earlier)
    return approval


def _approval(incident: Incident, id_: str) -> dict[str, Any]:
    assert incident.judgement is not None
    return incident.judgement.approvals[id_]


def settled(record: Record, written: Written) -> Written:
    """Nobody need be told any more of what was answered, approved, rejected or decided again."""
    judgement = written.incident.judgement
    if judgement is None or not written.entries:
        return written
    waiting = {one["id"] for one in (*judgement.unanswered, *judgement.pending, *judgement.reopened)}
    kept = record.tx.messages(incident=written.incident.id, states=OWED)
    over = [one for one in kept if (about := _about(one.details.get("values"))) and about not in waiting]
    return messages_cancelled(record, written, over, "it was answered")


def _about(values: Any) -> str:
    found = values if isinstance(values, dict) else {}
    return next((str(found[name]) for name in ("question", "approval", "decision") if found.get(name)), "")


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def listed(store: Store, incident_id: str | None) -> tuple[list[tuple[Incident, dict[str, Any]]], Roster]:
    """All of one incident, or what waits anywhere, the soonest due first."""
    with store.reading() as look:
        roster = look.roster()
        if incident_id is not None:
            incident = look.incident(incident_id)
            if incident is None:
                raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
            return [(incident, one) for one in (incident.judgement or Judgement()).approvals.values()], roster
        under_way = look.incidents(statuses=("open",))
        found = [(one, each) for one in under_way for each in (one.judgement or Judgement()).pending]
        closed = [one for one in look.incidents(limit=CLOSED) if one.status == "closed"]
        found += [(one, each) for one in closed for each in (one.judgement or Judgement()).unreviewed]
    return sorted(found, key=lambda pair: str(pair[1]["due"])), roster
