"""What was written while the record could not be reached comes in: whole, in order, once."""

import uuid
from datetime import timedelta

import pytest

from escalate.app import paging
from escalate.app.delivery import Courier
from escalate.app.incidents import Opening, change, note, open_incident, state_fact
from escalate.app.ledger import Author
from escalate.domain.incident import rules
from offline import Laptop, entries, faults, in_a_child, kill_at, marks
from telling import Line, Lines, events, messages, roster

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


@pytest.fixture
def laptop(wiring, home, clock):
    made = Laptop(wiring, home, clock).remember()
    yield made
    made.close()


@pytest.fixture
def paged(ledger, incident, laptop):
    """INC-1 with a page of the shared record, which the laptop knows of."""
    [page] = paging.page(ledger, incident, ("policy:critical",))[1]
    laptop.remember()
    return page


def closed(ledger, incident):
    change(ledger, incident, lambda one: rules.resolve(one, "over"))
    change(ledger, incident, lambda one: rules.close(one, "not-an-incident", "SEV4", None, "over"))


# ── what comes in ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_opened_paged_answered_and_logged_comes_in_as_it_was_written(laptop, wiring, clock):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train", severity="SEV1")).incident
    clock.advance(seconds=5)
    note(laptop.ledger, opened.id, "first")
    paging.page(laptop.ledger, opened.id, ("person:alice",))
    clock.advance(seconds=5)
    note(laptop.ledger, opened.id, "second")
    paging.acknowledge(laptop.ledger, opened.id, None, by="alice")
    with laptop.spool.reading() as look:
        before = look.entries(opened.id)
    clock.advance(minutes=30)

    [came] = laptop.sync()

    after = [entry for entry in entries(wiring, opened.id) if entry.kind != "incident.numbered"]
    kept = (
        "id",
        "kind",
        "occurred_at",
        "precision",
        "written_at",
        "origin",
        "actor",
        "labels",
        "body",
        "salt",
        "body_digest",
    )
    assert [[getattr(e, name) for name in kept] for e in after] == [[getattr(e, name) for name in kept] for e in before]
    assert all(entry.recorded > entry.at for entry in after)
    assert (came.was, came.ref, came.marked) == (opened.ref, "INC-1", 0)
    assert faults(wiring) == []
    assert not laptop.waiting.any


def test_an_incident_opened_offline_has_no_number_until_it_is_in(laptop, wiring, ledger):
    opened = open_incident(laptop.ledger, Opening(title="One")).incident
    open_incident(ledger, Opening(title="Meanwhile"))
    assert (opened.number, opened.ref) == (0, f"OFF-{opened.id[:4].upper()}")
    laptop.sync()
    with wiring.store.reading() as look:
        assert look.incident(opened.id).ref == "INC-2"
        assert look.ids(opened.ref) == [opened.id]
        assert look.ids("INC-2") == [opened.id]


def test_an_entry_on_an_incident_that_the_laptop_knew_stands_on_that_one(laptop, wiring, incident):
    laptop.remember()
    note(laptop.ledger, laptop.id_of("INC-1"), "from the train")
    assert laptop.kinds(incident) == ["incident.recalled", "note.added"]
    laptop.sync()
    assert [entry.kind for entry in entries(wiring, incident)][-1] == "note.added"
    assert faults(wiring) == []


def test_an_incident_that_the_laptop_never_heard_of_is_found_by_what_it_was_called(laptop, wiring, incident):
    for words in ("INC-1", "1", "inc-1"):
        note(laptop.ledger, laptop.id_of(words), f"for {words}")
    assert len(laptop.spool.unsynced()) == 1
    laptop.sync()
    assert [e.event.text for e in entries(wiring, incident) if e.kind == "note.added"] == [
        "for INC-1",
        "for 1",
        "for inc-1",
    ]


