"""What PostgreSQL and the line to it refuse, in words of ours: what happened, that nothing was recorded, what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from escalate.errors import Conflict, EscalateError, Misconfigured, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

AGAIN = "Nothing was recorded. Run the same command again."

OFFLINE = "Nothing was recorded. Is the network up, and the server running? Then run the same command again."

ASK = "Nothing was recorded. Whoever looks after the database sees to it."

CHANGED, FORBIDDEN, SAID = "ES001", "ES002", "P0001"
"""What the guards of the database raise: the record changed, this is not allowed, and what they say otherwise."""

BUSY = {
    "55P03": "is writing on it",
    "40P01": "was writing at the same moment",
    "40001": "was writing at the same moment",
}
"""Locks that were not had in time, and writers that waited for each other."""

SERVER_AWAY = ("57P01", "57P02", "57P03", "57P05", "53300", "08")
"""It stops, starts, or has no room for one more; `08` begins whatever is wrong with the line."""

NOT_NOW = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|too many (clients|connections)|remaining connection slots"
    r"|terminating connection|canceling authentication",
    re.IGNORECASE,
)
"""What a server says that may take us in a while; in English, as nearly all do."""


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Around everything that is asked of the database. What is none of these is a defect and keeps its traceback."""
    from psycopg import Error

    try:
        yield
    except Error as error:
        if (said := refused(error, place)) is None:
            raise
        raise said from error


def refused(error: psycopg.Error, place: str) -> EscalateError | None:
    state, words = error.sqlstate or "", _words(error)
    if state in {CHANGED, SAID, "23505"}:
        what = words if state != "23505" else "somebody else was faster"
        return Conflict(f"The record changed while this was being written: {what}.", hint=AGAIN)
    if state == FORBIDDEN:
        return Refused(f"The database does not allow it: {words}.", hint="Nothing was recorded. See: escalate whoami")
    if state in BUSY:
        return Conflict(f"Somebody else {BUSY[state]}.", hint=AGAIN)
    if state == "25P02":
        return Conflict("The record did not take all of it.", hint=AGAIN)
    if state in {"57014", "25P03", "25P04"}:
        return Conflict("The database ended it before it was done.", hint=AGAIN)
    if state.startswith(SERVER_AWAY) or (not state and _is_cut(error)):
        return unreachable(place, "the connection was lost")
    return _for_somebody(state, words, place)


def _for_somebody(state: str, words: str, place: str) -> EscalateError | None:
    """What stays as it is until somebody changes it."""
    if state == "25006":
        return read_only(place)
    if state == "42501":
        role = "--keeper" if KEPT.search(words) else "--member"
        return Misconfigured(
            f"The database at {place} does not let you: {words}.",
            hint="Nothing was recorded. A courier's login sends, and may nothing else: write with your own. Who looks after "
            f"it gives that one the right: escalate db grant-role LOGIN {role}",
        )
    if state in {"3F000", "42P01", "42703", "42883", "0A000"}:
        return Misconfigured(
            f"The record at {place} is not as this escalate needs it: {words}.",
            hint="Nothing was recorded. Look closer: escalate db check",
        )
    if state.startswith(("53", "58")):
        return Misconfigured(f"The database at {place} did not take it: {words}.", hint=ASK)
    return None


def read_only(place: str) -> Misconfigured:
    return Misconfigured(
        f"The database at {place} can only be read: it is a standby, or was set so.",
        hint="Nothing was recorded. Give the address of the one that is written to: --database URL",
    )


def unreachable(place: str, why: str, *, hint: str = OFFLINE, unknown: bool = False) -> Unreachable:
    return Unreachable(f"The record at {place} cannot be reached: {why}.", hint=hint, unknown=unknown)


def not_connected(error: psycopg.Error, place: str) -> EscalateError:
    """Why there is no connection. The server's own words are told from the line's by the two spaces that follow the word
    for how grave it is, in any language; there is no code with them.
    """
    text = str(error)
    if error.pgconn is not None and error.pgconn.needs_password:
        return Misconfigured(f"The database at {place} does not let you in: it wants a password.", hint=HOW_TO_ENTER)
    answered = re.search(r"\S: {2}(\S.*)", text)
    if answered is None:
        return _no_answer(_line(text), place)
    words = _plain(answered.group(1))
    if NOT_NOW.search(words):
        return unreachable(place, words)
    if "password" in words or "authentication" in words:
        return Misconfigured(f"The database at {place} does not let you in: {words}.", hint=HOW_TO_ENTER)
    return Misconfigured(
        f"The database at {place} does not let you in: {words}.",
        hint="Check user and database in the address: escalate config show",
    )


def _no_answer(words: str, place: str) -> EscalateError:
    """From the line. A certificate that does not fit may be somebody in between, or have run out overnight: it is gone on
    with on this machine, as without a line. A file or a word of our own that is wrong is put right here.
    """
    if UNFIT.search(words):
        return Misconfigured(
            f"The database at {place} cannot be connected to as the address says: {words}.",
            hint="Check sslmode, sslrootcert and the like in the address: escalate config show",
        )
    if UNTRUSTED.search(words):
        return unreachable(place, f"the server did not prove to be the one that is meant ({words})", hint=NOT_MEANT)
    return unreachable(place, words)


UNFIT = re.compile(
    r"^invalid |(?:root certificate|certificate revocation list|certificate|private key) file|weak sslmode|not supported by this build"
)
"""What libpq says of parameters, and of files on this machine."""

UNTRUSTED = re.compile(r"certificate|does not match host name|does not support SSL")

NOT_MEANT = (
    "Nothing was recorded, and no password was sent. Whoever looks after the server says which certificate it has."
)

KEPT = re.compile(r"\b(rosters|clauses|subject_keys)\b")
"""What a keeper puts in force for all."""

HOW_TO_ENTER = "Give the password: escalate login database, PGPASSFILE, or ESCALATE_DATABASE in the environment."


def is_cut(error: BaseException) -> bool:
    """Whether the line went or the server did: nothing more comes over this connection."""
    from psycopg import OperationalError

    if not isinstance(error, OperationalError):
        return False
    return (error.sqlstate or "").startswith(SERVER_AWAY) or (not error.sqlstate and _is_cut(error))


def _is_cut(error: BaseException) -> bool:
    from psycopg import InterfaceError, OperationalError

    return isinstance(error, OperationalError) or (isinstance(error, InterfaceError) and "closed" in str(error))


def _words(error: psycopg.Error) -> str:
    return _plain((error.diag.message_primary or str(error)).removeprefix("escalate: "))


def _line(text: str) -> str:
    """The first line of what the library says of the line, without what everybody knows already."""
    first = text.strip().splitlines()[0] if text.strip() else "no answer"
    return _plain(re.sub(r"^.*failed: |^connection is bad: ", "", first))


def _plain(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else "it did not say why"
