"""What changed between two versions of an assessment, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalate.domain.assessment.template import Template


class Change(Value):
    """`was` or `now` is None where there was, or is, no answer."""

    field: str
    was: Any = None
    now: Any = None


def changes(template: Template, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """In the order in which questions are asked; answers to what the template asks no more come last."""
    order = {field.name: number for number, field in enumerate(template.fields)}
    names = sorted({*before, *after}, key=lambda name: (order.get(name, len(order)), name))
    found = (Change(field=name, was=before.get(name), now=after.get(name)) for name in names)
    return [change for change in found if change.was != change.now]


def weighing(template: Template, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The changes of answers that are watched, as an entry keeps them."""
    return [
        change.plain()
        for change in changes(template, before, after)
        if (field := template.field(change.field)) is not None and field.watched
    ]


def in_short(answer: Any) -> str:
    """A choice, a number, yes or no, as one would say it."""
    if answer is None:
        return "none"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