def test_what_was_written_for_an_incident_that_is_not_there_becomes_one_that_says_so(laptop, wiring):
    note(laptop.ledger, laptop.id_of("INC-77"), "for somebody else's")
    [came] = laptop.sync()
    with wiring.store.reading() as look:
        found = look.incident(came.incident)
    assert (found.title, found.restricted) == ("INC-77", False)
    [(mark, why, kind)] = marks(wiring, came.incident)
    assert (mark, kind) == ("rule", "incident.opened")
    assert "INC-77" in why
    assert faults(wiring) == []


def test_a_word_that_is_no_incident_is_not_taken_for_one(laptop):
    with laptop.spool.reading() as look:
        assert look.ids("no such thing") == []
        assert look.ids("ONCALL") == []


def test_incidents_come_in_in_the_order_in_which_they_were_first_written_on(laptop):
    first = open_incident(laptop.ledger, Opening(title="First")).incident
    second = open_incident(laptop.ledger, Opening(title="Second")).incident
    note(laptop.ledger, first.id, "late")
    assert [one.incident for one in laptop.sync()] == [first.id, second.id]


def test_writing_comes_in_again_and_again(laptop, wiring):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    for number in range(3):
        note(laptop.ledger, opened.id, f"note {number}")
        laptop.sync()
        laptop.remember()
    found = [entry.event.text for entry in entries(wiring, opened.id) if entry.kind == "note.added"]
    assert found == ["note 0", "note 1", "note 2"]
    assert laptop.sync() == []
    assert faults(wiring) == []


# ── messages and pages ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_that_went_out_is_not_sent_again(laptop, wiring):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    paging.page(laptop.ledger, opened.id, ("person:bob",))
    here, there = Line(), Line()
    laptop.deliver({"hook": here})
    laptop.sync()
    Courier(wiring.courier_ledger(), Lines(hook=there)).run(1.0)
    [message] = messages(wiring)
    assert (message.state, here.keys, there.keys) == ("sent", [message.id], [])
    assert faults(wiring) == []


def test_a_message_that_waits_goes_out_there_with_its_key_and_not_here_any_more(laptop, wiring):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    queued = paging.page(laptop.ledger, opened.id, ("person:bob",))[0].queued
    laptop.sync()
    here, there = Line(), Line()
    laptop.deliver({"hook": here})
    Courier(wiring.courier_ledger(), Lines(hook=there)).run(1.0)
    assert (here.keys, there.keys) == ([], [queued[0].id])
    [message] = messages(wiring)
    with wiring.store.reading() as look:
        owing = look.entry(message.incident, message.seq)
    assert (message.state, message.entry, message.digest) == ("sent", owing.id, owing.digest)


def test_a_page_goes_on_there_and_not_here_any_more(laptop, wiring, clock):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    paging.page(laptop.ledger, opened.id, ("policy:critical",))
    laptop.sync()
    clock.advance(minutes=6)
    with laptop.spool.reading() as look:
        assert look.due_pages(clock.now()) == []
        assert look.next_due(clock.now()) is None
    Courier(wiring.courier_ledger(), Lines(hook=Line(), pager=Line())).run(1.0)
    assert [event.step for event in events(wiring, opened.id, "page.step_fired")] == [1, 2]


def test_what_is_being_sent_waits_for_what_comes_of_it(laptop, wiring, clock):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    other = open_incident(laptop.ledger, Opening(title="Another")).incident
    [message] = paging.page(laptop.ledger, opened.id, ("person:bob",))[0].queued
    with laptop.spool.writing() as tx:
        tx.take([message.id], clock.now(), clock.now() + timedelta(seconds=60))
    assert [(one.incident, one.busy) for one in laptop.sync()] == [(opened.id, True), (other.id, False)]
    assert laptop.waiting.any
    clock.advance(seconds=61)  # whoever sent it is dead
    laptop.sync()
    assert [one.state for one in messages(wiring)] == ["queued"]
    assert not laptop.waiting.any


