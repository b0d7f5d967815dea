"""One part of a roster file as plain data, or what is wrong with it in our sentences.

A value is never repeated in a mistake where it could be a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.adapters import roster_times as times
from escalate.adapters import roster_words as words
from escalate.adapters.roster_sense import near
from escalate.adapters.roster_shape import CHANNELS, SHAPES, WITHIN, Care, Clocks, Console, Route, Shape, checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RANGES = {"repeat": "It is between 0 and 5", "reveals": "It is between 1 and 10000"}

Mistakes = list[dict[str, str]]


def part(section: str, name: str, fields: Any) -> tuple[dict[str, Any] | None, Mistakes]:
    """One channel, person, team, rotation, schedule or policy as plain data, or what is wrong with it as {key, message, hint}."""
    key = f"{section}.{name}"
    is_name = words.is_person if section == "people" else words.is_slug
    mistakes = [] if is_name(name) else [{"key": key, **words.not_a_slug(name, person=section == "people")}]
    shape: type[Shape] | None
    if section == "channels":
        shape, more = _channel_shape(key, fields)
        mistakes += more
        if name == "console" and shape not in {None, Console}:
            hint = 'Call it something else, or make it kind = "console"'
            mistakes.append({"key": key, "message": "console is the name of the terminal itself", "hint": hint})
    else:
        shape = SHAPES[section]
    if shape is None:
        return None, mistakes
    value, more = _checked(shape, key, fields)
    mistakes += more
    return (None, mistakes) if mistakes or value is None else (_plain(section, name, fields, value), [])


def route(number: int, fields: Any) -> tuple[dict[str, Any] | None, Mistakes]:
    value, mistakes = _checked(Route, f"routes[{number}]", fields)
    if not isinstance(value, Route):
        return None, mistakes
    plain = value.model_dump()
    when = plain.pop("when")
    return {**plain, "harm": sorted(set(when["harm"])), "severity": when["severity"]}, []


def care(fields: Any) -> tuple[dict[str, Any], Mistakes]:
    """The table `[care]`, as members of the roster."""
    value, mistakes = _checked(Care, "care", fields)
    return value.model_dump() if value else {}, mistakes


def clocks(fields: Any) -> tuple[dict[str, Any] | None, Mistakes]:
    """The table `[clocks]`."""
    value, mistakes = _checked(Clocks, "clocks", fields)
    if value is None:
        return None, mistakes
    data = value.model_dump()
    return {
        **data,
        "at": sorted(set(data["at"])),
        "targets": {name: words.seconds(text) for name, text in data["targets"].items()},
    }, []


def _channel_shape(key: str, fields: Any) -> tuple[type[Shape] | None, Mistakes]:
    kinds = f"Kinds: {', '.join(CHANNELS)}"
    if not isinstance(fields, dict):
        return Console, []
    kind = fields.get("kind")
    if kind is None:
        return None, [{"key": f"{key}.kind", "message": "is missing", "hint": kinds}]
    if kind == "twilio":
        hint = "Reach phones through pagerduty until then"
        return None, [{"key": f"{key}.kind", "message": "twilio is not there yet", "hint": hint}]
    if not isinstance(kind, str) or kind not in CHANNELS:
        meant = near(kind, CHANNELS) if isinstance(kind, str) else kinds
        return None, [{"key": f"{key}.kind", "message": "there is no such kind of channel", "hint": meant}]
    return CHANNELS[kind], []


def _plain(section: str, name: str, fields: dict[str, Any], value: Shape) -> dict[str, Any]:
    if section == "channels":
        settings = {key: given for key, given in fields.items() if key not in {"kind", "details"}}
        return {
            "name": name,
            "kind": fields["kind"],
            "settings": settings,
            "details": fields.get("details", False),
        }
    data = value.model_dump()
    match section:
        case "policies":
            steps = [{**step, "wait": words.seconds(step["wait"])} for step in data["steps"]]
            return {**data, "name": name, "steps": steps, "unworked": _seconds(data["unworked"])}
        case "rotations":
            number, unit = times.turn(data["every"])
            # Minutes are as fine as on-call times are; seconds are dropped.
            began = data["start"].isoformat(timespec="minutes")
            return {**data, "name": name, "start": began, "every": number, "unit": unit}
        case "schedules":
            rules = [_rule(rule) for rule in data["rules"]]
            return {**data, "name": name, "rules": rules, "notice": _seconds(data["notice"])}
    addresses = {kind: address for kind in ("slack", "email") if (address := data.pop(kind))}
    if section == "people":
        data["reach"] = [{**way, "after": words.seconds(way["after"])} for way in data["reach"]]
        data["not_for"] = sorted(set(data["not_for"]))
    return {**data, "slug": name, "addresses": addresses}


def _rule(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "days": times.numbered(data["days"]),
        "begin": data["from_"],
        "end": data["to"],
        "target": data["target"],
        "zone": data["zone"],
    }


def _seconds(text: str | None) -> int | None:
    return None if text is None else words.seconds(text)


def _checked(shape: type[Shape], key: str, fields: Any) -> tuple[Shape | None, Mistakes]:
    value, found = checked(shape, fields)
    return value, [_mistake(shape, key, details) for details in found]


def _mistake(shape: type[Shape], key: str, details: Mapping[str, Any]) -> dict[str, str]:
    where, context = details["loc"], details.get("ctx", {})
    message, hint = _sentence(shape, where, details["type"], context)
    return {"key": key + _path(where), "message": message, "hint": hint}


def _path(where: Sequence[str | int]) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in where)


def _sentence(shape: type[Shape], where: Sequence[str | int], kind: str, context: dict[str, Any]) -> tuple[str, str]:
    last = str(where[-1]) if where else ""
    inside = next((WITHIN[each] for each in reversed(where[:-1]) if each in WITHIN), shape)
    example = inside.examples.get(last) or words.EXAMPLES.get(last, "")
    match kind:
        case "value_error" if isinstance(context["error"], words.Wrong):
            return context["error"].message, context["error"].hint
        case "missing":
            return "is missing", example
        case "extra_forbidden":
            keys = [field.alias or name for name, field in inside.model_fields.items()]
            return "there is no such key", near(last, keys)
        case "too_short":
            return "is empty", f"At least {context['min_length']}"
        case "too_long":
            return "is too long", f"At most {context['max_length']}"
        case "literal_error":
            return "is something else", f"It can be {context['expected']}"
        case "greater_than_equal" | "less_than_equal":
            return "is out of range", RANGES[last]
        case _:
            return words.WRONG_TYPES.get(kind, "is not what belongs here"), example
