"""What the answer to a question must look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.incident.harm import HARMS
from escalate.domain.incident.severity import LEVELS
from escalate.domain.value import Value

if TYPE_CHECKING:
    from escalate.domain.assessment.condition import Condition

TYPES = {
    "text": "one line of text",
    "long": "text of several lines",
    "choice": "one of the choices",
    "several": "any number of answers",
    "yesno": "yes or no",
    "time": "a time",
    "number": "a whole number",
    "person": "a person or team",
    "rows": "rows of named columns",
    "ref": "an entry of this incident, or the opaque id of evidence",
    "id": "an opaque id: no name, no address, no link",
    "hash": "a hash, as sha256: and its digits",
    "clause": "a clause of policy, as ID@VERSION",
    "clock": "a clock of the clock library",
    "subject": "a handle, as S-7KQ2, that stands for a value nobody keeps",
    "confidence": "low, moderate or high, and why",
}

SIMPLE = tuple(name for name in TYPES if name not in {"rows", "several", "confidence", "subject"})
"""What a column of rows may be."""

ITEMS = ("text", "word", "ref", "person", "id", "hash", "clause", "clock", "subject")
"""What each of several answers may be where there are no choices; a `word` has no spaces in it."""

STAGES = ("open", "final", "close")
"""When an answer is required: from the start, before the assessment is final, before the incident closes."""

VOCABULARIES: dict[str, tuple[str, ...]] = {"harm": tuple(HARMS), "severity": LEVELS}
"""Choices that are not the template's own; a harm may bear a second level."""

FREE = frozenset({"text", "long", "rows", "confidence"})
"""Answers in people's own words."""

SLUG = r"[a-z][a-z0-9_]{0,63}"


class Shape(Value):
    """What an answer must look like. `choices` maps each to what it means; `vocabulary` says whose they are.

    `min` and `max` bound a number, the characters of a text, or how many answers or rows there may be.
    `ahead` marks a time that may still come. `reads` is the label that a person must be allowed to read: `privileged`
    is Legal.
    """

    name: str
    type: str
    label: str
    help: str = ""
    choices: dict[str, str] = {}
    vocabulary: str = ""
    min: int | None = None
    max: int | None = None
    max_words: int | None = None
    ahead: bool = False
    reads: str = ""


class Column(Shape):
    needed: bool = False


class Field(Shape):
    """`sensitive`: people's own words, kept from readers outside. `sealed`: so in every incident.

    `marks` makes the answer an audience label of what is written: `tlp` with `red` is the label `tlp:red`.
    `also` are other names by which somebody may try a forbidden field. The answer of `differs` must be another one.
    A change of what is `watched` is told by the timeline; it is never in people's own words. `elements_of` is the field
    that names a clause: there is one row for each of its elements, whose name stands in the first column.
    `relation` is what the subjects that are named here are to the incident, where that is always the same.
    """

    required: str | None = None
    of: str = ""
    forbidden: bool = False
    reason: str = ""
    also: tuple[str, ...] = ()
    differs: str = ""
    watched: bool = False
    when: Condition | None = None
    when_text: str = ""
    sensitive: bool = False
    sealed: bool = False
    marks: str = ""
    columns: tuple[Column, ...] = ()
    elements_of: str = ""
    relation: str = ""
