"""What the inside asks of the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from escalate.domain.incident.access import Access
    from escalate.domain.incident.state import Incident
    from escalate.domain.messages.message import Message
    from escalate.domain.roster import Roster
    from escalate.domain.timeline.entry import Entry
    from escalate.domain.timeline.event import Event
    from escalate.errors import Misconfigured


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def real(self, seconds: float) -> float:
        """How many seconds to really wait so that this many pass on this clock."""


class Texts(Protocol):
    def render(self, template: str, values: dict[str, Any]) -> str:
        """The text of `messages/NAME.j2`. Raises Misconfigured for a template that cannot be filled."""


class Taken(Value):
    """What a channel answered: `remote` is its own name for the message, `link` where to look at it."""

    remote: str = ""
    link: str = ""
    delivered: bool = False


class Channel(Protocol):
    """A way out of this machine. One thread at a time calls `send` on one message; several messages go at once."""

    def send(self, message: Message) -> Taken:
        """Hand `message` over and return what the other side calls it. The message's id is the idempotency key.

        Raises:
            Unreachable: worth another attempt, after `retry_after` seconds if that is given. With `unknown` the
                request went out and the answer never came.
            Rejected: the other side refuses it, and will again.
            Misconfigured: a setting or secret is missing; another attempt fails until somebody mends it.
        """

    def probe(self) -> str:
        """Make a harmless call and say in a few words what answered. Raises as `send` does."""


class Tally(Value):
    """How many messages are owed, of them those that still wait for a channel (`moving`), those that were due before now
    (`due`), those for whoever is at a terminal (`at_hand`), and of these the ones that are yet to be shown (`to_show`).
    """

    messages: int = 0
    moving: int = 0
    due: int = 0
    at_hand: int = 0
    to_show: int = 0


class Reading(Protocol):
    """One consistent look at the store."""

    def incident(self, id_: str) -> Incident | None: ...
    def ids(self, ref: str) -> list[str]:
        """The incidents that `INC-12`, `12`, a code name or an id may mean; several where a name is ambiguous."""

    def incidents(
        self, *, statuses: Iterable[str] = (), limit: int | None = None, before: int | None = None
    ) -> list[Incident]:
        """Newest first by number, only those below number `before`; all of them without a limit."""

    def entries(self, incident: str, *, after: int = 0, limit: int = 500) -> list[Entry]:
        """A page of them in order of seq, those above `after`; whoever wants all asks until there are none."""

    def last_entries(self, incident: str, limit: int) -> list[Entry]:
        """The last ones by seq, in order of seq."""

    def entry(self, incident: str, seq: int) -> Entry | None: ...
    def entry_by_id(self, id_: str) -> Entry | None: ...
    def entries_there(self, ids: Iterable[str]) -> dict[str, str]:
        """Those of the ids that entries have, with the incident each stands on."""

    def kinds_there(self, ids: Iterable[str]) -> dict[str, str]:
        """Those of the ids that entries have, with the kind of each."""

    def search(self, words: str, **filters: Any) -> list[Entry]: ...
    def roster(self) -> Roster:
        """The one in force, with what the on-call record says."""

    def rosters(self) -> list[tuple[datetime, Roster]]:
        """Every version with the moment from which it was in force, oldest first; without the on-call record."""

    def on_call_record(self) -> Incident | None:
        """The timeline of who is on call; None while nothing was ever changed."""

    def coded(self, code: str) -> list[tuple[str, str, str]]:
        """(incident, page, person) that a code in a page's message stands for; rarely several."""

    def opened_by(self, policy: str) -> int:
        """How many pages went by the policy of that name."""

    def last_worked(self, incident: str, after: int) -> datetime | None:
        """When a person last wrote on an incident, above entry `after`; None where nobody did."""

    def revealed(self, actor: str, since: datetime) -> int:
        """How often masked text was revealed by somebody since then."""

    def person_of(self, login: str) -> str | None: ...
    def messages(
        self, *, incident: str | None = None, states: Iterable[str] = (), limit: int | None = None
    ) -> list[Message]:
        """Oldest first, in any of these states; all of them without a limit."""

    def by_hand(self, now: datetime, limit: int) -> list[Message]:
        """Oldest first, what only somebody at a terminal can pass on: shown already, or due to be."""

    def tally(self, now: datetime) -> Tally:
        """How much is owed, without reading it."""

    def message(self, key: str) -> list[Message]:
        """Those whose id begins with `key`."""

    def ways_due(self, now: datetime, *, console: bool = False) -> list[str]:
        """The ways by which something is due that nobody has in hand."""

    def beside(self, to: str, via: str, now: datetime) -> list[Message]:
        """What else is due, or held, for somebody by one way, and in nobody's hand."""

    def tried(self, to: str, via: str, since: datetime) -> list[Message]:
        """The pages that were handed over for somebody by one way since then, and may have arrived or still will."""

    def bundle(self, key: str) -> list[Message]:
        """All members of a bundle, whatever became of them."""

    def due_pages(self, now: datetime) -> list[tuple[str, str]]:
        """(incident, page) of pages whose next step is due at `now`."""

    def due_timers(self, now: datetime) -> list[str]:
        """The incidents to which something happens by itself at `now`."""

    def has_alarm(self, incident: str) -> bool:
        """Whether a break-glass is still to be told."""

    def watching(self, clauses: Iterable[str]) -> list[str]:
        """The incidents with decisions that wait for a newer version of one of these clauses, by id."""

    def next_due(self, now: datetime, *, console: bool = False) -> datetime | None:
        """When the next message or page step falls due, past moments included; None while nothing waits."""

    def couriers(self, since: datetime) -> list[dict[str, Any]]:
        """Couriers that gave a sign of life since then, newest first: {id, host, pid, beat_at, socket}."""

    def code_name_taken(self, code_name: str) -> bool: ...
    def clause(self, id_: str, version: int) -> dict[str, Any] | None:
        """{id, version, effective_from, owner, digest, clause (JSON), applied_at, applied_by, source}."""

    def clauses(self) -> list[dict[str, Any]]: ...
    def subject_keys(self) -> list[str]:
        """The ids of the keys that subjects were ever seen under, oldest first."""

    def handle_of(self, digest: str) -> str | None:
        """The handle of a value that was seen before, also where the asker may not see it."""

    def handle_taken(self, handle: str, digest: str) -> bool:
        """Whether another value has this handle."""

    def handles_like(self, prefix: str) -> list[str]: ...
    def sightings(self, handle: str) -> list[dict[str, Any]]:
        """{entry, incident, seq, handle, digest, type, relation}, of incidents that may be read."""

    def links(self, handle: str) -> list[dict[str, Any]]: ...
    def due_matches(self, now: datetime) -> list[dict[str, Any]]:
        """What incidents are still to be told of others: {entry, incident, handle, seen_in, by, due_at}."""


