"""What is owed is owed by an entry, and what becomes of it is said by one: also to whoever writes plain SQL."""

from __future__ import annotations

import psycopg
import pytest

from escalate.domain.timeline.events import EntryEraseAsked, EntryErased, NoteAdded, PageAcknowledged, TeamPinged
from escalate.domain.timeline.receipts import (
    MessageCancelled,
    MessageFailed,
    MessageRetried,
    MessageSent,
    MessageShown,
    MessageTold,
)  # fmt: skip
from postgres_entries import refused

pytestmark = pytest.mark.slow

LONG_AGO = "2020-01-01T00:00:00.000000Z"
FAR_AHEAD = "2999-01-01T00:00:00.000000Z"
PAGE = "0d1c5e0c-6a53-4d2b-9a40-6c0f6f3d5a11"


def receipt(shape, message, **more):
    return shape(message=message["id"], to=message["recipient"], via=message["via"], sha256="0" * 64, **more)


@pytest.fixture
def owe(alice, incident):
    """A message that Alice's ping owes."""

    def owed(**changed):
        with alice.transaction():
            return alice.owe(alice.append(incident, TeamPinged(team="legal")), **changed)

    return owed


@pytest.fixture
def message(owe):
    return owe(page=PAGE)


def state(writer, message):
    return writer.one("SELECT state FROM escalate.messages WHERE id = %s", message["id"])


def change(writer, message, **to):
    places = ", ".join(f"{name} = %s" for name in to)
    assert writer.run(f"UPDATE escalate.messages SET {places} WHERE id = %s", *to.values(), message["id"]) == 1


def settle(writer, message, incident, state, event, **more):
    with writer.transaction():
        change(writer, message, state=state, **more)
        writer.append(incident, event)


# ── owing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_owed_by_an_entry_of_its_own_transaction(alice, bob, incident, owe):
    owe()
    entry = alice.append(incident)

    with refused("written with it"):
        alice.owe(entry)
    with refused("written with it"), bob.transaction():
        bob.append(incident)
        bob.owe(entry)
    for wrong in ({"entry_digest": "0" * 64}, {"entry_seq": 1}, {"entry": entry["id"]}, {"incident": entry["id"]}):
        with refused("written with it"):
            owe(**wrong)


def test_an_entry_that_was_only_marked_in_this_transaction_owes_nothing(alice, incident):
    from escalate.domain.timeline.access import AccessRestricted

    entry = alice.append(incident)
    with refused("written with it"), alice.transaction():
        alice.append(incident, AccessRestricted(why="it changes every row"))
        alice.owe(entry)


def test_an_entry_in_a_part_of_the_transaction_is_of_the_transaction(alice, incident):
    with alice.transaction():
        with alice.transaction():
            entry = alice.append(incident)
        with alice.transaction():
            alice.owe(entry)


def test_nothing_is_in_hand_that_was_not_owed_before(owe):
    for wrong in ({"state": "sending"}, {"leased_until": FAR_AHEAD}):
        with refused("in hand"):
            owe(**wrong)


def test_nothing_is_sent_from_the_beginning_unless_an_entry_says_so(alice, incident, owe):
    for done in ("sent", "delivered", "acknowledged", "told", "failed", "cancelled"):
        with refused("stands on the timeline"):
            owe(state=done)

    with alice.transaction():  # what was sent while the record could not be reached
        sent = alice.owe(alice.append(incident, TeamPinged(team="legal")), state="sent")
        alice.append(incident, receipt(MessageSent, sent))
    assert state(alice, sent) == "sent"


@pytest.mark.parametrize("who", ["alice", "courier", "sender", None])
def test_what_was_owed_is_kept_as_it_was(as_, message, who):
    for name in (
        "id",
        "incident",
        "entry",
        "entry_digest",
        "purpose",
        "recipient",
        "name",
        "via",
        "address",
        "subject",
        "text",
        "details",
        "page",
    ):
        with pytest.raises(psycopg.Error) as caught:
            change(as_(who), message, **{name: "x"})
        may_try = who is None or (name in {"subject", "text"} and who != "courier")
        assert caught.value.sqlstate == ("ES002" if may_try else "42501")


# ── a courier ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["courier", "sender"])
def test_a_courier_takes_sends_and_says_so(as_, incident, message, who):
    courier = as_(who)
    courier.actor = "courier:desk"
    change(courier, message, state="sending", leased_until=FAR_AHEAD, attempts=1, tried_at=LONG_AGO)
    change(courier, message, state="queued", leased_until=None, due_at=FAR_AHEAD)  # put off: nothing has become of it
    settle(courier, message, incident, "sent", receipt(MessageSent, message), remote="r")

    assert state(courier, message) == "sent"


