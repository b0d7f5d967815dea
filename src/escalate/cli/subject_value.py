"""How a value comes in: at a prompt that does not show it, from a file, or from stdin. Never from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.domain.subjects.rules import LOOKS, RELATIONS, TYPES
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.app.subjects import Secret
    from escalate.cli.session import Session
    from escalate.domain.assessment.around import Known

NEVER = "A value is never given on the command line, where others see it."


def refuse_more(words: tuple[str, ...], most: int, like: str) -> None:
    """What is too much may be the value, so it is not repeated."""
    if len(words) > most:
        raise Usage(
            NEVER if most < 2 else "Those are too many words.",
            hint=f"As: {like}. If you typed a value, take it out of your shell's history.",
        )


def incident(session: Session, ref: str | None) -> str:
    """The incident meant; what is none may be a value, and is not repeated."""
    from escalate.errors import NotFound

    if ref is None:
        return session.incident()
    try:
        return session.incident(ref)
    except NotFound:
        raise NotFound(
            "There is no such incident.",
            hint=f"See what there is: escalate list --all. {NEVER} If you typed one, take it out of your shell's history.",
        ) from None


def kind(session: Session, given: str | None) -> str:
    if given is None and session.interactive:
        given = str(click.prompt("Type of value", type=click.Choice(TYPES), err=True))
    if given not in TYPES:
        said = "What type of value is it?" if given is None else "There is no such type of value."
        raise Usage(said, hint=f"Give --type; types: {', '.join(TYPES)}.")
    return given


def relation(session: Session, given: str | None) -> str:
    if given is None and session.interactive:
        given = str(click.prompt("What it is here", type=click.Choice(RELATIONS), err=True))
    if given not in RELATIONS:
        said = "What is it here?" if given is None else "There is no such relation."
        raise Usage(said, hint=f"Give --relation; one of: {', '.join(RELATIONS)}.")
    return given


def secret(session: Session, type_: str, source: str | None) -> Secret:
    """The value, which is not shown. From a file or stdin it is one line."""
    from escalate.app.subjects import Secret

    if source is not None:
        return Secret(type=type_, value=_line(session, source))
    if not session.interactive:
        raise Usage(
            "Nobody can be asked for the value here.", hint="Give --from FILE, or --from - to read it from stdin."
        )
    said = click.prompt(
        f"Value, as {LOOKS[type_]} (not shown)", hide_input=True, err=True, default="", show_default=False
    )
    return Secret(type=type_, value=str(said))


def named(session: Session, type_: str, fixed: str, known: Known) -> dict[str, str] | str:
    """A value asked for as the answer of an assessment; nothing where it cannot be taken here."""
    from escalate.errors import EscalateError

    try:
        if known.keys is not None:
            _ = known.keys().current
    except EscalateError as error:
        session.say(f"{error.message} {error.hint}")
        return ""
    given = secret(session, type_, None)
    return {"type": type_, "value": given.value, "relation": fixed or relation(session, None)} if given.value else ""


def ask_for_keys(known: Known, answers: list[Any]) -> None:
    """Where a value is among the answers, look for the keys before anything is locked."""
    said = [one for answer in answers for one in (answer if isinstance(answer, list) else [answer])]
    if known.keys is not None and any(isinstance(one, dict) and "value" in one and "type" in one for one in said):
        _ = known.keys().current


def refuse_value(field: str, answer: Any) -> None:
    """What is set on the command line can only be a handle."""
    from escalate.domain.assessment.whom import NO_HANDLE, in_argv

    if not in_argv(answer):
        raise Usage(
            f"{field}: this is no handle. {NEVER}",
            hint=f"{NO_HANDLE} If you typed a value, take it out of your shell's history.",
        )


def _line(session: Session, source: str) -> str:
    if source == "-":
        from escalate.cli.spoken import stdin

        text = stdin()
    else:
        text = session.wiring.library.text_at(source)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise Usage("One value is taken at a time, on one line.", hint="Give a file with one line.")
    return lines[0]