class Writing(Reading, Protocol):
    """One transaction. It commits when its block ends well, and leaves nothing behind otherwise."""

    def now(self) -> datetime:
        """The store's clock, read once the lock is held."""

    def hold(self, incidents: Iterable[str]) -> None:
        """Keep others from writing on these until this transaction ends; whoever needs several takes them so, first.
        `incident` holds the one it gives.
        """

    def glance(self, id_: str) -> Incident | None:
        """An incident that is only looked at: nobody waits, and others may write on it meanwhile."""

    def free(self, id_: str) -> Incident | None:
        """An incident to write on, held; None where somebody else is writing on it just now."""

    def next_number(self) -> int: ...
    def insert(self, entry: Entry, text: str | None) -> None:
        """Append; `text` goes into the search index. Raises Conflict where seq or id is taken."""

    def save(self, incident: Incident) -> None:
        """Keep the folded state, what couriers need of it and what it is found by. It is that of an incident on which this
        transaction wrote; of any other nothing has changed.
        """

    def number(self, number: int, incident: str) -> None: ...
    def copy(self) -> None:
        """From here on entries come in as they were written elsewhere, by whom and when it was. Raises Refused for who
        may not bring such in.
        """

    def keep_closed(self, incident: str, access: Access) -> None:
        """Of what was brought in: who may read it, also where the entries that said so were erased before."""

    def queue(self, message: Message) -> None:
        """Keep a message to be sent; one whose id is there already is left as it is."""

    def update(self, message: Message) -> None: ...
    def claim(
        self,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        console: bool = False,
        busy: Mapping[str, int] | None = None,
        most: int | None = None,
    ) -> list[Message]:
        """Take messages that are due, in the order in which they go out, leased to the caller `until` then: by each way
        no more than fill it up to `most`, where `busy` says how many are under way already; those for the console only
        if asked for.
        """

    def take(self, ids: Iterable[str], now: datetime, until: datetime) -> list[Message]:
        """The same for some that were chosen: those of them that nobody else has in hand."""

    def current(self, ids: Iterable[str]) -> dict[str, Message]:
        """Messages as they are now, by their whole ids."""

    def beat(self, courier: dict[str, Any]) -> None: ...
    def leave(self, courier: str) -> None: ...
    def apply_roster(self, roster: dict[str, Any], source: str, by: str) -> int:
        """Put a roster in force; returns its version."""

    def apply_clause(self, clause: dict[str, Any], by: str, source: str) -> None: ...
    def add_subject_key(self, id_: str, by: str) -> None: ...
    def about_subjects(self, entry: Entry, event: Event, *, telling: bool = True) -> None:
        """Keep what a `subject.…` entry says so that it is found; with `telling`, other incidents are to be told."""

    def asked_about(self, digest: str, by: str) -> None:
        """`by` asked whether a subject was here before: a match, with an empty `seen_in`, for every restricted incident it
        was seen in. It is kept also where the asker may not read that there is one.
        """

    def told_match(self, entry: str, incident: str) -> None: ...
    def break_glass_head(self, number: int) -> dict[str, Any] | None:
        """Where the restricted incident of that number ends, held: {incident, seq, digest, recorded_at}; None where there is
        none. It is all that anybody learns of it before they have said why.
        """

    def erase(self, entry: Entry, messages: Iterable[str]) -> None:
        """Take an entry's body and salt, its words in the index, its sighting or link, and the words of some messages out
        of the record, for good. The database lets it where an `entry.erased` by a second person is on the timeline; the
        messages only together with it.
        """

    def forget_words_of(self, incident: str, entry: str) -> None:
        """Take a statement's words out of the search index; what the program did keeps its own."""

    def forget_all_words(self, incident: str) -> None:
        """Take all words of an incident out of the search index: it has become sensitive."""


class Store(Protocol):
    @property
    def shared(self) -> bool:
        """Whether several write at once, on any machine: a Conflict is then mostly gone at the next attempt."""

    def reading(self) -> AbstractContextManager[Reading]: ...
    def writing(self) -> AbstractContextManager[Writing]:
        """Raises Conflict where nobody lets go of the lock in 5 seconds, Misconfigured where it cannot be written."""

    def outgrown(self) -> Misconfigured | None:
        """What is wrong where a newer escalate has brought the tables up to date since we came: looked at now. Raises
        Unreachable, Misconfigured.
        """

    def wake(self) -> None:
        """Tell living couriers that there is something to do; never fails."""

    def pages_of(self, incident: str) -> Iterator[list[Entry]]:
        """All entries in order of seq, some hundreds per transaction, so that writers are not held up."""
