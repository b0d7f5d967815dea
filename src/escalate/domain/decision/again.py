"""What a decision takes over from the question it answers, or from the decision that it makes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.state import MADE, Judgement
from escalate.domain.timeline.judgements import DecisionReopened

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident

GRAVER = "one person decided it; the severity was raised, and now it takes two"


def is_masked(incident: Incident, before: dict[str, Any] | None) -> bool:
    """Whether its words are hidden from who answers it."""
    return before is not None and (incident.sensitive or "sensitive" in before.get("labels", ()))


def declined(before: dict[str, Any] | None, choice: str) -> str | None:
    """What was declined before is declined where the same is chosen again, without saying so again."""
    if before is None or before["of"] != "decision" or _plain(choice) != _plain(before.get("choice", "")):
        return None
    return before.get("declines")


def alike(text: str, others: tuple[str, ...]) -> bool:
    """Whether it is one of the others, but for capitals and spaces."""
    return _plain(text) in {_plain(one) for one in others}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def labels_of(incident: Incident, answers: str | None) -> frozenset[str]:
    """The labels of the question or decision whose words the decision that `answers` it repeats."""
    judgement = incident.judgement or Judgement()
    before = judgement.questions.get(answers or "") or judgement.decisions.get(answers or "") or {}
    return frozenset(before.get("labels", ()))


def taken_alone(incident: Incident) -> list[DecisionReopened]:
    """What one person declined while one was enough is taken up again: it turns out to be grave."""
    made = (incident.judgement or Judgement()).decisions.values()
    found = [one["id"] for one in made if one["state"] == MADE and one["declines"] and not one["approval"]]
    return [DecisionReopened(decision=id_, because=GRAVER) for id_ in found]
