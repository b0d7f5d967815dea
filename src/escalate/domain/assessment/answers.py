"""Whether answers fit their template, what they become when kept, and what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.around import Around, Known
from escalate.domain.assessment.named import Unjudged, judged, unguided
from escalate.domain.assessment.pasted import pasted
from escalate.domain.assessment.pointers import Unfit
from escalate.domain.assessment.shape import STAGES
from escalate.domain.assessment.sheet import near
from escalate.domain.assessment.typed import parse_answer
from escalate.domain.assessment.values import normalised
from escalate.domain.incident.harm import is_sensitive
from escalate.domain.text.visible import is_blank
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from escalate.domain.assessment.shape import Field
    from escalate.domain.assessment.template import Template
    from escalate.domain.guidance.book import Guidance
    from escalate.domain.incident.state import Incident

__all__ = ["Around", "Checked", "Known", "Problem", "asked", "check", "labels", "masked", "missing", "parse_answer"]


class Problem(Value):
    """What is wrong with an answer, and what to do about it. `repeats`: it says again what somebody typed."""

    field: str
    what: str
    do: str = ""
    repeats: bool = True

    def __str__(self) -> str:
        return f"{self.field}: {self.what}{f' {self.do}' if self.do else ''}"


class Checked(Value):
    """`answers` are the changes as they are kept; None takes an answer back."""

    answers: dict[str, Any]
    problems: list[Problem]


def check(template: Template, given: Mapping[str, Any], standing: Mapping[str, Any], around: Around) -> Checked:
    """Hold `given` against the template. Standing answers to what is no longer asked are taken back."""
    answers: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        field = template.field(name)
        if field is not None and _nothing(value):
            answers[name] = None
        elif barred := template.forbidden(name):
            problems.append(Problem(field=name, what="nothing may be written here.", do=barred.reason))
        elif field is None:
            names = [known.name for known in template.fields if not known.forbidden]
            do = near(name, names, all_of_them="Fields")
            problems.append(Problem(field=name, what=f"{template.name} has no such field.", do=do))
        else:
            try:
                answers[name] = _words(template, field, normalised(field, value, around))
            except Unfit as unfit:
                problems.append(Problem(field=name, what=unfit.what, do=unfit.do))
    for name, rows in judged(template, answers, {**standing, **answers}, around).items():
        if isinstance(rows, Unfit):
            problems.append(Problem(field=name, what=rows.what, do=rows.do))
        else:
            answers[name] = rows
    problems += _alike(template, answers, standing)
    after = {**standing, **answers}
    seen = {field.name for field in asked(template, after)}
    for name in after:
        field = template.field(name)
        if name in seen or (field and field.forbidden and name not in standing):
            continue
        if field and answers.get(name) is not None:
            do = f"It is asked when {field.when_text}."
            problems.append(Problem(field=name, what="this is not asked here.", do=do))
        elif standing.get(name) is not None:
            answers[name] = None
    return Checked(answers=answers, problems=problems)


def _words(template: Template, field: Field, answer: Any) -> Any:
    """The answer, if it is words and not material."""
    if not field.choices and (what := pasted(answer, quotes=template.quotes)):
        raise Unfit(what, "Describe it in neutral words, or give the opaque id under which it is kept.")
    return answer


def _alike(template: Template, answers: Mapping[str, Any], standing: Mapping[str, Any]) -> list[Problem]:
    """Answers that must be others than they are."""
    after = {**standing, **answers}
    found = []
    for field in template.fields:
        if not field.differs or not {field.name, field.differs} & set(answers):
            continue
        said, other = after.get(field.name), after.get(field.differs)
        if said is not None and said == other:
            do = f"{field.label} is somebody else." if field.type == "person" else "Give another one."
            found.append(Problem(field=field.name, what=f"this is the answer to {field.differs} as well.", do=do))
    return found


def _nothing(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and is_blank(value))


def asked(template: Template, answers: Mapping[str, Any]) -> list[Field]:
    """The fields that are asked, given these answers, in order."""
    seen: list[Field] = []
    heard: dict[str, Any] = {}
    for field in template.fields:
        if field.forbidden or (field.when and not field.when.holds(heard)):
            continue
        seen.append(field)
        heard[field.name] = answers.get(field.name)
    return seen


def missing(template: Template, answers: Mapping[str, Any], at: str = "final") -> list[str]:
    """The fields that must be answered by then (open, final or close) and are not."""
    by_then = STAGES[: STAGES.index(at) + 1]
    return [
        field.name
        for field in asked(template, answers)
        if field.required in by_then and _nothing(answers.get(field.name))
    ]


def unfinished(
    template: Template, answers: Mapping[str, Any], guidance: Callable[[], Guidance], now: datetime
) -> list[Problem]:
    """What guidance says against these answers being final."""
    found = unguided(asked(template, answers), answers, guidance, now)
    return [
        Problem(field=name, what=unfit.what, do=unfit.do, repeats=not isinstance(unfit, Unjudged))
        for name, unfit in found
    ]


def missing_to_close(template: Template, answers: Mapping[str, Any]) -> list[str]:
    """Only those that may wait until the incident closes."""
    return [
        field.name
        for field in asked(template, answers)
        if field.required == "close" and _nothing(answers.get(field.name))
    ]


def masked(field: Field | None, incident: Incident, template: Template, answers: Mapping[str, Any]) -> bool:
    """Whether an answer is hidden until somebody asks to see it and says why."""
    if field is None:
        return True
    return field.sensitive and (field.sealed or _sensitive(incident, template, answers))


def _sensitive(incident: Incident, template: Template, answers: Mapping[str, Any]) -> bool:
    # What was opened as something lesser may turn out otherwise: the assessment's own harms count too.
    harms = [
        slug
        for field in template.fields
        if field.vocabulary == "harm" and (said := answers.get(field.name))
        for slug in (said if isinstance(said, list) else [said])
    ]
    return incident.sensitive or is_sensitive(harms)


def labels(
    template: Template, changed: Mapping[str, Any], answers: Mapping[str, Any], incident: Incident
) -> frozenset[str]:
    """The audience labels of an entry with the `changed` answers of an assessment standing as `answers`."""
    found = set()
    for field in template.fields:
        said = answers.get(field.name)
        if field.marks and said:
            found |= {f"{field.marks}:{word.lower()}" for word in (said if isinstance(said, list) else [said])}
    if any(
        value is not None and masked(template.field(name), incident, template, answers)
        for name, value in changed.items()
    ):
        found.add("sensitive")
    return frozenset(found)
