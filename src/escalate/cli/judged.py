"""What commands about decisions have in common: whose words are masked, times that come, what a second person means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.approvals import Outcome
    from escalate.cli.session import Session
    from escalate.cli.views import View
    from escalate.domain.incident.state import Incident


def ahead(session: Session, text: object) -> datetime | None:
    """A moment that is planned; None where none was given. A date is that day's first instant."""
    if text is None or text == "":
        return None
    from escalate.cli.times import parse_future

    return parse_future(str(text), session.now(), session.zone, day_ok=True).at


def naming(session: Session) -> Callable[[str], str]:
    """What people call an actor or a person."""
    from escalate.app.decisions import name_of

    roster = session.roster
    return lambda actor: name_of(actor, roster)


def hidden(session: Session, incident: Incident, seqs: list[int], reveal: str | None) -> Callable[[int], bool]:
    """Which entries' words are masked. With `reveal`, a reason, none are; that somebody looked is put on record first."""
    from escalate.app import decisions, reading

    if not seqs:
        return lambda _seq: False
    if incident.sensitive:
        masked = set(seqs)
    else:
        lines = reading.timeline(session.store, incident.id, everything=True).lines
        masked = {line.seq for line in lines if line.is_masked}
    if reveal is None:
        return lambda seq: seq in masked
    looked = [seq for seq in seqs if seq in masked]
    decisions.reveal(session.ledger, incident.id, looked, reveal)
    if looked:
        from escalate.cli.care import offered

        offered(session)
    return lambda _seq: False


def second(session: Session, outcome: Outcome, *, what: str) -> None:
    """Say plainly, on stderr, that nothing was done yet, or that it was done by one person alone. `what` says what has not
    happened, as a sentence.
    """
    approval, incident = outcome.approval, outcome.written.incident
    if approval is None:
        if outcome.needless:
            session.say(
                "Note: this takes one person only; --break-glass was not needed, and nothing is to be reviewed."
            )
        return
    answer = f"escalate approve {approval['id']} {incident.ref}"
    if outcome.waits:
        already = "" if outcome.written.entries else " It was asked for already."
        session.say(f"{what} It takes a second person.{already} {approval['id']} waits for somebody else: {answer}")
        return
    alone = "Nobody else in the roster has a login and could approve, so it" if outcome.alone else "It"
    due = approval["due"][:16].replace("T", " ")
    session.say(
        f"BREAK-GLASS: {alone} was done by one person alone. Somebody else must review it by {due}Z: {answer}, or reject it."
    )


def wrote(
    session: Session, outcome: Outcome, kind: str, view: Callable[[dict[str, Any]], View], name_of: Callable[[str], str]
) -> None:
    """Answer what a person decided or did: as it was made, or as it waits for somebody else."""
    from escalate.app.decisions import waiting
    from escalate.cli.guided import status
    from escalate.cli.views.decision import approval
    from escalate.domain.decision.shown import ACTION, public

    incident, asked = outcome.written.incident, outcome.approval
    judgement = incident.judgement
    assert judgement is not None
    if outcome.waits and asked is not None:
        made = next(one for one in waiting(judgement, kind) if one["approval"] == asked["id"])
        hide = _repeats(session, incident, made)
        [data] = status(session, [public(kind, made, incident, hide=hide)])
        session.wrote(outcome.written, data, lambda _data: approval(shown(outcome, hide=hide) or {}, name_of))
        return
    all_ = judgement.actions if kind == ACTION else judgement.decisions
    last = list(all_.values())[-1]
    [data] = status(session, [public(kind, last, incident, hide=_repeats(session, incident, last))])
    if kind == ACTION:
        data["state"] = "done"
    session.wrote(outcome.written, data, view)


def _repeats(session: Session, incident: Incident, made: dict[str, Any]) -> bool:
    """Whether it repeats masked words of somebody else: a question that was asked, a decision taken up again."""
    return bool(made.get("answers")) and hidden(session, incident, [made["seq"]], None)(made["seq"])


def shown(outcome: Outcome, *, hide: bool = False) -> dict[str, Any] | None:
    """The approval, for the eyes of whoever asked for it; None where one person was enough."""
    if outcome.approval is None:
        return None
    from escalate.domain.decision.shown import approval

    return approval(outcome.approval, outcome.written.incident, hide=hide)


def is_incident(text: str) -> bool:
    """Whether a word can only be an incident: `INC-7`, `inc7`."""
    digits = text.strip().lower().removeprefix("inc").removeprefix("-")
    return text.strip().lower().startswith("inc") and digits.isascii() and digits.isdigit()


def two(words: tuple[str, ...], takes: str, letters: str = "") -> tuple[str | None, str | None]:
    """What is meant and REF, of which either may be left out. What is an id of one of `letters` (A-3) is meant; INC-7 alone
    is REF.
    """
    from escalate.domain.decision.rules import is_id

    if len(words) > 2:
        raise Usage(
            f"Got unexpected extra argument{'s' if len(words) > 3 else ''} ({' '.join(words[2:])}).",
            hint=f"It takes {takes}. Text of several words goes in quotes.",
        )
    if len(words) == 2:
        return words[0], words[1]
    if not words:
        return None, None
    [word] = words
    only_ids = letters in {"P", "D", "X", "R"} and not is_id(word, letters)
    return (None, word) if is_incident(word) or only_ids else (word, None)
