"""Subjects named in assessments: who is named by a value was seen in the incident, and that is recorded with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.app.subjects import known_as, seen_as
from escalate.domain.assessment.pointers import Unfit
from escalate.domain.subjects import rules
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.ledger import Record
    from escalate.domain.incident.state import Incident
    from escalate.domain.subjects.keys import Ring
    from escalate.domain.timeline.access import SubjectSeen


class Subjects:
    """`keys` gives the keys at hand; it is asked where somebody names a value."""

    def __init__(self, record: Record, incident: Incident, keys: Callable[[], Ring] | None) -> None:
        self.fresh: list[SubjectSeen] = []
        self._record = record
        self._incident = incident
        self._keys = keys
        self._new: dict[str, str] = {}

    def known(self, begins: str) -> list[str]:
        return self._record.tx.handles_like(begins)

    def stands(self, said: str) -> bool:
        return said in set(_texts([one["answers"] for one in self._incident.assessments.values()]))

    def handle(self, type_: str, value: str, relation: str) -> str:
        if type_ not in rules.TYPES:
            raise Unfit("there is no such type of value.", f"Types: {', '.join(rules.TYPES)}.")
        if relation not in rules.RELATIONS:
            raise Unfit("it does not say what that is here.", f"relation is one of: {', '.join(rules.RELATIONS)}.")
        if self._keys is None:
            raise Unfit("values cannot be looked up here.", "Give a handle, as S-7KQ2.")
        try:
            written = rules.normalised(type_, value)
            found = known_as(self._record, self._keys(), type_, written, self._new)
        except rules.Unreadable as error:
            raise Unfit(f"the value is not taken: {error.what}.", error.do) from None
        except EscalateError as error:
            raise Unfit(error.message, error.hint) from None
        event = seen_as(found, type_, relation)
        case = self._incident.case
        here = [(one["subject"], one["relation"]) for one in (case.sightings if case else [])]
        here += [(one.subject, one.relation) for one in self.fresh]
        if (found.handle, relation) not in here:
            self.fresh.append(event)
        return found.handle


def _texts(answers: Any) -> list[str]:
    if isinstance(answers, str):
        return [answers]
    below = answers.values() if isinstance(answers, dict) else answers if isinstance(answers, list) else ()
    return [text for one in below for text in _texts(one)]
