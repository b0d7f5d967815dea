"""Whom an incident is about, what went to authorities, and what must be kept, folded from its timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.domain.timeline.entry import Entry

DRAFTED, SENT, ANSWERED = "drafted", "sent", "answered"
PLACED, RELEASED = "placed", "released"


class Case(Value):
    """`sightings` and `links` hold the fields of their events, and entry, by, at, seq; withdrawn ones are gone. `matched`
    the same, but that `by` stays who looked. `referrals` and `holds` are keyed by their ids (R-1, H-1), with state, by, at,
    seq. `checks` are oldest first.
    """

    sightings: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    matched: list[dict[str, Any]] = []
    referrals: dict[str, dict[str, Any]] = {}
    holds: dict[str, dict[str, Any]] = {}
    checks: list[dict[str, Any]] = []

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Case:
        return Case(**data)

    @property
    def subjects(self) -> list[str]:
        return list(dict.fromkeys(one["subject"] for one in self.sightings))

    @property
    def held(self) -> list[dict[str, Any]]:
        """The holds that stand: nothing may be erased."""
        return [one for one in self.holds.values() if one["state"] == PLACED]


def after(case: Case, entry: Entry) -> Case:
    event: Any = entry.event
    kept = {**event.plain(), "entry": entry.id, "by": entry.actor, "at": entry.occurred_at, "seq": entry.seq}
    match event.kind:
        case "subject.seen":
            return case.but(sightings=[*case.sightings, kept])
        case "subject.linked":
            return case.but(links=[*case.links, kept])
        case "subject.withdrawn":
            return case.but(
                sightings=[one for one in case.sightings if one["entry"] != event.entry],
                links=[one for one in case.links if one["entry"] != event.entry],
            )
        case "subject.matched":
            return case.but(matched=[*case.matched, {**kept, "by": event.by}])
        case "authority.checked":
            return case.but(checks=[*case.checks, kept])
        case "referral.drafted":
            return case.but(referrals={**case.referrals, event.referral: {**kept, "state": DRAFTED}})
        case "referral.sent" | "referral.answered":
            before = case.referrals.get(event.referral)
            state = SENT if event.kind == "referral.sent" else ANSWERED
            now = {**(before or {}), state: kept, "state": state}
            return case.but(referrals={**case.referrals, event.referral: now}) if before else case
        case "hold.placed":
            return case.but(holds={**case.holds, event.hold: {**kept, "state": PLACED}})
        case "hold.released":
            before = case.holds.get(event.hold)
            now = {**(before or {}), RELEASED: kept, "state": RELEASED}
            return case.but(holds={**case.holds, event.hold: now}) if before else case
    return case
