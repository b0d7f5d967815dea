"""Whom an incident is about: the same value has the same handle, and nobody learns what they may not read."""

from __future__ import annotations

import pytest

from escalate.app import access, decisions, matching, subject_keys, subjects
from escalate.app.incidents import Opening, open_incident
from escalate.app.subjects import Secret
from escalate.domain.decision.rules import Deciding
from escalate.domain.subjects.keys import key_id
from escalate.errors import Conflict, Misconfigured, NotFound, Refused, Usage
from subject_keys import KEY, MAIL, NEW, Keys
from telling import kinds
from two_people import ROSTER, ledger_of


@pytest.fixture
def keys(ledger, apply_roster):
    apply_roster(ROSTER)
    with ledger.writing() as record:
        record.tx.add_subject_key(key_id(KEY), "alice")
    return Keys(KEY)


@pytest.fixture
def other(ledger):
    """The id of INC-2, which the test opens after `incident`."""
    return lambda **more: open_incident(ledger, Opening(title="Another report", severity="SEV2", **more)).incident.id


def courier(wiring):
    return wiring.courier_ledger()


def test_the_same_value_has_the_same_handle_everywhere(ledger, keys, incident, other):
    _, first = subjects.add(ledger, keys, incident, MAIL, "actor")
    again = Secret(type="email", value=" Canary@EXAMPLE.org")
    _, second = subjects.add(ledger, keys, other(), again, "target")
    _, name = subjects.add(ledger, keys, incident, Secret(type="name", value="canary@example.org"), "actor")

    assert first["handle"] == second["handle"] != name["handle"]
    assert [one["ref"] for one in second["sightings"]] == ["INC-1"]


def test_the_same_again_changes_nothing_unless_there_is_something_to_say(ledger, keys, incident):
    written, _ = subjects.add(ledger, keys, incident, MAIL, "actor")
    again, data = subjects.add(ledger, keys, incident, MAIL, "actor")
    noted, _ = subjects.add(ledger, keys, incident, MAIL, "actor", note="back again")

    assert (len(written.entries), len(again.entries), len(noted.entries)) == (1, 0, 1)
    assert data["seq"] is None


def test_asking_finds_it_with_what_was_decided_and_writes_nothing(ledger, keys, incident, store):
    handle = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    decisions.decide(
        ledger, incident, Deciding(question="Close it?", choose="yes", why="x", review_on=(f"subject:{handle}",))
    )
    with store.reading() as look:
        before = look.incident(incident).head

    found = subjects.seen(ledger, keys, MAIL)

    assert (found["seen"], found["handle"]) == (True, handle)
    assert [(one["ref"], one["relation"], one["type"], one["by"]) for one in found["sightings"]] == [
        ("INC-1", "actor", "email", "alice")
    ]
    assert [(one["id"], one["choice"], one["named"]) for one in found["decisions"]] == [("D-1", "yes", True)]
    with store.reading() as look:
        assert look.incident(incident).head == before
        assert look.due_matches(ledger.clock.now()) == []


def test_what_was_never_seen_has_no_handle_yet(ledger, keys):
    assert subjects.seen(ledger, keys, MAIL) == {
        "type": "email", "handle": None, "seen": False, "sightings": [], "linked": [], "decisions": [], "missing_keys": [],
    }  # fmt: skip


# ── need to know ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def secret_one(ledger, keys, incident):
    """INC-1, restricted; Alice leads and Bob may not read it. The handle of its subject."""
    handle = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    access.restrict(ledger, incident, "need to know")
    return handle


@pytest.fixture
def bobs(wiring):
    return ledger_of(wiring)


def test_who_may_not_read_a_match_sees_what_no_match_shows(ledger, bobs, keys, secret_one, other):
    fresh = Secret(type="email", value="nobody@example.org")
    none = subjects.seen(bobs, keys, fresh)
    mine = open_incident(bobs, Opening(title="Mine", severity="SEV3")).incident.id

    assert subjects.seen(bobs, keys, MAIL) == none
    match, nothing = (subjects.add(bobs, keys, mine, one, "actor")[1] for one in (MAIL, fresh))
    assert match["handle"] == secret_one
    same = ("handle", "seq")
    assert {**match, **dict.fromkeys(same)} == {**nothing, **dict.fromkeys(same)}
    assert [one["ref"] for one in subjects.show(bobs, secret_one)["sightings"]] == ["INC-2"]


