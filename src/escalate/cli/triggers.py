"""What a decision is to be looked at again on, checked against what there is, so that a slip of the pen is not found later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.decision.triggers import parts, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.cli.session import Session


MOST = 20
"""Clauses that are named where one is not known."""


def checked(session: Session, given: Iterable[Any]) -> tuple[str, ...]:
    """As they are kept. Of a note it is said that nothing happens by it."""
    found = []
    for trigger in dict.fromkeys(read(str(one)) for one in given):
        known = parts(trigger)
        if known is None:
            session.say(f"Note: {trigger!r} is kept for people to read; nothing is reopened by it. Triggers: --help")
        found.append(_held_against_what_there_is(session, trigger, *known) if known else trigger)
    return tuple(dict.fromkeys(found))


def _held_against_what_there_is(session: Session, trigger: str, kind: str, name: str) -> str:
    """The trigger, a subject by its whole handle. Refused where it could never fire; what may still come is said."""
    match kind:
        case "harm":
            session.wiring.taxonomies.in_force().harm(name)
        case "assessment":
            session.wiring.library.template(name)
        case "subject":
            from escalate.app.subjects import known_handle

            return f"subject:{known_handle(session.ledger, name)}"
        case "fact":
            _say_unheard(session, name)
        case "clause":
            _say_unknown(session, name)
    return trigger


def _say_unheard(session: Session, name: str) -> None:
    """Anybody may state a fact of any name; one that nothing here counts from may be a slip."""
    from escalate.domain.incident.state import MILESTONES

    starts = {fact for clock in session.wiring.clock_library.all() for fact in clock.starts}
    known = sorted({*starts, *MILESTONES})
    if name not in known and ":" not in name:
        session.say(
            f"Note: no milestone and no clock goes by a fact {name!r}; it fires once one is stated. {_nearest(name, known)}".strip()
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    """The closest known name; nothing where none is close, since there are many."""
    from escalate.domain.assessment.sheet import near

    return near(name, known).partition("Known")[0]


def _say_unknown(session: Session, name: str) -> None:
    """A clause may be applied later, and then it is a newer version of none."""
    with session.store.reading() as look:
        known = sorted({row["id"] for row in look.clauses()})
    if not known:
        session.say(f"Note: {name} was not checked; no guidance has been applied here yet: escalate guidance apply")
    elif name not in known:
        from escalate.domain.assessment.sheet import near

        hint = near(name, known, all_of_them="Clauses") if len(known) <= MOST else _nearest(name, known)
        session.say(
            f"Note: there is no clause {name!r} yet; it is looked at again once one takes effect. {hint}".strip()
        )
