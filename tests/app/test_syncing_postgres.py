"""What comes into PostgreSQL as somebody who may only read and append: the database itself looks at every entry."""

from types import SimpleNamespace

import pytest

from escalate.adapters.clock import SystemClock
from escalate.adapters.store.pg_clock import ServerClock
from escalate.adapters.store.postgres import PostgresStore
from escalate.app import paging
from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, change, note, open_incident
from escalate.app.ledger import Author, Ledger
from escalate.app.roster import apply
from escalate.domain.incident import rules
from offline import Laptop, entries, faults, in_a_child, kill_at, marks
from telling import Line, Lines, messages, roster

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]


class Desk:
    """Somebody's way to the record, as a wiring has it."""

    def __init__(self, url, texts, actor):
        self.clock, self.texts = ServerClock(SystemClock()), texts
        self.store = PostgresStore(url, self.clock)
        self.author = Author(actor=actor, person=None if ":" in actor else actor, origin="desk")
        self.ledger = Ledger(self.store, self.clock, self.author, texts)

    def courier_ledger(self):
        return Ledger(self.store, self.clock, Author(actor="courier:desk", origin="desk"), self.texts)


@pytest.fixture
def team(pg, wiring, tmp_path):
    """`alice` is a member, `bob` another, `courier` sends. A roster says who is who."""
    path = tmp_path / "roster.toml"
    text = roster().replace('name = "Alice Ng"', 'name = "Alice Ng"\nlogins = ["esc_alice"]')
    path.write_text(text.replace('name = "Bob Okoro"', 'name = "Bob Okoro"\nlogins = ["esc_bob"]'))
    keeper = Desk(pg.url("keeper"), wiring.texts, "db:esc_keeper")
    apply(keeper.ledger, wiring.read_roster([path]))
    keeper.store.close()
    actors = {"alice": "alice", "bob": "bob", "courier": "db:esc_courier"}
    made = SimpleNamespace(**{name: Desk(pg.url(name), wiring.texts, actor) for name, actor in actors.items()})
    yield made
    for desk in vars(made).values():
        desk.store.close()


@pytest.fixture
def laptop(team, home):
    made = Laptop(team.alice, home, SystemClock(), login="esc_alice").remember()
    yield made
    made.close()


def all_of_it(laptop):
    """Something of every kind; the ids of what was opened."""
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train", severity="SEV1")).incident
    paging.page(laptop.ledger, opened.id, ("policy:critical", "person:bob"))
    paging.ping(laptop.ledger, opened.id, ("crew",), "look at this")
    laptop.deliver({"hook": Line(), "chat": Line()})
    paging.acknowledge(laptop.ledger, opened.id, "1", by="alice")
    note(laptop.ledger, opened.id, "and more")
    return opened.id


def test_a_member_brings_in_what_was_sent_and_answered_offline(team, laptop):
    opened = all_of_it(laptop)
    [came] = laptop.sync()
    assert came.marked == 0
    assert faults(team.alice) == []
    assert {message.state for message in messages(team.alice)} == {"sent", "acknowledged", "cancelled", "queued"}
    there = Line()
    waiting = [message.id for message in messages(team.alice) if message.state == "queued"]
    Courier(team.courier.courier_ledger(), Lines(hook=there, chat=there, pager=there)).run(1.0)
    assert set(there.keys) == set(waiting)
    assert faults(team.alice) == []
    assert {entry.actor for entry in entries(team.bob, opened)} == {"alice", "courier:desk"}


def test_an_answer_from_a_member_who_was_offline_stops_the_page(team, laptop):
    opened = open_incident(team.bob.ledger, Opening(title="One")).incident
    paging.page(team.bob.ledger, opened.id, ("policy:critical",))
    laptop.remember()
    paging.acknowledge(laptop.ledger, laptop.id_of("INC-1"), "1", by="alice")
    laptop.sync()
    pages = [message.state for message in messages(team.alice) if message.purpose == "page"]
    assert set(pages) == {"cancelled"}
    assert faults(team.alice) == []


def test_what_was_done_to_a_closed_incident_is_marked(team, laptop):
    opened = open_incident(team.bob.ledger, Opening(title="One")).incident
    laptop.remember()
    paging.page(laptop.ledger, laptop.id_of("INC-1"), ("person:bob",))
    change(team.bob.ledger, opened.id, lambda one: rules.resolve(one, "over"))
    change(team.bob.ledger, opened.id, lambda one: rules.close(one, "not-an-incident", "SEV4", None, "over"))
    laptop.sync()
    [(mark, why, kind)] = marks(team.alice, opened.id)
    assert (mark, kind) == ("rule", "page.opened")
    assert "had been closed" in why