def test_an_answer_given_here_stops_what_the_shared_record_was_still_to_send(laptop, wiring, incident, paged):
    paging.acknowledge(laptop.ledger, laptop.id_of("INC-1"), "1", by="alice")
    laptop.sync()
    with wiring.store.reading() as look:
        assert look.incident(incident).pages[paged.id].acknowledged_by == "alice"
    assert {message.state for message in messages(wiring) if message.purpose == "page"} == {"cancelled"}
    assert marks(wiring, incident) == []
    assert faults(wiring) == []


def test_the_code_of_a_message_from_the_shared_record_answers_it_here(laptop, incident, paged):
    from escalate.domain.oncall.code import code

    with laptop.spool.reading() as look:
        assert look.coded(code(paged.id, "alice")) == [(incident, paged.id, "alice")]


def test_the_pages_of_the_shared_record_are_not_driven_here(laptop, paged, clock):
    note(laptop.ledger, laptop.id_of("INC-1"), "still here")
    clock.advance(hours=1)
    with laptop.spool.reading() as look:
        assert (look.due_pages(clock.now()), look.next_due(clock.now())) == ([], None)


def test_a_step_that_both_fired_is_there_once_and_what_was_sent_here_is_said(laptop, wiring, ledger, incident, paged):
    here, there = Line(), Line()
    paging.decide(laptop.ledger, laptop.id_of("INC-1"), "1", "escalate", "")
    laptop.deliver({"hook": here, "pager": Line()})
    paging.decide(ledger, incident, "1", "escalate", "")
    Courier(wiring.courier_ledger(), Lines(hook=there, pager=Line())).run(1.0)
    laptop.sync()
    assert [event.step for event in events(wiring, incident, "page.step_fired")] == [1, 2]
    assert set(here.keys) <= set(there.keys)  # the same key: whoever receives it twice knows
    assert any("via hook: sent" in why for _mark, why, _kind in marks(wiring, incident))
    assert faults(wiring) == []


def test_a_message_of_the_shared_record_is_not_changed_here(laptop):
    from escalate.app.outbox import told
    from escalate.errors import Unreachable

    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    [message] = paging.page(laptop.ledger, opened.id, ("person:bob",))[0].queued
    laptop.sync()
    with pytest.raises(Unreachable):
        told(laptop.ledger, (message.id,), "phone")


# ── what no longer fits ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_for_what_was_closed_meanwhile_is_marked_and_goes_on(laptop, wiring, ledger, incident):
    laptop.remember()
    paging.page(laptop.ledger, laptop.id_of("INC-1"), ("person:bob",))
    closed(ledger, incident)
    laptop.sync()
    [(mark, why, kind)] = marks(wiring, incident)
    assert (mark, kind) == ("rule", "page.opened")
    assert "had been closed" in why
    with wiring.store.reading() as look:
        assert look.incident(incident).unacknowledged[0].due_at is not None


@pytest.mark.parametrize(
    ("meanwhile", "says"),
    [
        (lambda ledger, id_: paging.acknowledge(ledger, id_, "1", by="bob"), "had been answered by bob"),
        (lambda ledger, id_: paging.decide(ledger, id_, "1", "cancel", "by mistake"), "had been called off"),
    ],
    ids=["answered", "called off"],
)
def test_an_answer_to_a_page_that_waits_no_more_is_marked(laptop, wiring, ledger, incident, paged, meanwhile, says):
    paging.acknowledge(laptop.ledger, laptop.id_of("INC-1"), "1", by="alice")
    meanwhile(ledger, incident)
    laptop.sync()
    [(mark, why, kind)] = marks(wiring, incident)
    assert (mark, kind) == ("rule", "page.acknowledged")
    assert says in why
    assert faults(wiring) == []


@pytest.mark.parametrize(
    ("off", "says"), [(timedelta(minutes=10), "10 min ahead"), (-timedelta(hours=3), "3 h 0 min behind")]
)
def test_a_clock_that_was_off_is_spoken_of_once(wiring, home, off, says):
    from conftest import FrozenClock

    theirs = FrozenClock()
    theirs.advance(seconds=off.total_seconds())
    laptop = Laptop(wiring, home, theirs).remember()
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    note(laptop.ledger, opened.id, "more")
    laptop.sync()
    [(mark, why, kind)] = marks(wiring, opened.id)
    assert (mark, kind) == ("clock", "incident.opened")
    assert says in why
    laptop.close()


