"""The names that a part with mistakes uses, each where it stands, so that wrong ones among them are said with the rest."""

from __future__ import annotations

from typing import Any


def names_used(section: str, fields: Any) -> dict[str, Any]:
    """The members that `Sense` looks at. What is not of the right type has been found already and is None, or left out."""
    match section:
        case "people":
            return {
                "reach": [{"via": _text(way, "via")} for way in _list(fields, "reach")],
                "addresses": {kind for kind in ("slack", "email") if _member(fields, kind) is not None},
                "logins": [login for login in _texts(fields, "logins") if login is not None],
            }
        case "teams":
            return {"people": _texts(fields, "people"), "policy": _text(fields, "policy")}
        case "rotations":
            return {"people": _texts(fields, "people")}
        case "schedules":
            return {"rules": [{"target": _text(rule, "target")} for rule in _list(fields, "rules")]}
        case "policies":
            steps = [{"targets": _texts(step, "targets")} for step in _list(fields, "steps")]
            return {"steps": steps, "fallback": _text(fields, "fallback")}
        case "clocks":
            return {"decide": _texts(fields, "decide"), "alert": _text(fields, "alert")}
        case "routes":
            return {"page": _texts(fields, "page"), "ping": _texts(fields, "ping")}
    return {}


def _member(table: Any, key: str) -> Any:
    return table.get(key) if isinstance(table, dict) else None


def _text(table: Any, key: str) -> str | None:
    found = _member(table, key)
    return found if isinstance(found, str) else None


def _list(table: Any, key: str) -> list[Any]:
    found = _member(table, key)
    return found if isinstance(found, list) else []


def _texts(table: Any, key: str) -> list[str | None]:
    return [each if isinstance(each, str) else None for each in _list(table, key)]
