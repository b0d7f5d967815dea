"""Paging, delivering and answering on a shared record: by the clock on the wall, each as who they are to the database."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from escalate.app import delivery, outbox, paging
from escalate.app.handing_out import hand_out
from escalate.app.incidents import Opening, open_incident
from escalate.app.verification import verify_store
from escalate.errors import Refused, Unreachable
from shared import as_, put_roster, shared_pg  # noqa: F401
from telling import Line, courier, everything, kinds, messages, states

pytestmark = pytest.mark.slow

POLICY = "policy:critical"


@pytest.fixture
def rostered(put_roster):
    put_roster()


@pytest.fixture
def alice(as_, rostered):
    return as_("alice")


def opened(wiring, title="Reports of coordinated sign-ups"):
    return open_incident(wiring.ledger, Opening(title=title, severity="SEV3")).incident.id


# ── one courier ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_opened_sent_and_answered_each_by_who_they_are(as_, alice):
    incident, lines = opened(alice), everything()
    paging.page(alice.ledger, incident, (POLICY,))
    machine = as_("courier")

    assert courier(machine, lines).run(5) == 1
    written, page = paging.acknowledge(as_("bob").ledger, incident, None, by="bob")

    assert [m.to for m in lines["hook"].sent] == ["person:alice"]
    assert (page.state, page.acknowledged_by) == ("acknowledged", "bob")
    assert states(alice)[:2] == [("person:alice", "hook", "sent"), ("person:alice", "pager", "cancelled")]
    with alice.store.reading() as look:
        said = [(entry.kind, entry.actor.partition(":")[0]) for entry in look.entries(incident)]
    assert said == [
        ("incident.opened", "alice"), ("page.opened", "alice"), ("page.step_fired", "alice"),
        ("message.sent", "courier"), ("page.acknowledged", "bob"), ("message.cancelled", "bob"),
    ]  # fmt: skip
    assert verify_store(alice.store).sound
    assert written.incident.pages


def test_steps_are_driven_by_a_machine_and_fired_once_by_several(as_, alice, put_roster):
    put_roster(critical=1)
    incident = opened(alice)
    paging.page(alice.ledger, incident, (POLICY,))
    [page] = state(alice, incident).pages.values()
    time.sleep(1.1)

    threads = [
        threading.Thread(target=paging.advance_due, args=(as_("courier").courier_ledger(), incident, page.id))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kinds(alice, incident).count("page.step_fired") == 2
    assert {m.to for m in messages(alice) if m.purpose == "page"} == {"person:alice", "person:bob"}


def state(wiring, incident):
    with wiring.store.reading() as look:
        return look.incident(incident)


def test_what_fails_is_tried_again_and_told_in_another_way(as_, alice):
    incident, lines = opened(alice), everything()
    lines["chat"].script = [Unreachable("busy", retry_after=1.0)]
    paging.ping(alice.ledger, incident, ("legal",), "please look")
    mine = courier(as_("sender"), lines)

    mine.run(1)
    assert states(alice) == [("team:legal", "chat", "queued")]
    time.sleep(1.1)
    mine.run(2)

    assert states(alice) == [("team:legal", "chat", "sent")]
    assert lines["chat"].keys == [lines["chat"].keys[0]] * 2
    assert kinds(alice, incident)[-1] == "message.sent"


def test_who_may_not_send_shows_what_only_they_can_pass_on(as_, alice):
    incident, seen = opened(alice), []
    paging.ping(alice.ledger, incident, ("legal", "board"), "please look")  # nobody reaches the board but somebody here

    assert outbox.show_due(alice.ledger, lambda message: seen.append(message.name)) == len(seen) == 1
    assert Counter(state for _to, _via, state in states(alice)) == {"queued": 1, "shown": 1}

    [shown] = [message for message in messages(alice) if message.state == "shown"]
    outbox.told(alice.ledger, (shown.id,), "by phone")
    assert kinds(alice, incident)[-2:] == ["message.shown", "message.told"]
    assert verify_store(alice.store).sound


def test_a_closed_terminal_shows_nothing_and_the_message_stays_owed(as_, alice):
    paging.ping(alice.ledger, opened(alice), ("board",), "please look")

    def closed(_message):
        raise OSError("gone")

    assert outbox.show_due(alice.ledger, closed) == 0
    assert [state for _to, _via, state in states(alice)] == ["queued"]


def test_who_may_not_send_cannot_take_anything_in_hand(as_, alice):
    paging.ping(alice.ledger, opened(alice), ("legal",), "please look")

    with pytest.raises(Refused, match="for a courier to say"):
        courier(alice, everything()).run(2)
    assert [state for _to, _via, state in states(alice)] == ["queued"]


# ── several ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Slow(Line):
    def send(self, message):
        time.sleep(0.005)
        return super().send(message)


def drain(as_, many, lines, user="courier"):
    """So many couriers at once, each on a connection of its own, until nothing is left; returns what they complained of."""
    said, threads = [], []

    def work():
        wiring = as_(user)
        mine = courier(wiring, lines, threads=8, log=said.append)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            mine.run(1)
            with wiring.store.reading() as look:
                due = look.ways_due(wiring.clock.now() + timedelta(minutes=10))
            if not [way for way in due if way != "console"] and not mine.busy:
                return
            time.sleep(0.02)

    for _ in range(many):
        threads.append(threading.Thread(target=work))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return said


@pytest.mark.parametrize("many", [2, 4])
def test_each_message_is_delivered_once_however_many_couriers(as_, alice, many):
    lines = everything()
    lines["chat"] = Slow()
    for number in range(25):
        incident = opened(alice, f"t{number}")
        for _ in range(2):
            paging.ping(alice.ledger, incident, ("legal", "crew", "legal"), f"look {number}")
    owed = len(messages(alice))

    said = drain(as_, many, lines)

    assert said == []
    assert len(lines["chat"].keys) == len(set(lines["chat"].keys)) == owed == 150
    assert {state for _to, _via, state in states(alice)} == {"sent"}
    assert {message.attempts for message in messages(alice)} == {1}
    assert verify_store(alice.store).sound


@pytest.mark.slow
@pytest.mark.parametrize("many", [2, 4])
def test_three_hundred_messages_and_somebody_who_writes_meanwhile(as_, alice, many):
    from escalate.app.incidents import note

    lines = everything()
    lines["chat"] = Slow()
    ids = [opened(alice, f"t{number}") for number in range(100)]
    for incident in ids:
        paging.ping(alice.ledger, incident, ("legal", "crew", "legal"), "look")
    worst, over = [], threading.Event()

    def write():
        mine = as_("bob")
        while not over.is_set():
            began = time.monotonic()
            note(mine.ledger, ids[len(worst) % 100], "still here")
            worst.append(time.monotonic() - began)

    writer = threading.Thread(target=write)
    writer.start()
    said = drain(as_, many, lines)
    over.set()
    writer.join()

    assert said == []
    assert len(lines["chat"].keys) == len(set(lines["chat"].keys)) == 300
    assert max(worst) < 2
    assert verify_store(alice.store).sound


def test_pages_to_one_person_are_decided_on_by_one_courier_at_a_time(as_, alice):
    ids = [opened(alice, f"t{number}") for number in range(6)]
    for incident in ids:
        paging.page(alice.ledger, incident, ("policy:quick",))
    one, other = as_("courier"), as_("sender")

    with one.courier_ledger().writing() as first:
        mine = hand_out(first, delivery.LEASE, 1)
        with other.courier_ledger().writing() as second:
            theirs = hand_out(second, delivery.LEASE, 9)

    assert len(mine) == 1
    assert theirs is None
    with other.courier_ledger().writing() as second:
        assert sum(len(parcel.members) for parcel in hand_out(second, delivery.LEASE, 9)) == 5


def test_many_pages_at_once_are_sent_once_in_bundles(as_, alice, put_roster):
    from many_pages import ROSTER

    put_roster(text=ROSTER.format(http="http://127.0.0.1:9", more=""))
    ids = [opened(alice, f"t{number}") for number in range(12)]
    for incident in ids:
        paging.page(alice.ledger, incident, ("policy:again",))
    lines = everything()

    drain_briefly(as_, 4, lines)

    members = [label for message in lines["chat"].sent for label in message.details.get("labels", [message.id])]
    assert len(members) == len(set(members))
    assert verify_store(alice.store).sound


def test_pages_that_cannot_be_put_together_go_out_one_by_one(as_, alice, put_roster, monkeypatch):
    from escalate.app import handing_out
    from many_pages import ROSTER

    put_roster(text=ROSTER.format(http="http://127.0.0.1:9", more=""))
    ids = [opened(alice, f"t{number}") for number in range(4)]
    for incident in ids:
        paging.page(alice.ledger, incident, ("person:alice",))
    lines, said, genuine = everything(), [], handing_out.pace

    def pace(fresh, *more):
        if any(one.incident == ids[0] for one in fresh):
            raise KeyError("ref")
        return genuine(fresh, *more)

    monkeypatch.setattr(handing_out, "pace", pace)
    machine = courier(as_("courier"), lines, log=said.append)
    machine.run(1)
    paging.page(alice.ledger, opened(alice, "later"), ("person:alice",))
    machine.run(1)

    assert [state for _to, _via, state in states(alice, incident=ids[0])] == ["sent"]
    assert len(lines["chat"].keys) == len(set(lines["chat"].keys))
    assert len([line for line in said if "KeyError" in line]) == 1
    assert all(m.state == "sent" or m.bundle == "" for m in messages(alice)), "the others are paced as before"
    assert verify_store(alice.store).sound


def drain_briefly(as_, many, lines):
    threads = [threading.Thread(target=lambda: courier(as_("courier"), lines).run(1)) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_lease_that_ran_out_is_anybodys(as_, alice):
    paging.ping(alice.ledger, opened(alice), ("legal",), "please look")
    dead, lines = as_("courier"), everything()
    with dead.courier_ledger().writing() as record:
        [parcel] = hand_out(record, timedelta(milliseconds=200), 9)

    assert courier(as_("sender"), lines).run(0.1) == 0
    time.sleep(0.25)
    assert courier(as_("sender"), lines).run(2) == 1
    assert lines["chat"].keys == [parcel.message.id]


def test_a_message_somebody_else_is_writing_on_is_settled_when_they_have_done(as_, alice):
    incident, lines = opened(alice), everything()
    paging.ping(alice.ledger, incident, ("legal",), "please look")
    machine = as_("courier")
    machine.shared.store.connection().execute("SET lock_timeout = '50ms'")

    with alice.ledger.writing() as record:
        record.incident(incident)
        mine = courier(machine, lines)
        with pytest.raises(Exception, match="is writing on it"):
            mine.run(1)
    mine.run(1)

    assert states(alice) == [("team:legal", "chat", "sent")]
    assert len(lines["chat"].keys) == 1


# ── changed by whoever may do everything ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def spoil(shared_pg):
    """Runs a statement as a superuser does who switches the guards off."""

    def run(statement):
        with shared_pg.connect() as raw:
            raw.execute("SET session_replication_role = replica")
            raw.execute("SET search_path = escalate")
            return raw.execute(statement).rowcount

    return run


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("UPDATE messages SET recipient = 'person:bob', name = 'Bob Okoro'", "it is not to whom its entry owes one"),
        ("UPDATE messages SET address = 'elsewhere'", "no roster that is kept has that name and address"),
        ("UPDATE messages SET entry_digest = '0', entry_seq = 99", "it names the entry that owes it otherwise"),
        ("UPDATE pages SET policy = 'other'", "its pages are not what the entries make"),
        ("DELETE FROM codes", "the codes to answer its pages by are not there"),
        ("UPDATE codes SET person = 'eve'", "is not one that a page gives"),
        ("UPDATE rosters SET version = 7", "roster 1 is missing"),
        ("UPDATE logins SET person = 'dana' WHERE person = 'bob'", "though the newest roster says so"),
    ],
)
def test_what_is_kept_beside_the_timeline_is_held_against_it(alice, spoil, done, says):
    paging.page(alice.ledger, opened(alice), (POLICY,))
    assert verify_store(alice.store).sound

    assert spoil(done)

    bad = verify_store(alice.store).bad
    assert any(says in fault.what for fault in bad), bad


def test_a_trigger_that_is_gone_is_said_to_be(alice, spoil):
    assert alice.upkeep.guards(alice.store) == []

    spoil("ALTER TABLE timeline DISABLE TRIGGER USER")

    assert all("is switched off" in said for said in alice.upkeep.guards(alice.store))
    assert alice.upkeep.guards(alice.store)


def test_a_page_that_was_redirected_goes_to_whom_its_entry_names(as_, alice, spoil):
    paging.page(alice.ledger, opened(alice), (POLICY,))
    spoil("UPDATE messages SET recipient = 'person:bob', name = 'Bob Okoro' WHERE via = 'hook'")
    lines, said = everything(), []

    courier(as_("courier"), lines, log=said.append).run(5)

    assert [m.to for m in lines["hook"].sent] == ["person:alice"]
    assert any("is not sent to Bob Okoro" in line for line in said)