def test_a_clock_that_is_right_is_not_spoken_of(laptop, wiring):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    laptop.sync()
    assert marks(wiring, opened.id) == []


def test_a_clock_that_was_put_right_before_it_came_in_is_spoken_of(laptop, wiring, clock):
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    clock.advance(hours=1)
    state_fact(laptop.ledger, opened.id, "detected", at=clock.now(), why="seen")
    clock.advance(hours=-1)
    note(laptop.ledger, opened.id, "the clock is right again")
    laptop.sync()
    said = [(mark, kind) for mark, _why, kind in marks(wiring, opened.id)]
    assert said == [("clock", "fact.stated"), ("clock", "note.added")]


def test_a_login_that_has_become_a_person_meanwhile_is_spoken_of(wiring, home, clock):
    laptop = Laptop(wiring, home, clock, author=Author(actor="db:ang", origin="laptop")).remember()
    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    laptop.sync()
    [(mark, why, kind)] = marks(wiring, opened.id)
    assert (mark, kind) == ("rule", "incident.opened")
    assert "written as db:ang, who is alice here" in why
    assert {entry.actor for entry in entries(wiring, opened.id)} == {"alice"}
    laptop.close()


def test_two_incidents_that_had_the_same_name_are_both_found_by_it(laptop, wiring, monkeypatch, escalate):
    made = [str(uuid.UUID(f"abcd{number:028x}")) for number in (1, 2)]
    real = uuid.uuid4
    for id_ in made:
        ids = iter([uuid.UUID(id_)])
        monkeypatch.setattr(uuid, "uuid4", lambda ids=ids: next(ids, None) or real())
        open_incident(laptop.ledger, Opening(title="Seen from a train"))
    monkeypatch.setattr(uuid, "uuid4", real)
    laptop.sync()
    with wiring.store.reading() as look:
        assert look.ids("OFF-ABCD") == made
        assert look.ids("OFF-ABCE") == []
    found = escalate("show OFF-ABCD")
    assert found.exit_code == 2
    assert "INC-1, INC-2" in found.stderr


# ── whatever is interrupted where ───────────────────────────────────────────────────────────────────────────────────


def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(wiring, home, clock, ledger, incident):
    paging.page(ledger, incident, ("policy:critical",))
    steps, at = 0, 0
    while True:
        at += 3
        laptop = Laptop(wiring, home, clock).remember()
        opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
        written = paging.page(laptop.ledger, opened.id, ("person:bob",))[0]
        note(laptop.ledger, laptop.id_of("INC-1"), f"note {at}")
        laptop.deliver({"hook": Line()})
        with laptop.spool.reading() as look:
            ids = [e.id for one in (opened.id, incident) for e in look.entries(one) if e.kind != "incident.recalled"]
        laptop.close()
        wiring.store.close()

        def syncs(at=at, laptop=laptop):
            laptop.spool.waiting()
            kill_at(at)
            laptop.sync()

        killed = in_a_child(syncs)
        laptop.sync()
        there = [entry.id for one in (opened.id, incident) for entry in entries(wiring, one)]
        assert [there.count(id_) for id_ in ids] == [1] * len(ids), f"at step {at}"
        assert [m.state for m in messages(wiring, incident=opened.id)] == ["sent"]
        assert [m.id for m in messages(wiring, incident=opened.id)] == [m.id for m in written.queued]
        assert [entry.kind for entry in entries(wiring, opened.id)].count("incident.numbered") == 1
        assert not laptop.waiting.any
        assert marks(wiring, opened.id) == []
        laptop.close()
        steps += 1
        if not killed:
            break
    assert steps > 15
    assert faults(wiring) == []
