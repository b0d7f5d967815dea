"""Answers that name a subject: a handle, or a value that is turned into one and goes no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.pointers import Unfit
from escalate.domain.subjects.handles import as_typed, is_handle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalate.domain.assessment.around import Around, Naming

NO_HANDLE = "Give a handle, as S-7KQ2. A value is asked for without --set, or given by --from FILE as {type, value}."


def subject(value: Any, relation: str, around: Around) -> str:
    """The handle that is kept. `relation` is what it is here, where that is always the same."""
    if isinstance(value, dict):
        return _named(value, relation, around.subjects)
    if not isinstance(value, str):
        raise Unfit("this is no handle.", NO_HANDLE)
    if around.subjects is not None and around.subjects.stands(value.strip()):
        return value.strip()
    begins = as_typed(value)
    in_full = begins if begins and is_handle(begins) and value.strip()[:2].upper() == "S-" else None
    found = around.subjects.known(begins) if begins and around.subjects is not None else []
    if in_full and (in_full in found or not found):
        return in_full  # a colleague may have named one that only they may read of
    if len(found) == 1:
        return found[0]
    if found:
        raise Unfit("that begins several handles.", f"One of: {', '.join(found)}.")
    raise Unfit("this is no handle.", NO_HANDLE)


def _named(value: dict[str, Any], relation: str, subjects: Naming | None) -> str:
    if not set(value) <= {"type", "value", "relation"} or not {"type", "value"} <= set(value):
        raise Unfit("a value comes as {type, value, relation}.", 'As {type = "email", value = "…", relation = "actor"}')
    parts = {name: part for name, part in value.items() if part is not None}
    if not all(isinstance(part, str) for part in parts.values()):
        raise Unfit("type, value and relation are text.", "Put them in quotes.")
    if subjects is None:
        raise Unfit("values cannot be looked up here.", "Give a handle, as S-7KQ2.")
    return subjects.handle(parts["type"], parts["value"], parts.get("relation") or relation)


def in_argv(value: Any) -> bool:
    """Whether an answer given on the command line holds only handles, or beginnings of them that say that they are."""
    said: Sequence[Any] = value if isinstance(value, list) else [value]
    return all(
        isinstance(one, str) and as_typed(one) is not None and one.strip()[:2].upper() == "S-" for one in said if one
    )
