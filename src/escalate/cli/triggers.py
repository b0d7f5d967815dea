"""What a decision is to be looked at again on, checked against what there is, so that a slip of the pen is not found later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.triggers import parts, read
from escalate.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.cli.session import Session


def checked(session: Session, given: Iterable[Any]) -> tuple[str, ...]:
    """As they are kept. Of a note it is said that nothing happens by it."""
    found = tuple(dict.fromkeys(read(str(one)) for one in given))
    for trigger in found:
        known = parts(trigger)
        if known is None:
            session.say(f"Note: {trigger!r} is kept for people to read; nothing is reopened by it. Triggers: --help")
            continue
        _refuse_unknown(session, *known)
    return found


def _refuse_unknown(session: Session, kind: str, name: str) -> None:
    match kind:
        case "harm":
            session.wiring.taxonomies.in_force().harm(name)
        case "assessment":
            session.wiring.library.template(name)
        case "clause":
            with session.store.reading() as look:
                known = sorted({row["id"] for row in look.clauses()})
            if known and name not in known:
                raise NotFound(f"There is no clause {name!r}.", hint=f"Clauses: {', '.join(known[:20])}.")
            if not known:
                session.say(
                    f"Note: {name} was not checked; no guidance has been applied here yet: escalate guidance apply"
                )
