"""What is left of an entry whose words were erased: the members of its body that nobody typed, which a later entry carries.

The body itself is gone, and its digest stays. Folding reads what is left in its place, so that the incident keeps its
number and its state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escalate.domain.timeline.codec import encode, notes_of
from escalate.domain.timeline.events import shape_of
from escalate.domain.timeline.words import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from escalate.domain.timeline.entry import Entry

ERASED = "[erased]"
"""Stands where a body cannot do without words."""

ALSO = {"note.added": ("author", "tag"), "subject.seen": ("digest", "key")}
"""What nobody typed here, and goes all the same: who wrote a line elsewhere, and what tells a value from others."""

NEVER = frozenset({"entry.erase_asked", "entry.erased"})
"""They say why something is gone."""


def words_in(entry: Entry) -> list[str]:
    """What of an entry would be erased, text by text; empty where there is nothing, or it is not to be erased."""
    body = _body(entry)
    if body is None or entry.kind in NEVER:
        return []
    return [text for name in _typed(entry.kind, body) for text in _texts(body.get(name)) if text]


def kept(entry: Entry) -> dict[str, Any]:
    """The members that stay."""
    body = _body(entry) or {}
    typed = _typed(entry.kind, body)
    bare = {name: _bare(value) if name in typed else value for name, value in body.items()}
    return {name: value for name, value in bare.items() if value is not GONE}


def restored(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same, but that those which were erased further on have a body to be folded by. It is none to be shown or hashed."""
    left = iter(entries)
    for entry in left:
        if entry.body is not None:
            yield entry
            continue
        following = list(left)
        bodies = remains(following)
        for one in (entry, *following):
            yield one if one.body is not None else whole(one, bodies.get(one.id))
        return


def remains(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """What each `entry.erased` among them left of the entry it names."""
    found = {}
    for entry in entries:
        said = _body(entry) if entry.kind == "entry.erased" else None
        if said and isinstance(said.get("entry"), str) and isinstance(said.get("kept"), dict):
            found[said["entry"]] = said["kept"]
    return found


def whole(entry: Entry, left: dict[str, Any] | None) -> Entry:
    """An erased entry with a body of what is left of it; as it is where nothing is known of that."""
    shape = shape_of(entry.kind)
    if left is None or shape is None:
        return entry
    texts = [name for name, note in notes_of(shape).items() if name in shape._fields and note.startswith("str")]
    words = WRITTEN.get(entry.kind, ())
    missing = {name: ERASED for name in texts if name in words or not hasattr(shape, name)}
    return entry.but(body=encode({**missing, **left}))


def _typed(kind: str, body: dict[str, Any]) -> tuple[str, ...]:
    """The fields that hold what somebody typed; all of them of a kind that is not known here."""
    return (*WRITTEN.get(kind, ()), *ALSO.get(kind, ())) if shape_of(kind) else tuple(body)


def _body(entry: Entry) -> dict[str, Any] | None:
    if entry.body is None:
        return None
    found = json.loads(entry.body)
    return found if isinstance(found, dict) else {}


GONE = object()


def _bare(value: Any) -> Any:
    """Without any text: a text is gone, unless it is empty."""
    if isinstance(value, dict):
        return {key: one for key, item in value.items() if (one := _bare(item)) is not GONE}
    if isinstance(value, list):
        return [one for item in value if (one := _bare(item)) is not GONE and one not in ({}, [])]
    return GONE if isinstance(value, str) and value else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