def test_a_handle_of_what_one_may_not_read_is_none(bobs, keys, secret_one):
    for given in (secret_one, secret_one[:4]):
        with pytest.raises(NotFound, match="that you may read"):
            subjects.show(bobs, given)


# ── what was decided ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trigger", ["subject:{}", "sighting"])
def test_a_sighting_elsewhere_takes_up_what_was_decided(ledger, keys, incident, other, wiring, trigger):
    handle = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    given = Deciding(
        question="Close it?", choose="yes", why="x", review_on=(trigger.format(handle), "a note for people")
    )
    decisions.decide(ledger, incident, given)
    subjects.add(ledger, keys, other(), MAIL, "actor")

    matching.tell_matches(courier(wiring))
    matching.tell_matches(courier(wiring))

    with wiring.store.reading() as look:
        decision = look.incident(incident).judgement.decisions["D-1"]
    assert (decision["state"], [one["because"] for one in decision["reopened"]]) == ("reopened", [f"subject:{handle}"])
    assert "subject.matched" not in kinds(wiring, incident)


def test_a_decision_that_names_a_subject_is_taken_up_when_it_is_first_seen_here(ledger, keys, incident, other):
    handle = subjects.add(ledger, keys, other(), MAIL, "actor")[1]["handle"]
    decisions.decide(
        ledger, incident, Deciding(question="Close?", choose="yes", why="x", review_on=(f"subject:{handle}",))
    )

    _, data = subjects.add(ledger, keys, incident, MAIL, "actor")

    assert data["reopened"] == ["D-1"]


# ── links and withdrawing ───────────────────────────────────────────────────────────────────────────────────────────


def test_links_lead_from_one_to_the_other(ledger, keys, incident, other):
    second = other()
    one = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    two = subjects.add(ledger, keys, second, Secret(type="name", value="somebody"), "actor")[1]["handle"]

    written, _ = subjects.link(ledger, second, one[:5], two, "the same bank account")
    again, _ = subjects.link(ledger, second, two, one, "the same bank account")

    assert (len(written.entries), len(again.entries)) == (1, 0)
    [linked] = subjects.seen(ledger, keys, MAIL)["linked"]
    assert (linked["other"], linked["seen_in"], linked["why"]) == (two, ["INC-2"], "the same bank account")
    with pytest.raises(Refused, match="one subject already"):
        subjects.link(ledger, second, one, one, "words")


def test_what_is_withdrawn_is_not_found_again(ledger, keys, incident):
    handle = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    subjects.add(ledger, keys, incident, MAIL, "target")

    with pytest.raises(Usage, match="#2, #3"):
        subjects.withdraw(ledger, incident, handle, "a mistake")
    subjects.withdraw(ledger, incident, handle, "a mistake", 2)
    subjects.withdraw(ledger, incident, handle, "a mistake")

    assert not subjects.seen(ledger, keys, MAIL)["seen"]
    with pytest.raises(NotFound):
        subjects.withdraw(ledger, incident, handle, "a mistake")


def test_a_beginning_that_fits_several_lists_them(ledger, keys, incident):
    handles = []
    while len({one[:3] for one in handles}) == len(handles):
        value = Secret(type="other", value=f"value {len(handles)}")
        handles.append(subjects.add(ledger, keys, incident, value, "actor")[1]["handle"])
    shared = handles[-1][:3]

    with pytest.raises(Usage, match=handles[-1]):
        subjects.show(ledger, shared)
    assert subjects.show(ledger, handles[-1].lower())["types"] == ["other"]


