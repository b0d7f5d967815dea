from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from escalate.app import decisions, guidance
from escalate.domain.decision.rules import Deciding, Doing
from escalate.errors import Refused
from guided import ALL, HARASSMENT, clauses
from two_people import ledger_of

WISH = Deciding(question="Act?", choose="yes", why="it is met")
BOTH = ({"element": "un-wanted", "met": "not", "evidence": "#1"}, {"element": "repeated", "met": "met"})


def filed(text=ALL):
    return [(clause, "c.toml") for clause in clauses(text)]


def test_what_is_new_is_kept_and_the_same_again_is_unchanged(ledger, store):
    first = guidance.apply(ledger, filed(HARASSMENT))
    again = guidance.apply(ledger, filed())
    third = guidance.apply(ledger, filed())

    assert [first["changed"], again["changed"], third["changed"]] == [True, True, False]
    assert [(row["name"], row["change"], row["state"]) for row in again["clauses"]] == [
        ("har-3.2@4", "unchanged", "in-force"),
        ("har-3.2@5", "new", "coming"),
        ("thr-1.1@2", "new", "in-force"),
    ]
    kept = guidance.in_record(store).find("har-3.2@4")
    assert (kept.applied_by, kept.source, kept.applied_at) == ("alice", "c.toml", "2026-11-21T21:00:00.000000Z")
    assert kept.digest == first["clauses"][0]["digest"]


def test_another_content_is_refused_and_nothing_of_it_is_kept(ledger, store):
    guidance.apply(ledger, filed(HARASSMENT))

    with pytest.raises(Refused, match="another content"):
        guidance.apply(ledger, filed(ALL.replace("clear no", "no")))

    assert [one.name for one in guidance.in_record(store).clauses] == ["har-3.2@4"]


def test_to_check_keeps_nothing(ledger, store):
    found = guidance.check(guidance.in_record(store), filed(), datetime(2026, 11, 21, tzinfo=UTC))

    assert [row["state"] for row in found["clauses"]] == ["in-force", "coming", "in-force"]
    assert found["changed"] is False
    assert guidance.in_record(store).clauses == ()


def test_the_record_itself_keeps_clauses_as_they_were(ledger, store):
    guidance.apply(ledger, filed(HARASSMENT))
    store.close()

    with sqlite3.connect(store.path) as database:
        for change in ("UPDATE clauses SET clause = '{}'", "DELETE FROM clauses"):
            with pytest.raises(sqlite3.IntegrityError, match="kept as they were"):
                database.execute(change)
    database.close()


def test_what_was_altered_behind_our_back_is_said(ledger, store):
    guidance.apply(ledger, filed(HARASSMENT))
    store.close()
    with sqlite3.connect(store.path) as database:
        database.execute("DROP TRIGGER clauses_are_kept")
        database.execute("UPDATE clauses SET clause = replace(clause, 'clear no', 'yes')")
    database.close()

    assert guidance.shown(guidance.in_record(store), "har-3.2", datetime(2026, 11, 21, tzinfo=UTC))["intact"] is False


def test_a_decision_by_a_clause_says_the_version_and_every_element(ledger, incident):
    guidance.apply(ledger, filed())

    outcome = decisions.decide(ledger, incident, WISH.but(clause="har-3.2", elements=BOTH))

    made = outcome.written.incident.judgement.decisions["D-1"]
    assert made["clause"] == "har-3.2@4"
    assert made["elements"] == [
        {"element": "repeated", "met": "met"},
        {"element": "un-wanted", "met": "not", "evidence": "#1"},
    ]


@pytest.mark.parametrize("wish", [{"clause": "har-3.2@5"}, {"clause": "har-3.2", "elements": BOTH[:1]}])
def test_what_guidance_refuses_leaves_nothing_behind(ledger, store, incident, wish):
    guidance.apply(ledger, filed())

    with pytest.raises(Refused):
        decisions.decide(ledger, incident, WISH.but(**wish))

    with store.reading() as look:
        assert len(look.entries(incident)) == 1


def test_an_action_by_a_clause_says_the_version(ledger, incident):
    guidance.apply(ledger, filed())

    outcome = decisions.act(ledger, incident, Doing(what="label", clause="thr-1.1"))

    assert outcome.written.incident.judgement.actions["X-1"]["clause"] == "thr-1.1@2"
    with pytest.raises(Refused, match="not in force"):
        decisions.act(ledger, incident, Doing(what="label", clause="har-3.2@5"))


def test_a_second_person_decides_by_the_version_that_was_asked_for(wiring, ledger, incident, apply_roster, clock):
    from escalate.app import approvals
    from escalate.app.incidents import Opening, open_incident
    from two_people import ROSTER

    apply_roster(ROSTER)
    guidance.apply(ledger, filed())
    grave = open_incident(ledger, Opening(title="t", severity="SEV1", quiet=True)).incident.id
    wish = WISH.but(clause="har-3.2", elements=BOTH, declines="referral", threshold="imminence@2")
    outcome = decisions.decide(ledger, grave, wish)
    assert outcome.waits

    clock.advance(days=30)
    written, _approval = approvals.approve(ledger_of(wiring), grave, "P-1")

    made = written.incident.judgement.decisions["D-1"]
    assert (made["clause"], len(made["elements"])) == ("har-3.2@4", 2)


def test_a_later_version_is_told_of_once_it_is_in_force(ledger, store, clock):
    guidance.apply(ledger, filed())
    names = ["har-3.2@4", "gone@1", None]

    before = guidance.standing(store, names, clock.now())
    clock.advance(days=30)
    after = guidance.standing(store, names, clock.now())

    assert before["har-3.2@4"] == {"known": True, "newer": None, "since": None}
    assert after["har-3.2@4"] == {"known": True, "newer": "har-3.2@5", "since": "2026-12-01T08:00:00+00:00"}
    assert after["gone@1"]["known"] is False
    assert guidance.standing(store, [None], clock.now()) == {}
