"""Erasing somebody's words: two people, for good, everywhere in the file, and the record still fits together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from escalate.adapters.store import upkeep
from escalate.app import approvals, corrections, erasing, exports, holds, incidents, paging, reading, transfer
from escalate.app.incidents import Opening
from escalate.app.verification import verify_store
from escalate.domain.incident import rules
from escalate.domain.messages.message import SENT
from escalate.domain.timeline.access import SubjectLinked
from escalate.errors import NotFound, Refused
from many_pages import chat
from telling import courier, kinds, messages
from two_people import BOB, ROSTER, STRANGER, ledger_of

NAME = "Quillfeather of Elm Street"


@pytest.fixture
def bobs(wiring):
    return ledger_of(wiring, BOB)


@pytest.fixture
def named(ledger, apply_roster):
    """INC-1, with a note (2) that names somebody."""
    apply_roster(ROSTER)
    id_ = incidents.open_incident(ledger, Opening(title="a first report", severity="SEV2", quiet=True)).incident.id
    incidents.note(ledger, id_, f"{NAME} called")
    return id_


def erase(ledger, bobs, id_, ref="2"):
    erasing.ask(ledger, id_, ref, "it names somebody who has nothing to do with it")
    return erasing.confirm(bobs, id_, ref, "agreed")


def in_file(store, words):
    return words.encode() in Path(store.file).read_bytes()


def test_two_people_erase_a_note_and_its_words_are_nowhere_in_the_file(ledger, bobs, named, store):
    assert in_file(store, NAME)
    done, beside = erasing.ask(ledger, named, "2", "w")
    assert done.waits
    assert beside == []
    assert in_file(store, NAME)

    written, approval = erasing.confirm(bobs, named, "2", "agreed")

    assert [entry.kind for entry in written.entries][:2] == ["approval.given", "entry.erased"]
    assert approval["state"] == "given"
    assert not in_file(store, NAME)
    assert not in_file(store, "Quillfeather")
    found = verify_store(store)
    assert (found.sound, found.erased) == (True, 1)
    assert reading.timeline(store, named).lines[1].text == "[erased]"
    assert reading.search(store, "Quillfeather") == []


@pytest.mark.parametrize("again", ["state", "rebuild", "export"])
def test_a_title_is_erased_and_number_state_and_facts_stay(ledger, bobs, named, store, clock, again, tmp_path):
    incidents.state_fact(ledger, named, "detected", at=clock.now() - timedelta(hours=1), why=NAME)
    erase(ledger, bobs, named, "1")
    erase(ledger, bobs, named, "3")
    if again == "rebuild":
        upkeep.rebuild(store)
    with store.reading() as look:
        state = look.incident(named)
    if again == "export":
        from escalate.wiring import Wiring

        text = exports.export(ledger, named).text
        other = Wiring({"ESCALATE_HOME": str(tmp_path / "other")}, clock=clock)
        other.store.create()
        state = transfer.bring_back(other.ledger, text.splitlines()).written.incident
        assert verify_store(other.store).sound
        other.store.close()

    assert (state.number, state.title, state.severity) == (1, "[erased]", "SEV2")
    assert state.facts["detected"][-1].why == "[erased]"
    assert state.facts["detected"][-1].at == clock.now() - timedelta(hours=1)
    assert not in_file(store, "a first report")
    assert verify_store(store).sound
    before = reading.incident(store, named, as_of=clock.now())
    assert before.title == "[erased]"


def test_what_was_withdrawn_or_corrected_stays_so_when_the_words_of_that_are_erased(ledger, bobs, named, store):
    corrections.correct(ledger, named, "2", text=f"it was not {NAME}", at=None, why="misheard")
    incidents.note(ledger, named, "another")
    corrections.withdraw(ledger, named, "4", NAME)
    _done, beside = erasing.ask(ledger, named, "2", "w")
    assert beside == [3]
    erase(ledger, bobs, named, "3")
    erase(ledger, bobs, named, "5")

    texts = [line.text for line in reading.timeline(store, named).lines]
    assert "another" not in texts
    assert "[erased]" in texts
    assert f"{NAME} called" not in texts
    assert verify_store(store).sound


def test_nobody_erases_alone(ledger, bobs, named, wiring, apply_roster, store):
    erasing.ask(ledger, named, "2", "w")

    for who, says in ((ledger, "somebody else"), (ledger_of(wiring, STRANGER), "nobody the roster knows")):
        with pytest.raises(Refused, match=says):
            erasing.confirm(who, named, "2", "w")
    with pytest.raises(Refused, match="Nobody has asked"):
        erasing.confirm(bobs, named, "1", "w")
    assert in_file(store, NAME)


def test_where_nobody_else_could_it_is_not_even_asked(ledger, incident):
    incidents.note(ledger, incident, NAME)

    with pytest.raises(Refused, match="Nobody erases alone"):
        erasing.ask(ledger, incident, "2", "w")


def test_rejecting_erases_nothing(ledger, bobs, named, store):
    erasing.ask(ledger, named, "2", "w")
    approvals.reject(bobs, named, "P-1", "it is needed")

    assert in_file(store, NAME)
    with pytest.raises(Refused, match="Nobody has asked"):
        erasing.confirm(bobs, named, "2", "w")


def test_asking_twice_is_one_request(ledger, named):
    first, _ = erasing.ask(ledger, named, "2", "w")
    second, _ = erasing.ask(ledger, named, "2", "w")

    assert (first.approval["id"], second.approval["id"], second.written.entries) == ("P-1", "P-1", [])


@pytest.mark.parametrize(
    ("ref", "says"),
    [("3", "holds nothing that anybody typed"), ("99", "no entry"), ("4", "says why something is gone")],
)
def test_what_cannot_be_erased(ledger, named, ref, says):
    incidents.change(ledger, named, lambda one: rules.assign(one, "lead", "alice"))
    erasing.ask(ledger, named, "2", "w")

    with pytest.raises((Refused, NotFound), match=says):
        erasing.ask(ledger, named, ref, "w")


def test_it_is_erased_once(ledger, bobs, named):
    erase(ledger, bobs, named)

    with pytest.raises(Refused, match="erased already"):
        erasing.ask(ledger, named, "2", "w")


def test_a_hold_keeps_everything_also_what_was_asked_for_before(ledger, bobs, named, wiring, apply_roster, store):
    apply_roster(ROSTER.replace('name = "Crew"\n', 'name = "Crew"\nreads = ["privileged"]\n'))
    erasing.ask(ledger, named, "2", "w")
    with pytest.raises(Refused, match="Only Legal"):
        holds.place(ledger, named, "m", scope="all")
    holds.place(bobs, named, "Matter 14", scope="all of it", custodians=("the case system",))

    with pytest.raises(Refused, match=r"INC-1 is held \(H-1\)"):
        erasing.confirm(bobs, named, "2", "w")
    with pytest.raises(Refused, match="is held"):
        erasing.ask(ledger, named, "1", "w")
    with pytest.raises(Refused, match="Only Legal"):
        holds.release(ledger, named, None, "w")

    done = holds.release(bobs, named, None, "the matter was closed")
    assert done.waits
    with pytest.raises(Refused, match="is held"):
        erasing.confirm(bobs, named, "2", "w")
    approvals.approve(ledger, named, done.approval["id"])
    erasing.confirm(bobs, named, "2", "agreed")

    assert not in_file(store, NAME)
    _incident, [hold] = holds.listed(store, named)
    assert (hold["state"], hold["released"]["approval"]) == ("released", done.approval["id"])
    with pytest.raises(Refused, match="released already"):
        holds.release(bobs, named, "h-1", "w")
    with pytest.raises(NotFound, match="no single hold"):
        holds.release(bobs, named, None, "w")


def test_messages_lose_the_words_too_and_none_that_is_still_to_be_sent(ledger, bobs, named, wiring, store, clock):
    paging.ping(ledger, named, ("legal",), f"please look for {NAME}")
    [ping] = [entry.seq for entry in reading.latest(store, named, 1).lines]

    with pytest.raises(Refused, match="still to be sent"):
        erasing.ask(ledger, named, str(ping), "w")
    courier(wiring, chat()).run(1)
    erase(ledger, bobs, named, str(ping))

    [message] = [m for m in messages(wiring, incident=named) if m.purpose == "ping"]
    assert (message.state, message.text, message.subject) == (SENT, "", "")
    assert not in_file(store, "please look for")
    assert NAME not in "".join(m.text for m in messages(wiring, incident=named))
    assert verify_store(store).sound
    assert "message.sent" in kinds(wiring, named)


@pytest.mark.parametrize("again", ["", "rebuild"])
def test_a_link_goes_with_the_entry_that_says_it(ledger, bobs, named, store, again):
    with ledger.writing() as record:
        link = SubjectLinked(subject="S-AAAA", other="S-BBBB", why=f"{NAME} said so")
        record.append(record.incident(named), link)
    erase(ledger, bobs, named, "3")
    if again:
        upkeep.rebuild(store)

    with store.reading() as look:
        assert look.links("S-AAAA") == []
    assert not in_file(store, NAME + " said")
    assert verify_store(store).sound


def test_messages_cannot_be_emptied_where_nothing_was_erased(ledger, named, wiring, store):
    paging.ping(ledger, named, ("legal",), "words")
    [message] = messages(wiring, incident=named)
    with pytest.raises(Exception, match="kept as it was"), store.writing() as tx:
        tx.run("blank_message", id=message.id)


@pytest.mark.parametrize("harm", [(), ("cse",)])
def test_a_drill_and_a_sensitive_incident_take_two_as_well(ledger, bobs, apply_roster, store, harm):
    apply_roster(ROSTER)
    id_ = incidents.open_incident(
        ledger, Opening(title="t", severity="SEV2", quiet=True, drill=not harm, harm=harm)
    ).incident.id
    incidents.note(ledger, id_, NAME)

    done, _ = erasing.ask(ledger, id_, "2", "w")
    assert done.waits
    erasing.confirm(bobs, id_, "2", "")
    assert not in_file(store, NAME)
    assert verify_store(store).sound
