"""Judgement on a shared record, as people type it: plain members decide, time passes, and who may not is told whom to ask."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from shared import as_, put_roster, said, shared_pg  # noqa: F401
from telling import TOKENS, Receivers, roster

pytestmark = pytest.mark.slow

NAME = "Quillfeather of Elm Street"
CANARY = "canary.7f3a@example.org"

TEAMS = """
[teams.counsel]
name = "Counsel"
people = ["bob"]
reads = ["privileged"]

[teams.partner]
name = "Partner"
external = true

[policies.legal-on-call]
fallback = "person:carol"
[[policies.legal-on-call.steps]]
targets = ["person:bob"]

[clocks]
alert = "policy:legal-on-call"
"""

TRIAGE = {
    "reporter_class": "user",
    "one_line": "reports about sign-ups",
    "harm_primary": "frd",
    "imminent": False,
    "child_involved": False,
    "ongoing": True,
    "content_viewed_by": 0,
    "outcome": "incident",
    "bluf": "Many accounts were made at once. Low harm so far. We ask for nothing yet.",
    "confidence": {"level": "moderate", "why": "two sources agree"},
}

BOOK = """
[authorities.example-desk]
body = "Example Duty Desk"
place = ["GB"]
harm = ["life"]
channel = "phone"
phone = "+00 000 0000"
hours = "always"
legal_basis = "what counsel named"
least_data = ["account handle"]
verified_by = "alice"
verified_on = 2026-11-01
"""

CLAUSE = """
[[clauses]]
id = "har-3.2"
version = 1
title = "Repeated unwanted contact"
text = "Contact that goes on after a clear no is not allowed."
effective_from = 2026-03-01
owner = "policy desk"
[[clauses.elements]]
id = "repeated"
text = "Contact was made more than once."
"""


@pytest.fixture
def environ(environ):
    return {**environ, **TOKENS, "ESCALATE_SECRET_SUBJECTS": bytes(range(32)).hex()}


@pytest.fixture
def team(put_roster):
    put_roster(text=roster(more=TEAMS))


@pytest.fixture
def opened(said, team):
    """INC-1, of alice, on which bob may write as well."""
    said("alice", "open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open")


@pytest.fixture
def timers(shared_pg):
    """What kinds of things will happen by themselves."""
    raw = shared_pg.connect()

    def keys():
        return sorted(row["key"].partition("/")[0] for row in raw.execute("SELECT key FROM escalate.timers"))

    return keys


def kinds(said, user="alice", ref="1"):
    return [line["kind"] for line in said(user, f"timeline {ref} --all --json").data]


# ── what happens by itself ──────────────────────────────────────────────────────────────────────────────────────────


def test_clocks_are_set_by_a_member_and_fire_by_a_courier(said, opened, timers):
    said("alice", "clock applies eu-gdpr-33-authority 1 --zone Europe/Berlin --why 'counsel has looked at it'")
    late = said("alice", "fact awareness 1 --at '4 days ago' --why 'verified then'", code=9)
    assert "NO COURIER IS RUNNING, and something was due" in late.stderr
    assert timers()

    said("courier", "work --once", code=None)

    assert "clock.alerted" in kinds(said)
    assert "page.opened" in kinds(said)
    assert said("alice", "verify").exit_code == 0


def test_a_decision_waits_for_another_and_is_looked_at_again(said, opened, timers):
    asked = said("alice", "decide 'Refer?' 1 --choose 'not now' --not-referring --why 'no threat' --json", code=None)
    assert asked.exit_code in {0, 9}, asked.stderr
    said("alice", "severity SEV1 1 --why 'it is worse'", code=None)
    said(
        "alice",
        "decide 'Report?' 1 --choose 'not now' --not-reporting --why 'no threat' --review-on sighting",
        code=None,
    )
    assert timers()
    assert "approval.asked" in kinds(said)
    said("alice", "approve P-1 1", code=4)
    said("bob", "approve P-1 1 --why 'agree'", code=None)
    assert "approval.given" in kinds(said)


def test_an_assessment_that_was_final_for_a_while_expires(said, opened, timers):
    until = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    said("alice", f"assess triage 1 --from - --final --until {until}", stdin=json.dumps(TRIAGE))
    assert timers() == ["assessment"]

    end = time.monotonic() + 10
    while timers() and time.monotonic() < end:
        said("courier", "work --once", code=None)

    assert "assessment.expired" in kinds(said)


def test_breaking_the_glass_is_told_by_a_courier(said, team, timers):
    said("alice", "open 'words of its own' --severity SEV2 --restricted --quiet-open")
    said("alice", "assign lead alice 1", code=None)
    said("bob", "show 1", code=3)

    said("bob", "break-glass INC-1 --why 'nobody can be reached'", code=9)

    assert timers() == ["broken"]
    assert said("bob", "show 1").exit_code == 0
    assert "access.alarmed" not in kinds(said)
    said("courier", "work --once", code=None)
    assert {"access.broken", "access.alarmed", "page.step_fired"} <= set(kinds(said))
    assert "broken" not in timers()
    said("bob", "approve P-1 1", code=4)
    assert said("alice", "approve P-1 1 --json", code=None).data["state"] == "agreed"
    assert said("alice", "verify").exit_code == 0


# ── subjects ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def keyed(said, team):
    said("keeper", "subject key new")


def test_a_key_is_for_a_keeper_to_make(said, team):
    refused = said("alice", "subject key new", code=6)

    assert "escalate db grant-role LOGIN --keeper" in refused.stderr


def test_subjects_are_kept_linked_shown_and_withdrawn_by_a_member(said, keyed, opened):
    add = "subject add 1 --type email --relation actor --from - --json"
    first = said("alice", add, stdin=CANARY).data["handle"]
    other = said("alice", add, stdin="other@example.org").data["handle"]
    said("alice", f"subject link {first} {other} 1 --why 'the same account'")

    assert said("bob", "subject seen --type email --from - --json", stdin=CANARY).data["seen"] is True
    assert said("bob", f"subject show {first[:4]} --json", code=None).exit_code in {0, 2}
    assert len(said("bob", f"subject show {first} --json").data["linked"]) == 1
    said("alice", f"subject withdraw {other} 1 --entry 3 --why 'a mistake'")
    assert said("bob", f"subject show {other} --json", code=None).exit_code in {0, 3}
    assert said("alice", "verify").exit_code == 0


def test_who_only_asks_about_what_they_may_not_read_is_told_to_its_lead(said, keyed, shared_pg):
    said("alice", "open 'words of its own' --severity SEV2 --restricted --quiet-open")
    said("alice", "assign lead alice 1", code=None)
    said("alice", "subject add 1 --type email --relation actor --from -", stdin=CANARY)
    ask = "subject seen --type email --from - --json"

    known, never = (said("bob", ask, stdin=value).data for value in (CANARY, "nobody@example.org"))
    said("bob", ask, stdin=CANARY)  # asked twice before anybody told of it: told once
    assert known == never
    said("alice", ask, stdin=CANARY)
    said("courier", "work --once", code=None)

    matched = [
        line["body"] for line in said("alice", "timeline 1 --all --json").data if line["kind"] == "subject.matched"
    ]
    assert [(one["by"], one["seen_in"]) for one in matched] == [("bob", "")]
    told = [one for one in said("alice", "messages -i 1 --json").data if one["purpose"] == "matched"]
    assert {one["to"] for one in told} == {"person:alice"}
    asked = shared_pg.connect().execute("SELECT DISTINCT entry FROM escalate.matches").fetchall()
    assert len(asked) == 1


# ── erasing, holding, documents ─────────────────────────────────────────────────────────────────────────────────────


def test_two_members_erase_and_messages_lose_the_words(said, opened, shared_pg, put_roster, httpserver):
    Receivers(httpserver)
    put_roster(text=roster(httpserver.url_for(""), more=TEAMS))
    said("alice", f"ping legal -i 1 -m 'please look for {NAME}'", code=None)
    said("courier", "work --once", code=None)
    said("alice", f"log '{NAME} called' -i 1")
    [ping, note] = [line["seq"] for line in said("alice", "timeline 1 --all --json").data if NAME in json.dumps(line)]

    for seq in (ping, note):
        assert said("alice", f"erase {seq} 1 --why 'not about them' --json", code=None).data["erased"] is False
        said("alice", f"erase {seq} 1 --confirm", code=4)
        assert said("bob", f"erase {seq} 1 --confirm --why agreed --json", code=None).data["erased"] is True

    rows = shared_pg.connect().execute("SELECT subject, text FROM escalate.messages WHERE purpose = 'ping'").fetchall()
    assert [(row["subject"], row["text"]) for row in rows] == [("", "")]
    assert "Quillfeather" not in said("alice", "timeline 1 --all").stdout
    assert said("bob", "search Quillfeather --json", code=None).data == []
    assert "2 of them erased" in said("alice", "verify").stdout
    assert said("alice", "db check").stdout.startswith("The record is sound")


def test_messages_are_emptied_only_together_with_an_entry_that_is_erased(said, opened, shared_pg):
    said("alice", "ping legal -i 1 -m 'please look'", code=None)
    said("alice", f"log '{NAME} called' -i 1", code=None)
    [note] = [line["seq"] for line in said("alice", "timeline 1 --all --json").data if NAME in json.dumps(line)]
    said("alice", f"erase {note} 1 --why 'not about them'", code=None)
    said("bob", f"erase {note} 1 --confirm --why agreed", code=None)

    for who in ("alice", "bob", "sender"):
        with pytest.raises(Exception, match=r"kept as it was|permission denied"):
            shared_pg.connect(who).execute("UPDATE escalate.messages SET text = '', subject = ''")


def test_a_subject_and_its_link_go_with_the_entries_that_name_them(said, keyed, opened, shared_pg):
    add = "subject add 1 --type email --relation actor --note 'as the desk said' --from - --json"
    first, other = (said("alice", add, stdin=value).data["handle"] for value in (CANARY, "other@example.org"))
    said("alice", f"subject link {first} {other} 1 --why 'the desk said so'")
    [link] = [line["seq"] for line in said("alice", "timeline 1 --all --json").data if line["kind"] == "subject.linked"]

    said("alice", f"erase {link} 1 --why 'wrong'", code=None)
    said("bob", f"erase {link} 1 --confirm --why agreed", code=None)

    assert shared_pg.connect().execute("SELECT * FROM escalate.links").fetchall() == []
    assert said("alice", "verify").exit_code == 0


def test_a_hold_keeps_everything_until_two_release_it(said, opened):
    said("alice", "hold place 'Matter 14' 1 --scope 'all of it'", code=4)
    said("bob", "hold place 'Matter 14' 1 --scope 'all of it' --custodian desk", code=None)
    said("alice", f"log '{NAME} called' -i 1")
    assert "is held (H-1)" in said("alice", "erase 1 1 --why w", code=4).stderr
    said("bob", "hold release H-1 1 --why closed", code=None)
    assert said("alice", "approve P-1 1 --json", code=None).data["made"] == "H-1"
    assert said("alice", "hold list 1 --json").data[0]["state"] == "released"


def test_a_document_leaves_the_house_by_two(said, opened, tmp_path):
    path = tmp_path / "out.md"
    asked = said("alice", f"summary 1 --audience partner -o {path} --why 'they asked' --json", code=4)
    said("bob", "approve P-1 1 --why 'read it'", code=None)

    issued = said("alice", f"summary 1 --audience partner -o {path} --json")

    assert (issued.data["issued"], issued.data["sha256"]) == (True, asked.data["sha256"])


# ── what is decided, and looked at again ────────────────────────────────────────────────────────────────────────────


def test_decisions_are_taken_up_again_by_what_they_wait_for(said, keyed, opened):
    said("alice", "decide 'Refer?' 1 --choose no --why w --review-on severity:SEV1 --review-on sighting")
    said("bob", "decide 'Wait?' 1 --choose yes --why w --review-on harm:har")
    said("alice", "subject add 1 --type email --relation actor --from -", stdin=CANARY)
    said("bob", "severity SEV1 1 --why 'it is worse'", code=None)
    said("bob", "harm set har 1 --why 'a person is followed'", code=None)

    assert kinds(said).count("decision.reopened") >= 2
    assert said("alice", "verify").exit_code == 0


def test_an_incident_that_becomes_sensitive_is_not_found_by_its_words(said, opened):
    said("alice", "log 'called the desk' -i 1")
    assert len(said("bob", "search desk --json").data) == 1

    said("alice", "harm set life 1 --why 'a person is named'", code=None)

    assert said("bob", "search desk --json", code=None).data == []
    assert said("bob", "search coordinated --json", code=None).data == []
    assert said("alice", "verify").exit_code == 0


def test_a_referral_goes_from_its_words_to_the_answer(said, opened, environ, tmp_path):
    home = tmp_path / "esc-alice"
    home.mkdir(exist_ok=True)
    (home / "authorities.toml").write_text(BOOK, encoding="utf-8")

    assert said("alice", "refer example-desk 1 --basis credible --disclose 'account handle' --json").data["id"] == "R-1"
    said("alice", "refer sent R-1 1 --reference 'desk 114' --call-back 'in 2h' --how phone", code=None)
    assert said("alice", "refer answered R-1 1 --outcome received --json", code=None).data["state"] == "answered"
    said("alice", "authority verify example-desk 1 --outcome refused --how 'unknown there'")
    assert said("bob", "verify").exit_code == 0


def test_clauses_are_applied_by_a_keeper_and_used_by_members(said, opened, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(CLAUSE, encoding="utf-8")
    refused = said("alice", f"guidance apply {path}", code=6)
    assert "escalate db grant-role LOGIN --keeper" in refused.stderr

    said("keeper", f"guidance apply {path}")

    assert said("alice", "clause show har-3.2 --json").data["id"] == "har-3.2"
    made = "decide 'Is it?' 1 --choose yes --why w --clause har-3.2 --element repeated=met --review-on clause:har-3.2"
    said("alice", made)
    assert said("bob", "verify").exit_code == 0
