"""What the roles of escalate may do on a server, and what the tables refuse by themselves: is it what the scripts make?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RIGHTS = """
SELECT given.about, given.part, given.does, given.more, r.rolname AS whom
  FROM (SELECT c.relname AS about, '' AS part, a.privilege_type AS does, a.is_grantable AS more, a.grantee
          FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.relnamespace = 'escalate'::regnamespace
         UNION ALL SELECT c.relname, t.attname, a.privilege_type, a.is_grantable, a.grantee
          FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid, aclexplode(t.attacl) AS a
         WHERE c.relnamespace = 'escalate'::regnamespace
         UNION ALL SELECT p.proname, '', a.privilege_type, a.is_grantable, a.grantee
          FROM pg_proc AS p, aclexplode(p.proacl) AS a WHERE p.pronamespace = 'escalate'::regnamespace) AS given
  JOIN pg_roles AS r ON r.oid = given.grantee
 WHERE r.rolname IN ('escalate_member', 'escalate_courier', 'escalate_keeper')
"""

CONSTRAINTS = """
SELECT c.relname AS about, k.contype::text AS kind, count(*) FILTER (WHERE k.convalidated) AS many
  FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
 WHERE c.relnamespace = 'escalate'::regnamespace AND k.contype IN ('c', 'p', 'u') GROUP BY 1, 2
"""

KINDS = {"c": "CHECK", "p": "PRIMARY KEY", "u": "UNIQUE"}

SENTENCE = r"^(GRANT|REVOKE)\s+([^;]*?)\s+ON\s+(?!SCHEMA\b|ALL\b)(?:FUNCTION\s+)?([^;]*?)\s+(?:TO|FROM)\s+([^;]*);"
"""Outside functions and blocks, where nothing is indented."""

Right = tuple[str, str, str, str]
"""Role, what they may do, of which table or function, and of which column: empty for all."""


def rights(text: str, found: Iterable[Any]) -> list[str]:
    """`text` is all scripts, `found` the rows of RIGHTS."""
    made: set[Right] = set()
    for verb, what, about, whom in re.findall(SENTENCE, _bare(text), re.MULTILINE):
        given = {
            (role, does, name, part) for role in _names(whom) for does, part in _acts(what) for name in _about(about)
        }
        made = made | given if verb == "GRANT" else made - given
    rows = [*found]
    has = {(row["whom"], row["does"], row["about"], row["part"]) for row in rows}
    said = [f"{_right(one)} was taken away" for one in sorted({one for one in made if _is_role(one)} - has)]
    said += [f"{_right(one)} is not escalate's to have" for one in sorted(has - made)]
    handed_on = {(row["whom"], row["does"], row["about"], row["part"]) for row in rows if row["more"]}
    return [*said, *(f"{_right(one)} may be handed on" for one in sorted(handed_on))]


def constraints(text: str, found: Iterable[Any]) -> list[str]:
    """`text` is all scripts, `found` the rows of CONSTRAINTS."""
    has = {(row["about"], row["kind"]): row["many"] for row in found}
    said = []
    for name, columns in re.findall(
        r"^CREATE TABLE escalate\.(\w+) (\(.*?\));$", _bare(text), re.MULTILINE | re.DOTALL
    ):
        for kind, words in KINDS.items():
            made, left = len(re.findall(rf"\b{words}\b", columns)), has.get((name, kind), 0)
            if left < made:
                said.append(f"the table {name} has lost {made - left} of its {made} constraints {words}")
    return said


def _bare(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")]


def _about(text: str) -> list[str]:
    """Of functions without what they take."""
    return [one.removeprefix("escalate.") for one in _names(re.sub(r"\([^)]*\)", "", text))]


def _acts(text: str) -> Iterator[tuple[str, str]]:
    for does, columns in re.findall(r"(\w+)(?:\s*\(([^)]*)\))?", text):
        for part in _names(columns):
            yield does, part


def _is_role(right: Right) -> bool:
    return right[0].startswith("escalate_")


def _right(right: Right) -> str:
    role, does, about, part = right
    return f"the right of {role} to {does} {about}{f'.{part}' if part else ''}"
