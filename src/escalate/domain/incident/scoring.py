"""A severity that anybody can recompute: terms that add up, floors that count whatever the sum, the worst of both."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.severity import LEVELS, worst
from escalate.domain.value import Value
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

LOWEST = LEVELS[-1]
CONFIDENCE = "C"
CONFIDENCES = ("low", "moderate", "high")
HIGHEST = 4
"""The greatest value of an axis; each goes from 0 in whole steps."""

GIVEN = "given"


class Axis(Value):
    """`anchors` say what each value from 0 to 4 means."""

    key: str
    label: str
    anchors: tuple[str, ...]


class Term(Value):
    """`weight` times the values of `axes`, multiplied."""

    weight: Decimal
    axes: tuple[str, ...]

    @property
    def name(self) -> str:
        return " × ".join(self.axes)


class Follows(Value):
    """Enough for a floor: one of `harm`, all of `signs`, one of `source`; what is empty is not asked."""

    harm: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


class Floor(Value):
    id: str
    condition: str
    severity: str
    follows: tuple[Follows, ...] = ()


class Scale(Value):
    """`bands` map each level but the lowest to its least score. `verify` is an axis and the value from which low
    confidence is a reason to find out. `targets` say, by level, how soon a team wants to have answered.
    """

    id: str
    version: int
    axes: dict[str, Axis]
    terms: tuple[Term, ...]
    bands: dict[str, Decimal]
    floors: dict[str, Floor]
    verify: tuple[str, int] | None = None
    targets: dict[str, dict[str, timedelta]] = {}

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    def band(self, score: Decimal) -> str:
        return next((level for level, least in self.bands.items() if score >= least), LOWEST)


class Rating(Value):
    """The value of an axis, and where it is from."""

    value: int
    origin: str = GIVEN


class Match(Value):
    """A floor that is true, and why."""

    id: str
    why: str = GIVEN


class Judgement(Value):
    """What is known of a case: ratings by axis, floors that are true, how sure one is."""

    ratings: dict[str, Rating] = {}
    floors: tuple[Match, ...] = ()
    confidence: str = ""


class Facts(Value):
    """What an incident says of itself in fields. Each value is where it says so."""

    harms: dict[str, str] = {}
    signs: dict[str, str] = {}
    sources: dict[str, str] = {}


def read_ratings(scale: Scale, words: Iterable[str]) -> tuple[dict[str, Rating], str]:
    """The ratings and the confidence that words as `H=4` and `C=low` give. Raises Usage naming what there is."""
    ratings: dict[str, Rating] = {}
    confidence = ""
    for word in (part for given in words for part in given.split(",")):
        key, equals, said = (part.strip() for part in word.partition("="))
        key = key.upper()
        if not equals:
            raise Usage(f"{word!r} rates nothing.", hint=f"As --axis H=4. {_axes(scale)}")
        if key in ratings or (key == CONFIDENCE and confidence):
            raise Usage(f"{key} is given twice.", hint="Give it once.")
        if key == CONFIDENCE:
            confidence = _confidence(said)
        elif key in scale.axes:
            ratings[key] = Rating(value=_rated(scale.axes[key], said))
        else:
            raise Usage(f"There is no axis {key!r}.", hint=_axes(scale))
    return ratings, confidence


def _confidence(said: str) -> str:
    if said.lower() not in CONFIDENCES:
        raise Usage(f"Confidence is never {said!r}.", hint=f"It is {', '.join(CONFIDENCES)}.")
    return said.lower()


def _rated(axis: Axis, said: str) -> int:
    if said not in {str(value) for value in range(HIGHEST + 1)}:
        means = "; ".join(f"{value} {anchor}" for value, anchor in enumerate(axis.anchors))
        raise Usage(
            f"{axis.key} is never {said!r}: a value is a whole number from 0 to {HIGHEST}.",
            hint=f"{axis.key}, {axis.label}: {means}.",
        )
    return int(said)


def _axes(scale: Scale) -> str:
    named = ", ".join(f"{axis.key} ({axis.label})" for axis in scale.axes.values())
    return f"Axes: {named}, {CONFIDENCE} (confidence: {', '.join(CONFIDENCES)})."


def read_floors(scale: Scale, words: Iterable[str]) -> tuple[Match, ...]:
    """The floors that words as `F1` name. Raises Usage naming those there are."""
    named = dict.fromkeys(part.strip().upper() for given in words for part in given.split(","))
    for word in named:
        if word not in scale.floors:
            there = "; ".join(f"{floor.id} {floor.condition}" for floor in scale.floors.values())
            raise Usage(f"There is no floor {word!r}.", hint=f"Floors: {there}." if there else "There are no floors.")
    return tuple(Match(id=word) for word in named)


def following(scale: Scale, facts: Facts) -> list[Match]:
    """The floors that follow from what is said in fields, each with every reason for it."""
    found = []
    for floor in scale.floors.values():
        reasons = [reason for rule in floor.follows if (reason := _reason(rule, facts))]
        if reasons:
            found.append(Match(id=floor.id, why="; ".join(dict.fromkeys(reasons))))
    return found


def _reason(rule: Follows, facts: Facts) -> str:
    parts = []
    if rule.harm:
        harms = [slug for slug in facts.harms if slug in rule.harm or slug.partition(":")[0] in rule.harm]
        if not harms:
            return ""
        parts.append(f"harm {harms[0]} ({facts.harms[harms[0]]})")
    for sign in rule.signs:
        if sign not in facts.signs:
            return ""
        parts.append(f"{sign} ({facts.signs[sign]})")
    if rule.source:
        sources = [source for source in rule.source if source in facts.sources]
        if not sources:
            return ""
        parts.append(f"brought by {sources[0]} ({facts.sources[sources[0]]})")
    return ", ".join(parts)


def explain(scale: Scale, judgement: Judgement) -> dict[str, Any]:
    """Score, terms, floors and severity, with everything they were counted from. Nothing is rounded."""
    values = {key: judgement.ratings[key].value if key in judgement.ratings else 0 for key in scale.axes}
    products = [_product(term, values) for term in scale.terms]
    score = sum(products, Decimal(0))
    band = scale.band(score)
    floors = _floors(scale, judgement.floors)
    missing = [key for key in scale.axes if key not in judgement.ratings]
    # What counts as 0 because nobody said anything does not mean what 0 means.
    anchors = {key: None if key in missing else axis.anchors[values[key]] for key, axis in scale.axes.items()}
    return {
        "severity": worst(band, *(floor["severity"] for floor in floors)),
        "score": number(score),
        "band": band,
        "terms": [
            {
                "term": term.name,
                "weight": number(term.weight),
                "values": {key: values[key] for key in term.axes},
                "product": number(product),
                "anchors": {key: anchors[key] for key in term.axes},
            }
            for term, product in zip(scale.terms, products, strict=True)
        ],
        "axes": {
            key: {
                "label": axis.label,
                "value": values[key],
                "anchor": anchors[key],
                "from": judgement.ratings[key].origin if key in judgement.ratings else None,
            }
            for key, axis in scale.axes.items()
        },
        "missing": missing,
        "floors": floors,
        "bands": {**{level: number(least) for level, least in scale.bands.items()}, LOWEST: None},
        "confidence": judgement.confidence or None,
        "verify": _verify(scale, values, judgement.confidence),
        "scale": scale.name,
    }


def _product(term: Term, values: Mapping[str, int]) -> Decimal:
    product = term.weight
    for key in term.axes:
        product *= values[key]
    return product


def _floors(scale: Scale, matches: Iterable[Match]) -> list[dict[str, Any]]:
    reasons: dict[str, list[str]] = {}
    for match in matches:
        reasons.setdefault(match.id, []).append(match.why)
    true = [floor for floor in scale.floors.values() if floor.id in reasons]
    return [
        {
            "id": floor.id,
            "severity": floor.severity,
            "condition": floor.condition,
            "why": "; ".join(dict.fromkeys(reasons[floor.id])),
        }
        for floor in sorted(true, key=lambda floor: floor.severity)
    ]


def _verify(scale: Scale, values: Mapping[str, int], confidence: str) -> bool:
    """Whether one should find out at once: low confidence makes nothing less severe."""
    return confidence == CONFIDENCES[0] and scale.verify is not None and values[scale.verify[0]] >= scale.verify[1]


def number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
