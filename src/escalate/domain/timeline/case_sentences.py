"""The one line for who may know of an incident, whom it is about, and what goes to authorities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.timeline.phrases import worded

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.timeline.phrases import Naming, Showing


def known_to(event: Any, name_of: Naming, show: Showing) -> str:
    match event.kind:
        case "access.restricted":
            return worded("Restricted: need to know", event.why, show)
        case "access.lifted":
            second = f" ({event.approval})" if event.approval else ""
            return worded(f"Open to the team again{second}", event.why, show)
        case "access.granted":
            return worded(f"{_whom(event.to, name_of)} may read it", event.why, show)
        case "access.revoked":
            return worded(f"{_whom(event.to, name_of)} may not read it any more", event.why, show)
        case "access.broken":
            return worded("BREAK-GLASS: reads it without having been asked in", event.why, show)
        case "access.alarmed":
            return f"Whoever leads is told that {name_of(f'person:{event.by}')} broke the glass"
    return str(event.kind)


def about(event: Any, name_of: Naming, seq_of: Naming, show: Showing) -> str:
    match event.kind:
        case "subject.seen":
            return worded(f"{event.subject} ({event.type}) seen as {event.relation}", event.note, show)
        case "subject.linked":
            return worded(f"{event.subject} is held to be {event.other}", event.why, show)
        case "subject.withdrawn":
            return worded(f"Withdrew {seq_of(event.entry)}, on {event.subject}", event.why, show)
        case "subject.matched":
            where = f"seen in {event.seen_in}" if event.seen_in else "asked about"
            return f"{event.subject} was {where}, by {name_of(f'person:{event.by}')}"
        case "authority.checked":
            words = {"confirmed": "it was them", "refused": "IT WAS NOT THEM", "no-answer": "nobody answered"}
            fact = f"{event.authority} called back on our number: {words.get(event.outcome, event.outcome)}"
            return worded(worded(fact, event.how, show), event.reference, show)
        case "referral.drafted":
            to = f"Referral {event.referral} to {event.authority} drafted"
            what = f", to disclose {', '.join(map(show, event.disclosed))}" if event.disclosed else ""
            return worded(f"{to}{what}", event.basis, show)
        case "referral.sent":
            until = f", they call back by {_minute(event.call_back)}" if event.call_back else ""
            return worded(f"Referral {event.referral} sent{until}", event.reference, show)
        case "referral.answered":
            return worded(worded(f"Referral {event.referral} answered", event.outcome, show), event.reference, show)
        case "hold.placed":
            fact = worded(f"Hold {event.hold} placed: nothing may be erased", event.matter, show)
            return f"{fact}; {show(event.scope)}" if event.scope else fact
        case "hold.released":
            second = f" ({event.approval})" if event.approval else ""
            return worded(f"Hold {event.hold} released{second}", event.why, show)
    return str(event.kind)


def _whom(to: str, name_of: Naming) -> str:
    return name_of(to) if ":" in to else to


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%MZ}"
