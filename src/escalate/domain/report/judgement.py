"""What was judged: assessments, with people's own words only where they were written for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import from_text
from escalate.domain.timeline.words import mask
from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.domain.incident.state import Incident


LEADS = ("action", "option", "what", "statement", "person")
"""Columns that say what a row is; the others say more about it."""

REASONS = ("rationale", "view")


class Answer(Value):
    """`items` are the answer in words, one for each row or choice, masked where they must be.

    `leads` say in short what each row is; of masked rows only actions from the vocabulary of decisions.
    """

    name: str
    items: list[str]
    count: int
    masked: bool = False
    leads: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return "Bottom line" if self.name == "bluf" else self.name.replace("_", " ").capitalize()

    @property
    def text(self) -> str:
        return "; ".join(self.items)


class Judgement(Value):
    template: str
    version: int
    status: str
    by: str
    at: str
    seq: int
    answers: dict[str, Answer]

    @property
    def final(self) -> bool:
        return self.status == "final"

    def get(self, *names: str) -> Answer | None:
        """The first of these that was answered."""
        return next((self.answers[name] for name in names if name in self.answers), None)

    def starting(self, word: str) -> list[Answer]:
        """The answers of a family, as `recommendation` and `recommendation_why`."""
        return [answer for name, answer in self.answers.items() if name == word or name.startswith(f"{word}_")]


def judgements(incident: Incident, plain: Callable[[str, str], bool], *, reads_all: bool) -> list[Judgement]:
    """Assessments with final ones first, then the latest first."""
    found = [
        Judgement(
            template=name,
            version=given["version"],
            status=given["status"],
            by=given["by"],
            at=given["at"],
            seq=given["seq"],
            answers={
                field: _answer(field, value, hidden=not (reads_all or plain(name, field)))
                for field, value in given["answers"].items()
            },
        )
        for name, given in incident.assessments.items()
    ]
    return sorted(found, key=lambda one: (not one.final, -one.seq))


def latest(found: list[Judgement], *names: str) -> tuple[Judgement, Answer] | None:
    """The answer to one of `names` in the assessment that counts most, if anybody has given one."""
    return next(((one, answer) for one in found if (answer := one.get(*names)) is not None), None)


def _answer(name: str, value: Any, *, hidden: bool) -> Answer:
    items = [text for item in (value if isinstance(value, list) else [value]) if (text := in_words(item))]
    if not hidden:
        return Answer(name=name, items=items, count=len(items), leads=_leads(value))
    if isinstance(value, dict) and isinstance(value.get("level"), str):
        # How sure somebody is, is a judgement and not a description: only the reason for it is masked.
        why = in_words(value.get("why"))
        items = [f"{value['level']}{': ' + mask(why) if why else ''}"]
        return Answer(name=name, items=items, count=1, masked=bool(why))
    actions = [_action(item) for item in value] if isinstance(value, list) else []
    heads = actions if len(actions) == len(items) else [""] * len(items)
    return Answer(
        name=name,
        items=[f"{head}: {mask(item)}" if head else mask(item) for head, item in zip(heads, items, strict=True)],
        count=len(items),
        masked=True,
        leads=tuple(action for action in actions if action),
    )


def _leads(value: Any) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else [value]
    return tuple(lead for row in rows if (lead := _lead(row) if isinstance(row, dict) else in_words(row)))


def _lead(row: dict[str, Any]) -> str:
    return next((in_words(row[name]) for name in LEADS if row.get(name)), in_words(row))


def _action(row: Any) -> str:
    """The word for what is to be done, as `suspend_account`; never anybody's own words."""
    action = row.get("action") if isinstance(row, dict) else None
    if not isinstance(action, str) or len(action) > 40:
        return ""
    return action if action.isascii() and action.replace("_", "").isalpha() and action.islower() else ""


def _row(row: dict[str, Any]) -> str:
    """`suspend_account: it stops the threats (clause: har-3.2, ground: terms)`."""
    lead = next((name for name in LEADS if in_words(row.get(name))), None)
    reason = next((name for name in REASONS if lead and in_words(row.get(name))), None)
    more = [
        f"{name.replace('_', ' ')}: {said}"
        for name, item in row.items()
        if name not in {lead, reason} and (said := in_words(item))
    ]
    if lead is None:
        return ", ".join(more)
    head = in_words(row[lead]) + (f": {in_words(row[reason])}" if reason else "")
    return f"{head} ({', '.join(more)})" if more else head


def in_words(value: Any) -> str:
    """An answer as a person would say it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if isinstance(value.get("level"), str):
            why = in_words(value.get("why"))
            return f"{value['level']}{': ' + why if why else ''}"
        return _row(value)
    if isinstance(value, list):
        return ", ".join(said for item in value if (said := in_words(item)))
    text = " ".join(str(value).split())
    try:
        return f"{from_text(text):%Y-%m-%d %H:%MZ}"
    except ValueError:
        return text
