"""Answering a page: `ack`, `decline`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.value import Value
from escalate.errors import NotFound, Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.domain.incident.state import Incident
    from escalate.domain.oncall.page import Page

FOR = click.option(
    "--for",
    "person",
    metavar="PERSON",
    help="Who answered, if it was not you. With their code it is their answer, without it counts as second-hand.",
)
HEARD = click.option("--heard", metavar="HOW", default=None, help="How you heard it, as phone.")


class Meant(Value):
    """Whose answer to which page: `page` is as it was typed, or None for the only one that waits on the incident."""

    incident: str
    page: str | None
    by: str
    coded: bool = False


@click.command(cls=Command)
@click.argument("words", metavar="[CODE|PAGE|REF]…", nargs=-1)
@FOR
@HEARD
@click.option("--at", metavar="T", help="When they answered, if that was earlier.")
@click.option("--all", "everything", is_flag=True, help="Every page that waits: on the incident of -i, else on any.")
@pass_session
def ack(
    session: Session, words: tuple[str, ...], person: str | None, heard: str | None, at: str | None, everything: bool
) -> None:
    """Acknowledge a page: its escalation stops, and what was still to be sent for it is cancelled.

    CODE is the four characters in a person's message: whoever says it answers for that person. PAGE is INC-7/1.
    Where several pages wait, say which, or --all.

    \b
    Example:
      escalate ack 7F2K --heard phone
      escalate ack INC-7/1
      escalate ack --for bob --heard phone
    """
    from escalate.app import paging
    from escalate.cli.spoken import moment

    if everything and words:
        raise Usage("--all names every page; leave the words out.", hint="escalate ack --all")
    meant = _everything(session, person) if everything else _answers(session, words, person, "ack")
    when = moment(session, at)
    me = session.ledger.author.person or session.ledger.author.actor
    answers = [
        paging.Answer(
            incident=one.incident,
            page=one.page,
            by=one.by,
            heard=_heard(heard, one, me),
            second_hand=one.by != me and not one.coded,
        )
        for one in meant
    ]
    if session.ledger.author.person is None and any(one.by == me for one in meant) and session.roster.people:
        session.say(f"Note: the roster does not know {me}: nobody in it has answered. For somebody in it: --for PERSON")
    done = paging.acknowledge_all(session.ledger, answers, at=when.at if when else None)
    for written, _page in done[:-1]:
        session.stamp(written, when)
    _tell(session, done, when)


@click.command(cls=Command)
@click.argument("word", metavar="[CODE|PAGE|REF]", required=False)
@FOR
@HEARD
@click.option("--why", metavar="TEXT", default="", help="A reason, if there is one to give; nobody has to.")
@pass_session
def decline(session: Session, word: str | None, person: str | None, heard: str | None, why: str) -> None:
    """Say that you cannot take a page: whoever comes next is asked at once.

    \b
    Example:
      escalate decline 7F2K
      escalate decline INC-7/1 --for bob --heard phone
    """
    from escalate.app import paging
    from escalate.cli.spoken import stated

    [one] = _answers(session, (word,) if word else (), person, "decline")
    me = session.ledger.author.person or session.ledger.author.actor
    why, _ = stated(session, one.incident, why, what="The reason", option="--why", marks=None)
    done = paging.decline(session.ledger, one.incident, one.page, by=one.by, heard=_heard(heard, one, me), why=why)
    _tell(session, [done], None)
    if one.by not in done[1].paged:
        session.say(
            f"{one.by} has not been asked by this page; in this pass they will not be. For somebody else: --for PERSON"
        )


def _heard(heard: str | None, one: Meant, me: str) -> str | None:
    """How it was heard, where the one who writes is not the one who answers."""
    if heard or one.by == me:
        return heard
    return "by their code" if one.coded else "said so"


def _answers(session: Session, words: tuple[str, ...], person: str | None, verb: str) -> list[Meant]:
    if words:
        return list(dict.fromkeys(_meant(session, word, person, verb) for word in words))
    waiting = _waiting(session)
    by = _who(session, person)
    first = f"{waiting[0][0].ref}/{waiting[0][1].number}" if waiting else ""
    if len(waiting) > 1:
        named = "; ".join(_named(incident, page) for incident, page in waiting)
        several = f"Say which, one or several: escalate ack {first}; or every one: escalate ack --all"
        raise Usage(
            f"{len(waiting)} pages wait: {named}.",
            hint=several if verb == "ack" else f"Say which: escalate {verb} {first}",
        )
    if not waiting:
        return [Meant(incident=_only_open(session), page=None, by=by)]
    [(incident, page)] = waiting
    if (held := _held(session)) is not None and held.id != incident.id:
        raise Usage(
            f"This terminal holds {held.ref}, and the page that waits is {_named(incident, page)}.",
            hint=f"If it is that one: escalate {verb} {first}",
        )
    return [Meant(incident=incident.id, page=page.id, by=by)]


def _only_open(session: Session) -> str:
    """Where no page waits: that of the incident in hand may have been answered. Raises NotFound where there is none."""
    try:
        return session.incident()
    except (NotFound, Usage) as error:
        if _is_named(session):
            raise
        what = "No incident is open: no page waits" if isinstance(error, NotFound) else "No page waits"
        raise NotFound(
            f"{what} for an answer.",
            hint="If you were just told of one, its message says which: escalate ack CODE. What is open: escalate",
        ) from error


def _held(session: Session) -> Incident | None:
    """The incident this terminal has in hand: an answer meant for its page must not stop another one."""
    from escalate.cli.choice import read

    if _is_named(session) or (held := read(session)) is None:
        return None
    with session.store.reading() as look:
        incident = look.incident(held)
    return incident if incident is not None and incident.status != "closed" else None


def _named(incident: Incident, page: Page) -> str:
    return f"{incident.ref}/{page.number} {incident.code_name} {incident.severity} ({page.target})"


def _everything(session: Session, person: str | None) -> list[Meant]:
    by, waiting = _who(session, person), _waiting(session)
    if not waiting:
        raise NotFound("No page waits for an answer.", hint="See what is open: escalate")
    return [Meant(incident=incident.id, page=page.id, by=by) for incident, page in waiting]


def _is_named(session: Session) -> bool:
    return bool(session.given_ref or session.wiring.environ.get("ESCALATE_INCIDENT"))


def _waiting(session: Session) -> list[tuple[Incident, Page]]:
    """The pages nobody has answered: of the incident that was named, else of all."""
    named = session.incident() if _is_named(session) else None
    with session.store.reading() as look:
        if named is not None:
            one = look.incident(named)
            open_ = [one] if one else []
        else:
            open_ = look.incidents(statuses=("open",))
    return [(incident, page) for incident in open_ for page in sorted(incident.unacknowledged, key=lambda p: p.number)]


def _meant(session: Session, word: str, person: str | None, verb: str) -> Meant:
    from escalate.domain.oncall.code import is_code

    if is_code(word) and (found := _coded(session, word, person, verb)):
        return found
    if "/" in word or not _is_page(session, word):
        return Meant(incident=session.incident(word), page=word if "/" in word else None, by=_who(session, person))
    return Meant(incident=session.incident(), page=word, by=_who(session, person))


def _is_page(session: Session, word: str) -> bool:
    """Whether a bare number is that of a page of the incident in hand, as with `page cancel`, and of no incident."""
    if not word.isdecimal():
        return False
    with session.store.reading() as look:
        return not look.ids(word)


def _coded(session: Session, word: str, person: str | None, verb: str) -> Meant | None:
    """Whose answer the code is; None where no page ever had it, and it may be something else."""
    with session.store.reading() as look:
        pages = [(one, page, who) for id_, page, who in look.coded(word) if (one := look.incident(id_))]
        if not pages:
            if look.ids(word):
                return None
            raise NotFound(
                f"No page has the code {word.upper()}.",
                hint="Look again in the message it came with. Which pages wait: escalate",
            )
    found = [each for each in pages if each[0].pages[each[1]].waiting] or pages
    if len(found) > 1:
        named = "; ".join(f"{who} to {_named(one, one.pages[page])}" for one, page, who in found)
        raise Usage(f"{word.upper()} is the code of several: {named}.", hint=f"Name the page: escalate {verb} PAGE")
    [(incident, page_id, who)] = found
    if person is not None and _who(session, person) != who:
        raise Usage(
            f"{word.upper()} is {who}'s code, not {person}'s.", hint="Leave --for out: the code says who it is."
        )
    return Meant(incident=incident.id, page=page_id, by=who, coded=True)


def _who(session: Session, person: str | None) -> str:
    if person is None:
        return session.ledger.author.person or session.ledger.author.actor
    name = person.removeprefix("person:")
    people = session.roster.people
    if people and name not in people:
        raise Usage(f"The roster has no person {person!r}.", hint=f"People: {', '.join(sorted(people))}.")
    return name


def _tell(session: Session, done: list[tuple[Written, Page]], when: Any) -> None:
    from escalate.cli.views.paging import paged

    data = [_public(written, page) for written, page in done]
    last = done[-1][0]
    queued = [message for written, _page in done for message in written.queued]
    seen: list[Any] = []

    def gather(outcome: Any) -> Any:
        seen.append(outcome)
        return data[0] if len(data) == 1 else data

    def view(_data: Any) -> Any:
        lines = [line for written, page in done[:-1] for line in paged(written.incident, [page], None)]
        return [*lines, *paged(last.incident, [done[-1][1]], seen[0])]

    session.wrote(last.but(queued=queued), gather, view, happened=when)


def _public(written: Written, page: Page) -> dict[str, Any]:
    at = page.acknowledged_at
    return {
        "page": f"{written.incident.ref}/{page.number}",
        "state": page.state,
        "by": page.acknowledged_by,
        "at": at.isoformat() if at else None,
        "second_hand": page.second_hand,
        "answered": list(page.answered),
        "declined": list(page.declined),
        "silent": page.silent if page.each else [],
    }
