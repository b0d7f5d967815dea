"""What changed between two versions of a clause: its elements, its other parts, and its text word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from escalate.domain.value import plain

if TYPE_CHECKING:
    from escalate.domain.guidance.clause import Clause

SAME, REMOVED, ADDED = "same", "removed", "added"

PARTS = ("title", "effective_from", "owner", "note")


def difference(before: Clause, after: Clause) -> dict[str, Any]:
    """`text` is None where it is the same; else the words of both, in stretches that are same, removed or added."""
    was, now = ({one.id: one.text for one in clause.elements} for clause in (before, after))
    both = [id_ for id_ in now if id_ in was]
    return {
        "from": _named(before),
        "to": _named(after),
        "parts": [
            {"part": part, "before": plain(getattr(before, part)), "after": plain(getattr(after, part))}
            for part in PARTS
            if getattr(before, part) != getattr(after, part)
        ],
        "elements": {
            "added": [{"id": id_, "text": text} for id_, text in now.items() if id_ not in was],
            "removed": [{"id": id_, "text": text} for id_, text in was.items() if id_ not in now],
            "changed": [{"id": id_, "text": words(was[id_], now[id_])} for id_ in both if was[id_] != now[id_]],
            "reordered": both != [id_ for id_ in was if id_ in now],
        },
        "text": words(before.text, after.text) if before.text != after.text else None,
    }


def _named(clause: Clause) -> dict[str, Any]:
    return {"id": clause.id, "version": clause.version, "name": clause.name, "digest": clause.digest}


def words(before: str, after: str) -> list[dict[str, str]]:
    """Stretches of words. Line breaks count as words; how many spaces there are does not."""
    was, now = (re.findall(r"\n|[^\s]+", text) for text in (before, after))
    found: list[dict[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append({"op": SAME, "text": _joined(was[a:b])})
            continue
        found += [{"op": op, "text": _joined(part)} for op, part in ((REMOVED, was[a:b]), (ADDED, now[c:d])) if part]
    return found


def _joined(parts: list[str]) -> str:
    return re.sub(r" ?\n ?", "\n", " ".join(parts))
