"""`messages`: everything that was to be said, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.cli.views import View


@click.command(cls=Command)
@click.argument("words", metavar="[REF|ID] | retry ID… | told ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Of every incident.")
@click.option("--how", metavar="TEXT", default="", help="How they were told (with `told`), as phone.")
@click.option(
    "--reveal", is_flag=True, help="With ID: show masked words; that you looked, and why, goes on the timeline."
)
@click.option("--why", metavar="TEXT", help="Why you need to see them (with --reveal).")
@pass_session
def messages(
    session: Session, words: tuple[str, ...], everything: bool, how: str, reveal: bool, why: str | None
) -> None:
    """Show every message of an incident: to whom, by what, its state, attempts and last error.

    `messages ID` shows one with its words, to be read out. `messages retry ID…` tries again what failed or was given up.
    `messages told ID…` says that you passed one on yourself. ID is as listed; its first characters are enough. What
    somebody typed of a sensitive incident is masked, as `timeline` does it.

    \b
    Example:
      escalate messages INC-7
      escalate messages 3fa9c1d2 --reveal --why "to tell Legal by telephone"
      escalate messages retry 3fa9c1d2
      escalate messages told 3fa9c1d2 --how phone
    """
    from escalate.app.outbox import hidden
    from escalate.cli.views import paging as drawn

    if words and words[0] in {"retry", "told"}:
        _change(session, words[0], words[1:], how)
        return
    if len(words) == 1 and not everything and (reveal or _is_id(session, words[0])):
        _one(session, words[0], reveal=reveal, why=why)
        return
    if reveal:
        raise Usage("One message at a time is revealed.", hint="escalate messages ID --reveal --why TEXT")
    if len(words) > 1:
        raise Usage("One incident at a time.", hint="escalate messages INC-7, or all of them: escalate messages --all")
    incident = None if everything else session.incident(words[0] if words else None)
    with session.store.reading() as look:
        found = look.messages(incident=incident)
        masked = hidden(look, found) if session.as_json else frozenset()
    empty: View = ["No message has become owed here."]
    data = [message.public(masked=message.id in masked) for message in found]
    session.answer(data, lambda _data: drawn.messages(found) or empty)


def _is_id(session: Session, word: str) -> bool:
    """A few digits are the number of an incident."""
    from escalate.app.outbox import may_be_id

    if not may_be_id(word) or (word.isdigit() and len(word) < LEAST):
        return False
    with session.store.reading() as look:
        return bool(look.message(word))


LEAST = 8
"""Digits that may begin an id; fewer are a number."""


def _one(session: Session, word: str, *, reveal: bool, why: str | None) -> None:
    """One message with its words; what somebody typed only once it is on record who looked, and why."""
    from escalate.app import outbox
    from escalate.cli.care import offered
    from escalate.cli.spoken import stated
    from escalate.cli.views import paging as drawn

    if not outbox.may_be_id(word):
        raise Usage("Which message? One at a time is revealed.", hint="escalate messages ID --reveal --why TEXT")
    with session.store.reading() as look:
        message, masked = outbox.one(look, word)
    looked = reveal and masked
    if looked:
        why, _ = stated(session, message.incident, why, what="Why do you need to see it", option="--why", marks=None)
        outbox.reveal(session.ledger, message, why)
        masked = False
    session.answer([message.public(masked=masked)], lambda data: drawn.whole(message, data[0]["text"], masked=masked))
    if looked:
        offered(session)


def _change(session: Session, verb: str, ids: tuple[str, ...], how: str) -> None:
    from escalate.app.outbox import hidden, retry, told
    from escalate.cli.views import paging as drawn

    if not ids:
        raise Usage("Which message?", hint="Their ids: escalate messages")
    written = retry(session.ledger, ids) if verb == "retry" else told(session.ledger, ids, how)

    def data(outcome: Any) -> Any:
        found = written.queued if outcome is None else outcome.messages
        with session.store.reading() as look:
            masked = hidden(look, found)
        return [message.public(masked=message.id in masked) for message in found]

    session.wrote(written, data, lambda _data: drawn.messages(_now(session, written.queued)))


def _now(session: Session, before: list[Any]) -> list[Any]:
    with session.store.reading() as look:
        return [found for message in before for found in look.message(message.id)]
