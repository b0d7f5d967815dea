"""Texts and times as people give them: in argv, on stdin, at a prompt."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.cli.session import Session
    from escalate.cli.times import Moment

SIGNS = frozenset("0123456789@./:")
"""Every kind of identifier has at least one of these; plain words need no closer look."""

LARGEST = 4_000_000
"""Bytes read from stdin at most."""

TOO_MUCH = "Refer to the material instead of pasting it."

EDIT = frozenset({"-e", "--edit"})
"""In place of a text: it is written in an editor."""


def moment(session: Session, text: object) -> Moment | None:
    """The time `text` means, or None where none was given. Raises Usage where it cannot be read."""
    if text is None:
        return None
    from escalate.cli.times import parse_past

    return parse_past(str(text), session.now(), session.zone)


def stdin(largest: int = LARGEST) -> str:
    """What is piped in, at most `largest` bytes of it. Raises Usage where it is not UTF-8."""
    raw = sys.stdin.buffer.read(largest + 1)
    if len(raw) > largest:
        raise Usage("More was piped in than can be taken.", hint=TOO_MUCH)
    return decoded(raw, "What was piped in")


def decoded(raw: bytes, what: str) -> str:
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise Usage(f"{what} is UTF-16.", hint="Convert it first: iconv -f UTF-16 -t UTF-8")
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Usage(f"{what} is not UTF-8 (byte {error.start}).", hint="Convert it first: iconv -t UTF-8") from error


def asked(session: Session, text: str | None, *, what: str, harm: tuple[str, ...] = (), option: str = "TEXT") -> str:
    """`text`, or stdin for `-`, or what is written in an editor for `-e`, or the answer to a one-line question. What a person
    typed is looked through for identifiers before it is stored.
    """
    if text == "-":
        return stdin().rstrip("\n")
    if text in EDIT:
        from escalate.cli.editor import written

        return written(session, what, option=option)
    if text is None:
        if not session.interactive:
            raise Usage(f"{what}: nothing was given.", hint=f"Give {option}, or `-` to read it from stdin.")
        return str(click.prompt(what, err=True, prompt_suffix=": ", value_proc=lambda answer: _checked(answer, what)))
    from escalate.domain.incident.harm import is_sensitive

    if is_sensitive(harm):
        session.say_once(
            "Note: words on the command line stay in the shell's history and can be seen in the process list. "
            "Without them the command asks."
        )
    return text


def _checked(answer: str, what: str) -> str:
    """An answer that can be kept; another is asked for again, before more is typed."""
    from escalate.cli.lines import not_so
    from escalate.domain.incident.rules import said

    try:
        return said(answer, what)
    except Usage as error:
        raise not_so(f"{error.message} {error.hint}") from error


def stated(
    session: Session,
    incident: str,
    text: str | None,
    labels: frozenset[str] = frozenset(),
    *,
    what: str,
    option: str = "TEXT",
    marks: str | None = "--label sensitive",
) -> tuple[str, frozenset[str]]:
    """What a person says about an incident, and the labels it bears. An empty `text` is left empty: it need not be given.

    `marks` is how the command marks it: empty where it can only when it asks, None where it cannot.
    """
    if text == "":
        return text, labels
    words = asked(session, text, what=what, harm=_harm(session, incident, text), option=option)
    return words, guarded(session, words, labels, marks=marks)


def _harm(session: Session, incident: str, text: str | None) -> tuple[str, ...]:
    """The incident's harm, where it matters: text in argv is warned about for some."""
    if text is None or text == "-" or text in EDIT:
        return ()
    with session.store.reading() as look:
        found = look.incident(incident)
    return found.harm if found else ()


def guarded(
    session: Session, text: str, labels: frozenset[str], *, marks: str | None = "--label sensitive"
) -> frozenset[str]:
    """Point out identifiers in `text`; on a terminal, offer to mark it sensitive. `marks` is as for `stated`."""
    if "sensitive" in labels or SIGNS.isdisjoint(text):
        return labels
    from escalate.domain.text.guard import found

    spotted = found(text)
    if not spotted:
        return labels
    kinds = ", ".join(dict.fromkeys(one.kind for one in spotted))
    if marks is None or not session.interactive:
        how = f" Mark it if it is: {marks}" if marks else ""
        session.say(f"Note: this text holds what looks like: {kinds}.{how}")
        return labels
    session.say(f"This text holds what looks like: {kinds}.")
    return (
        labels | {"sensitive"}
        if click.confirm("Mark it sensitive (masked, not searchable)?", default=True, err=True)
        else labels
    )
