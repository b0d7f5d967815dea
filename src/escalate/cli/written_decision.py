"""A decision as a file or options say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.rules import DECLINES
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.cli.session import Session

KEYS = ("question", "choose", "why", "options", "clause", "threshold", "elements", "dissent", "declines", "review_at",
        "review_on")  # fmt: skip
SAME = {"choice": "choose", "reasons": "why", "option": "options", "element": "elements"}
"""Other names of keys in a file: those under which decisions are shown, and those of the options."""


def filed(session: Session, source: str) -> dict[str, Any]:
    """The members of a file, by the names of `KEYS`."""
    from escalate.cli.files import toml_or_json

    given = toml_or_json(session, source, like='question = "…"')
    named = {SAME.get(name.replace("-", "_"), name.replace("-", "_")): value for name, value in given.items()}
    unknown = [name for name in named if name not in KEYS]
    if unknown:
        raise Usage(f"{source}: there is no {', '.join(unknown)}.", hint=f"A decision has: {', '.join(KEYS)}.")
    if named.get("declines") not in (None, "", *DECLINES):
        raise Usage(f"{source}: declines is no {named['declines']!r}.", hint=f"One of: {', '.join(DECLINES)}.")
    given = {name: value for name, value in named.items() if value not in (None, "")}
    for name in ("question", "choose", "why", "clause", "threshold"):
        if name in given and not (isinstance(given[name], str) or (name == "choose" and type(given[name]) is int)):
            raise Usage(f"{source}: {name} is no text: {given[name]!r}.", hint=f'As: {name} = "…"')
    for name in ("options", "elements", "dissent", "review_on"):
        kinds = str if name == "review_on" else (str, dict)
        if any(not isinstance(one, kinds) for one in listing(given.get(name))):
            raise Usage(f"{source}: {name} is no list of texts.", hint=f'As: {name} = ["…", "…"]')
    return given


def listing(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def text_of(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    return None if value is None else str(value)


def option(one: Any) -> dict[str, str]:
    return _row(one, "option") if isinstance(one, dict) else {"option": str(one)}


def element(one: Any) -> dict[str, str]:
    if isinstance(one, dict):
        return _row(one, "element")
    name, equals, met = str(one).partition("=")
    if not equals:
        raise Usage(f"{one!r} does not say whether it is met.", hint="As --element intent=met, or intent=not:#14")
    state, _, evidence = met.partition(":")
    return {"element": name.strip(), "met": state, "evidence": evidence.strip()}


def dissent(one: Any) -> dict[str, str]:
    if isinstance(one, dict):
        return _row(one, "person")
    person, equals, view = str(one).partition("=")
    if not equals:
        raise Usage(f"{one!r} does not say who disagrees.", hint='As --dissent "bob=too late by then"')
    return {"person": person.strip(), "view": view.strip()}


ROWS = {"option": {"option", "pros", "cons", "harm_if_wrong"}, "element": {"element", "met", "evidence"},
        "person": {"person", "view"}}  # fmt: skip


def _row(one: dict[str, Any], kind: str) -> dict[str, str]:
    if unknown := set(one) - ROWS[kind]:
        raise Usage(f"There is no {', '.join(sorted(unknown))} here.", hint=f"As: {', '.join(sorted(ROWS[kind]))}.")
    return {name: str(value) for name, value in one.items() if value is not None}