@pytest.mark.parametrize(
    "done",
    ["sent", "delivered", "shown", "failed", "gave-up", "bundled", "unknown", "cancelled", "told", "acknowledged"],
)
def test_not_even_a_courier_does_so_in_silence(courier, incident, message, done):
    with refused("stands on the timeline"):
        change(courier, message, state=done)
    with refused("stands on the timeline"):
        settle(courier, message, incident, done, receipt(MessageRetried, message))

    assert state(courier, message) == "queued"


def test_another_messages_entry_does_not_count(courier, incident, message, owe):
    other = owe()

    with refused("stands on the timeline"):
        settle(courier, message, incident, "sent", receipt(MessageSent, other))


def test_an_entry_of_before_does_not_count(courier, incident, message):
    courier.append(incident, receipt(MessageSent, message))

    with refused("stands on the timeline"):
        change(courier, message, state="sent")


def test_two_couriers_never_take_one_message(as_, owe):
    for _ in range(4):
        owe()
    one, two = as_("courier"), as_("sender")
    take = "SELECT id FROM escalate.messages WHERE state = 'queued' ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED"

    with one.transaction(), two.transaction():
        first, second = one.run(take), two.run(take)

    assert len({row["id"] for row in (*first, *second)}) == 4


# ── a person ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("done", "event", "before"),
    [("cancelled", MessageCancelled, "queued"), ("told", MessageTold, "queued"), ("queued", MessageRetried, "failed")],
)
def test_a_person_can_call_it_off_say_they_told_it_and_try_again(
    alice, courier, incident, message, done, event, before
):
    if before == "failed":
        settle(courier, message, incident, "failed", receipt(MessageFailed, message, why="no"), attempts=3)
    more = {"why": "over"} if event is MessageCancelled else {}

    settle(
        alice,
        message,
        incident,
        done,
        receipt(event, message, **more),
        **({"due_at": alice.now(), "attempts": 1} if done == "queued" else {}),
    )

    assert state(alice, message) == done


def test_a_person_who_answers_acknowledges(alice, courier, incident, message):
    settle(courier, message, incident, "sent", receipt(MessageSent, message))
    with refused("stands on the timeline"):
        change(alice, message, state="acknowledged")

    settle(alice, message, incident, "acknowledged", PageAcknowledged(page=PAGE, by="alice"))
    assert state(alice, message) == "acknowledged"


@pytest.mark.parametrize(
    "to",
    [
        {"state": "sent"}, {"state": "delivered"}, {"state": "sending"}, {"state": "failed"}, {"state": "gave-up"}, {"state": "shown"},
        {"state": "bundled"}, {"state": "acknowledged"}, {"due_at": FAR_AHEAD}, {"leased_until": FAR_AHEAD}, {"attempts": 300},
        {"remote": "x"}, {"tried_at": FAR_AHEAD}, {"state": "cancelled", "attempts": 9}, {"state": "queued", "due_at": FAR_AHEAD},
    ],
    ids=str,
)  # fmt: skip
def test_a_person_does_not_keep_it_from_being_sent(alice, bob, message, to):
    for writer in (alice, bob):
        with refused("for a courier to say"):
            change(writer, message, **to)


def test_a_person_does_nothing_to_it_in_silence(alice, incident, message):
    for to in ({"state": "cancelled"}, {"state": "told"}, {"state": "queued", "due_at": alice.now()}):
        with refused("stands on the timeline"):
            change(alice, message, **to)
        with refused("stands on the timeline"), alice.transaction():
            alice.run("SET CONSTRAINTS ALL DEFERRED")
            change(alice, message, **to)
            alice.append(incident, NoteAdded(text=f'"message":"{message["id"]}"'))


def test_a_person_says_only_what_a_person_can_do(alice, incident, message):
    for event in (
        receipt(MessageSent, message),
        receipt(MessageShown, message),
        receipt(MessageFailed, message, why="w"),
    ):
        with refused("for a courier to say"):
            alice.append(incident, event)
        with refused("for a courier to say"), alice.transaction():
            change(alice, message, state="cancelled")  # a message that was only changed here was not brought here
            alice.append(incident, event)


