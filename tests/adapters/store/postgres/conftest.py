"""Several people with a login each, on one record."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from escalate.domain.timeline.access import SubjectLinked, SubjectSeen
from escalate.domain.timeline.events import NoteAdded
from postgres import database
from postgres_entries import ROSTER, Writer, apply_roster, kept_state


@pytest.fixture(scope="module")
def _shared():
    made = database()
    yield made
    made.close()


@pytest.fixture
def pg(_shared):
    """A database with the tables, and nothing in them: one for a module, which is emptied, as no right but a superuser's
    allows; without that, one for each test.
    """
    try:
        _shared.server.run(f"SET session_replication_role = replica; {EMPTIED}", database=_shared.name)
    except psycopg.errors.InsufficientPrivilege:
        fresh = database()
        yield fresh
        fresh.close()
    else:
        yield _shared
        _shared.disconnect()


EMPTIED = "; ".join(
    f"DELETE FROM escalate.{table}"
    for table in (
        "timeline heads numbers rosters clauses subject_keys messages matches restricted grants team_people incidents pages "
        "codes timers logins couriers search sightings links watches"
    ).split()
)


@pytest.fixture
def as_(pg):
    """A writer by name: `as_("alice")`. The first of a name keeps its connection."""
    made = {}

    def writer(name, actor=None):
        if name not in made:
            known = {**dict.fromkeys(ROSTER["people"]), "courier": "courier:desk", None: "db:postgres"}
            made[name] = Writer(
                pg.connect(name), known.get(name) or (name if name in ROSTER["people"] else f"db:esc_{name}")
            )
        return made[name]

    apply_roster(writer("keeper"))
    return writer


@pytest.fixture
def alice(as_):
    return as_("alice")


@pytest.fixture
def bob(as_):
    return as_("bob")


@pytest.fixture
def carol(as_):
    return as_("carol")


@pytest.fixture
def courier(as_):
    return as_("courier")


@pytest.fixture
def keeper(as_):
    return as_("keeper")


@pytest.fixture
def owner(as_):
    """The superuser, whom no rights stop, only guards."""
    return as_(None)


@pytest.fixture
def copier(as_):
    return as_("copier")


@pytest.fixture
def incident(alice):
    """INC-1, open to all, with two notes."""
    id_ = alice.open()
    alice.append(id_)
    alice.append(id_)
    return id_


class Case:
    """An incident with something in every table that is about incidents; `word` is in all that can be guessed."""

    def __init__(self, writer, word, **opening):
        self.word, self.writer = word, writer
        with writer.transaction():
            self.id = writer.open(title=f"title {word}", code_name=f"{word} BADGER", **opening)
            self.number = writer.one("SELECT max(number) FROM escalate.numbers")
            note = writer.append(self.id, NoteAdded(text=f"note {word}"))
            seen = SubjectSeen(
                subject=f"h-{word}", type="account", relation="actor", digest=f"d-{word}", key="k", rule=1
            )
            entry = writer.append(self.id, seen)
            link = writer.append(self.id, SubjectLinked(subject=f"h-{word}", other=f"o-{word}", why="w"))
            self.entry, self.page = entry["id"], str(uuid4())
            self.message = writer.owe(
                link, recipient=f"person:{word}", via=f"via-{word}", text=f"text {word}", page=self.page
            )
            run = writer.run
            run("INSERT INTO escalate.search VALUES (%s, %s, %s)", f"note {word}", self.id, note["seq"])
            run(
                "INSERT INTO escalate.sightings VALUES (%s, %s, %s, %s, %s, 'account', 'actor')",
                entry["id"], self.id, entry["seq"], f"h-{word}", f"d-{word}",
            )  # fmt: skip
            run(
                "INSERT INTO escalate.links VALUES (%s, %s, %s, %s, %s)",
                link["id"],
                self.id,
                link["seq"],
                f"h-{word}",
                f"o-{word}",
            )
            run(
                "INSERT INTO escalate.pages VALUES (%s, %s, 'waiting', %s, %s)",
                self.page,
                self.id,
                note["recorded_at"],
                f"policy-{word}",
            )
            run("INSERT INTO escalate.codes VALUES (%s, %s, %s, %s)", f"C{word}", self.id, self.page, word)
            run("INSERT INTO escalate.timers VALUES (%s, %s, %s)", self.id, f"clock/{word}", note["recorded_at"])
            run("INSERT INTO escalate.watches VALUES (%s, %s)", f"clause-{word}", self.id)
            self.save()

    def append(self, *events):
        """Entries, and the state with them."""
        with self.writer.transaction():
            for event in events or (NoteAdded(text="called the desk back"),):
                self.writer.append(self.id, event)
            self.save()

    def save(self):
        """With the entry that was written last, in its transaction."""
        head = self.writer.run("SELECT seq, digest FROM escalate.heads WHERE incident = %s", self.id)[0]
        kept = kept_state(
            self.id, head, number=self.number, code_name=f"{self.word} BADGER", title=f"state {self.word}"
        )
        self.writer.run(
            """INSERT INTO escalate.incidents (id, number, code_name, status, severity, seq, digest, state)
               VALUES (%s, %s, %s, 'open', 'SEV2', %s, %s, %s)
               ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, digest = excluded.digest, state = excluded.state""",
            self.id, self.number, f"{self.word} BADGER", head["seq"], head["digest"], kept,
        )  # fmt: skip


@pytest.fixture
def known(as_):
    """INC-1, of which everybody may know."""
    return Case(as_("bob"), "OPEN")


@pytest.fixture
def hidden(as_, known):
    """INC-2, of which only Alice may."""
    return Case(as_("alice"), "SECRET", restricted=True)