def test_a_longer_handle_where_the_short_one_is_taken(ledger, keys, incident, monkeypatch):
    """Two values whose digests begin alike: the second one is told from the first by a letter more."""
    digests = {"one": "ab" * 32, "two": "ababab" + "00" * 29}
    monkeypatch.setattr("escalate.domain.subjects.keys.digest", lambda _key, _type, written: digests[written])

    first, second = (
        subjects.add(ledger, keys, incident, Secret(type="other", value=value), "actor")[1]["handle"]
        for value in ("one", "two")
    )
    again = subjects.add(ledger, keys, incident, Secret(type="other", value="two"), "target")[1]["handle"]

    assert len(second) == len(first) + 1
    assert again == second


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_after_a_new_key_what_was_seen_before_keeps_its_handle(ledger, keys, incident, other, clock):
    before = subjects.add(ledger, keys, incident, MAIL, "actor")[1]["handle"]
    clock.advance(minutes=1)
    made = subject_keys.make(ledger, keys)

    assert subjects.add(ledger, keys, other(), MAIL, "actor")[1]["handle"] == before
    written, _ = subjects.add(ledger, keys, incident, Secret(type="name", value="new"), "actor")
    assert written.entries[0].event.key == made["id"]
    assert subjects.seen(ledger, keys, MAIL)["seen"]


def test_without_the_earlier_key_it_says_that_not_all_was_searched(ledger, keys, incident, clock):
    subjects.add(ledger, keys, incident, MAIL, "actor")
    clock.advance(minutes=1)
    made = subject_keys.make(ledger, keys)
    here = Keys(keys.keys[made["id"]])

    found = subjects.seen(ledger, here, MAIL)

    assert (found["seen"], found["missing_keys"]) == (False, [key_id(KEY)])


def test_a_wrong_key_is_refused(ledger, keys, incident):
    wrong = Keys(NEW)
    for act in (
        lambda: subjects.add(ledger, wrong, incident, MAIL, "actor"),
        lambda: subjects.seen(ledger, wrong, MAIL),
        lambda: subject_keys.make(ledger, wrong),
    ):
        with pytest.raises(Misconfigured, match="Wrong key"):
            act()


def test_a_key_made_meanwhile_is_not_passed_over(ledger, keys, incident):
    class Slow(Keys):
        def ring(self, known):
            with ledger.writing() as record:
                record.tx.add_subject_key("ffffffffffffffff", "bob")
            return super().ring(known)

    with pytest.raises(Conflict):
        subjects.add(ledger, Slow(KEY), incident, MAIL, "actor")


def test_keys_go_from_one_machine_to_another(ledger, keys):
    there = Keys()
    text = subject_keys.exported(ledger.store, keys)

    assert subject_keys.imported(ledger.store, there, text) == {"kept": [key_id(KEY)], "missing": []}
    assert there.keys == keys.keys
    with pytest.raises(Misconfigured, match="Wrong key"):
        subject_keys.imported(ledger.store, there, NEW.hex())
    with pytest.raises(Refused, match="no key"):
        subject_keys.imported(ledger.store, there, "nothing")


def test_the_key_of_the_environment_is_taken_where_there_is_none(ledger):
    there = Keys(KEY, given=KEY)

    made = subject_keys.make(ledger, there)

    assert (made["id"], made["kept"]) == (key_id(KEY), "environment")
    with pytest.raises(Refused, match="knows the key"):
        subject_keys.make(ledger, there)


def test_doubts_about_keys(ledger, keys, clock):
    def states(there):
        return [state for state, _found, _hint in subject_keys.doubts(ledger.store, there)]

    assert (states(keys), states(Keys(NEW))) == (["ok"], ["wrong"])
    clock.advance(minutes=1)
    subject_keys.make(ledger, keys)
    assert states(Keys(*list(keys.keys.values())[1:])) == ["warning"]


def test_a_note_that_holds_the_value_is_refused(ledger, keys, incident):
    with pytest.raises(Refused, match="holds the value") as caught:
        subjects.add(ledger, keys, incident, MAIL, "actor", note="it was CANARY@example.org again")
    assert "canary" not in str(caught.value).lower()