def test_a_person_sees_to_their_own_terminal(alice, incident, owe):
    shown = owe(via="console")
    change(alice, shown, state="sending", leased_until=FAR_AHEAD, attempts=1)
    with refused("stands on the timeline"):
        change(alice, shown, state="shown")
    settle(alice, shown, incident, "shown", receipt(MessageShown, shown), leased_until=None)

    assert state(alice, shown) == "shown"


def test_nothing_is_said_of_a_message_that_is_not_of_the_incident(alice, courier, incident, message):
    other = alice.open()
    for event in (
        receipt(MessageSent, message),
        receipt(MessageTold, message),
        receipt(MessageSent, {**message, "id": "x"}),
    ):
        with refused("no such message"):
            courier.append(other, event)


def blank(writer, message):
    change(writer, message, subject="", text="")


def test_words_of_a_message_go_when_two_people_erase_and_not_before(alice, bob, incident, message, owe):
    other = owe()
    said = [(alice, EntryErased), (alice, EntryEraseAsked), (alice, EntryErased)]
    for writer, event in said:
        writer.append(incident, event(entry=message["entry"], why="asked for by law"))
        with refused("kept as it was"):
            blank(bob, message)
    with bob.transaction():
        bob.append(incident, EntryErased(entry=message["entry"], why="asked for by law"))
        with refused("kept as it was"), bob.transaction():
            change(bob, message, subject="other words", text="")
        with refused("kept as it was"), bob.transaction():
            blank(bob, other)
        blank(bob, message)
    with refused("kept as it was"):
        blank(bob, other)
    assert bob.run("SELECT subject, text, state FROM escalate.messages WHERE id = %s", message["id"]) == [
        {"subject": "", "text": "", "state": "queued"}
    ]


# ── what is derived ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_is_nothing_of_an_incident_that_is_not_there(alice):
    for statement in (
        f"INSERT INTO escalate.pages VALUES ('x', '{PAGE}', 'waiting', NULL, '')",
        f"INSERT INTO escalate.timers VALUES ('{PAGE}', 'k', '{LONG_AGO}')",
        f"INSERT INTO escalate.codes VALUES ('X', '{PAGE}', 'p', 'bob')",
        f"INSERT INTO escalate.search VALUES ('w', '{PAGE}', 1)",
    ):
        with refused("does not follow|with an entry"):
            alice.run(statement)


def test_a_member_removes_nothing_that_only_a_rebuild_makes_again(alice, courier, incident):
    for table in ("incidents", "pages", "codes", "couriers"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.run(f"DELETE FROM escalate.{table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        courier.run("DELETE FROM escalate.search")


# ── rosters ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_who_follows_from_the_roster_alone(keeper, alice):
    from postgres_entries import apply_roster

    keeper.run("DELETE FROM escalate.logins")
    keeper.run("INSERT INTO escalate.logins VALUES ('esc_keeper', 'alice')")
    assert {row["login"]: row["person"] for row in alice.run("SELECT * FROM escalate.logins")} == {
        f"esc_{name}": name for name in ("alice", "bob", "carol", "sender")
    }

    apply_roster(keeper, {"people": {"ann": {"logins": ["esc_alice"]}, "courier:x": {"logins": ["esc_bob"]}}})
    assert alice.run("SELECT * FROM escalate.logins") == [{"login": "esc_alice", "person": "ann"}]
    assert alice.one("SELECT escalate.whoami()") == "ann"


def test_what_a_keeper_applies_is_signed_and_in_order(keeper, alice, courier):
    from postgres_entries import apply_roster

    with refused("not you"):
        apply_roster(keeper, applied_by="alice")
    for version in (1, 7):
        with refused("not the next one", "ES001"):
            apply_roster(keeper, version=version)
    clause = "INSERT INTO escalate.clauses VALUES ('c', 1, '', '', '', '', '', %s, '')"
    key = "INSERT INTO escalate.subject_keys VALUES ('k', '', %s)"
    for statement in (clause, key):
        with refused("not you"):
            keeper.run(statement, "alice")
        keeper.run(statement, "db:esc_keeper")
        for writer in (alice, courier):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.run(statement, writer.actor)


# ── waking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_owed_wakes_whoever_listens(courier, owe):
    courier.run("LISTEN escalate")
    owe()

    assert [one.payload for one in courier.connection.notifies(timeout=5, stop_after=1)] == [""]


def test_what_a_machine_takes_in_hand_wakes_nobody(alice, courier, message):
    alice.run("LISTEN escalate")
    change(courier, message, state="sending", leased_until=FAR_AHEAD)

    assert list(alice.connection.notifies(timeout=0.05, stop_after=1)) == []