def test_a_step_that_both_fired_comes_in_as_a_member_can_say_it(team, laptop):
    opened = open_incident(team.bob.ledger, Opening(title="One")).incident
    paging.page(team.bob.ledger, opened.id, ("policy:critical",))
    laptop.remember()
    paging.decide(laptop.ledger, laptop.id_of("INC-1"), "1", "escalate", "")
    laptop.deliver({"hook": Line()})
    paging.decide(team.bob.ledger, opened.id, "1", "escalate", "")
    laptop.sync()
    kinds = [entry.kind for entry in entries(team.alice, opened.id)]
    assert kinds.count("page.step_fired") == 2
    assert any("via hook: sent" in why for _mark, why, _kind in marks(team.alice, opened.id))
    assert faults(team.alice) == []


def test_a_restricted_incident_that_was_opened_offline_is_restricted_there(team, laptop):
    opened = open_incident(laptop.ledger, Opening(title="Only for some", restricted=True)).incident
    note(laptop.ledger, opened.id, "a note")
    laptop.sync()
    with team.bob.store.reading() as look:
        assert look.incident(opened.id) is None
    with team.alice.store.reading() as look:
        assert look.incident(opened.id).restricted


def test_what_was_written_for_an_incident_one_may_not_see_any_more_becomes_one_of_its_own(team, laptop, pg):
    from escalate.domain.timeline.access import AccessRestricted

    opened = open_incident(team.bob.ledger, Opening(title="One")).incident
    laptop.remember()
    note(laptop.ledger, laptop.id_of("INC-1"), "a note")
    with team.bob.ledger.writing() as record:
        record.append(record.incident(opened.id), AccessRestricted(why="need to know"))
    [came] = laptop.sync()
    assert came.incident != opened.id
    [(mark, why, _kind)] = marks(team.alice, came.incident)
    assert mark == "rule"
    assert "INC-1" in why
    assert not laptop.waiting.any
    with team.bob.store.reading() as look:
        assert look.incident(came.incident) is None, "what was for few is not for all by coming in late"


def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(team, laptop):
    at, killed = 0, 1
    while killed:
        at += 4
        opened = all_of_it(laptop)
        with laptop.spool.reading() as look:
            ids = [entry.id for entry in look.entries(opened)]
            keys = sorted(message.id for message in look.messages(incident=opened))
        laptop.close()
        team.alice.store.close()

        def syncs(at=at):
            laptop.spool.waiting()
            kill_at(at)
            laptop.sync()

        killed = in_a_child(syncs)
        laptop.sync()
        there = [entry.id for entry in entries(team.alice, opened)]
        assert [there.count(id_) for id_ in ids] == [1] * len(ids), f"at step {at}"
        assert sorted(message.id for message in messages(team.alice, incident=opened)) == keys
        assert not laptop.waiting.any
    assert at > 20
    assert faults(team.alice) == []


def test_a_server_that_hangs_while_something_comes_in_is_given_up(team, laptop, pg, environ, monkeypatch):
    from psycopg.conninfo import conninfo_to_dict

    from escalate.adapters.store.pg_writing import PgPen
    from escalate.errors import EscalateError
    from escalate.wiring import Wiring, offline
    from offline import Cable

    opened = all_of_it(laptop)
    cable = Cable(conninfo_to_dict(pg.url("alice")))
    url = f"postgresql://esc_alice@127.0.0.1:{cable.port}/{pg.name}"
    made = Wiring({**environ, "ESCALATE_DATABASE": url})
    made.line.offline = laptop.offline
    monkeypatch.setattr(offline, "HANGS", 0.5)
    monkeypatch.setattr(offline, "EACH", 0.0)
    whole = PgPen.insert

    def hang(self, *given):
        cable.flows.clear()
        whole(self, *given)

    with monkeypatch.context() as once:
        once.setattr(PgPen, "insert", hang)
        with pytest.raises(EscalateError):
            made.line.sync()
    cable.flows.set()
    assert entries(team.bob, opened) == []
    [came] = made.line.sync()
    assert (came.incident, laptop.waiting.any) == (opened, False)
    made.line.close()
    cable.cut()
