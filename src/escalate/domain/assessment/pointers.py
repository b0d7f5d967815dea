"""Answers that point at something instead of describing it: a person, an entry, an opaque id, a hash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.sheet import near
from escalate.domain.text.visible import is_blank

if TYPE_CHECKING:
    from escalate.domain.assessment.around import Around
    from escalate.domain.assessment.shape import Shape
    from escalate.domain.roster import Roster

DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128, "pdq": 64}
"""Hexadecimal digits of each kind of hash."""

_EVIDENCE = r"[A-Za-z0-9][A-Za-z0-9._:+\-]{1,127}"
_ID = r"[A-Za-z0-9][A-Za-z0-9._:+\-]{0,127}"


class Unfit(Exception):
    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.do = do


def spoken(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"this must be text, not {type(value).__name__}.", "Put it in quotes.")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Unfit("U+0000 and broken characters cannot be kept.", "Give the text as UTF-8.")
    return value.strip()


def person(shape: Shape, value: Any, roster: Roster) -> str:
    found = _somebody(value, roster)
    if not shape.reads:
        return found
    teams = {name: team for name, team in roster.teams.items() if shape.reads in team.reads}
    may = {*(f"team:{name}" for name in teams), *(person for team in teams.values() for person in team.people)}
    if teams and found not in may:
        raise Unfit(f"{found} is in no team that reads {shape.reads}.", f"One of: {', '.join(sorted(may))}.")
    return found


def _somebody(value: Any, roster: Roster) -> str:
    said = spoken(value)
    kind, colon, name = said.partition(":")
    if kind == "outside" and colon and not is_blank(name):
        return f"outside:{name.strip()}"[:200]
    if kind == "team" and name in roster.teams:
        return said
    slug = name if kind == "person" and colon else said
    if slug in roster.people:
        return slug
    for known, someone in roster.people.items():
        if someone.name.casefold() == slug.casefold():
            return known
    if roster.people or is_blank(said):
        do = f"{near(slug, roster.people)} A team: team:NAME; somebody else: outside:NAME."
        raise Unfit(f"the roster has nobody called {said!r}.", do.strip())
    return said[:200]


def ref(value: Any, around: Around) -> str:
    said = spoken(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    if re.fullmatch(r"#?[0-9]{1,15}", said):
        seq = int(said.removeprefix("#"))
        last = around.incident.head.seq
        if 1 <= seq <= last:
            return f"#{seq}"
        raise Unfit(f"{around.incident.ref} has no entry #{seq}.", f"Its entries are #1 to #{last}.")
    if not re.fullmatch(_EVIDENCE, said):
        raise Unfit(
            "this is neither an entry nor an opaque id.",
            "Give #14 for an entry, or the id that the system which holds it uses: no address, link or name.",
        )
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", said):
        seq = around.entry_seq(said.lower()) or 0
        return f"#{seq}" if seq else said.lower()
    return said


def opaque(value: Any) -> str:
    said = spoken(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    if not re.fullmatch(_ID, said):
        raise Unfit(
            "this is not an opaque id.",
            "Letters, digits and . _ : + - only, as the system that holds it calls it: no name, address, path or link.",
        )
    return said


def digest(value: Any) -> str:
    kind, colon, digits = spoken(value).lower().partition(":")
    if kind not in DIGITS or not colon:
        raise Unfit("this does not say which kind of hash it is.", f"As sha256:…; kinds: {', '.join(DIGITS)}.")
    if not re.fullmatch(r"[0-9a-f]*", digits) or len(digits) != DIGITS[kind]:
        raise Unfit(f"this is not a {kind}.", f"It has {DIGITS[kind]} digits, 0 to 9 and a to f.")
    return f"{kind}:{digits}"
