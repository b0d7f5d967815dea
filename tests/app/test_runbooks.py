from __future__ import annotations

import pytest

from escalate.app import runbooks
from escalate.app.incidents import Opening, open_incident
from escalate.domain.runbook.runbook import parse
from escalate.errors import NotFound, Refused, Usage

TEXT = '+++\ntitle = "T"\nversion = 1\nsummary = "s"\n+++\n- [ ] one\n- [ ] two\n- [ ] three\n'
FIRST, SECOND = parse("first", TEXT), parse("second", TEXT)


def test_starting_writes_the_steps_as_they_are(ledger, incident):
    written, data = runbooks.start(ledger, incident, FIRST)

    event = written.entries[0].event
    assert (event.kind, event.steps, event.sha256) == (
        "runbook.started",
        ["one", "two", "three"],
        FIRST.sha256,
    )
    assert data["progress"] == {"steps": 3, "done": 0, "skipped": 0, "next": 1}


def test_starting_twice_loses_nothing(ledger, incident):
    runbooks.start(ledger, incident, FIRST)
    runbooks.done(ledger, incident, 1)
    written, data = runbooks.start(ledger, incident, FIRST)

    assert (written.entries, data["changed"], data["progress"]["done"]) == ([], False, 1)


def test_a_step_done_twice_is_one_entry(ledger, incident):
    runbooks.start(ledger, incident, FIRST)
    first, data = runbooks.done(ledger, incident, 2, note="went well")
    again, after = runbooks.done(ledger, incident, 2)

    assert (first.entries[0].event.step, first.entries[0].event.note) == (2, "went well")
    assert data["progress"]["next"] == 1
    assert (again.entries, after["changed"]) == ([], False)


def test_a_step_is_skipped_for_a_reason_and_may_be_done_later(ledger, incident):
    runbooks.start(ledger, incident, FIRST)
    with pytest.raises(Refused):
        runbooks.skip(ledger, incident, 1, why=" ")
    runbooks.skip(ledger, incident, 1, why="nothing to stop")
    again, _ = runbooks.skip(ledger, incident, 1, why="really")
    written, data = runbooks.done(ledger, incident, 1)

    assert again.entries == []
    assert len(written.entries) == 1
    assert data["progress"] == {"steps": 3, "done": 1, "skipped": 0, "next": 2}


def test_what_is_done_cannot_be_skipped(ledger, incident):
    runbooks.start(ledger, incident, FIRST)
    runbooks.done(ledger, incident, 1)

    with pytest.raises(Refused, match="done already"):
        runbooks.skip(ledger, incident, 1, why="x")


@pytest.mark.parametrize("step", [0, -1, 4, 10**9])
def test_an_unknown_step_is_refused(ledger, incident, step):
    runbooks.start(ledger, incident, FIRST)

    with pytest.raises(Refused, match="has no step"):
        runbooks.done(ledger, incident, step)


def test_nothing_is_ticked_off_where_nothing_is_started(ledger, incident):
    with pytest.raises(Refused, match="No runbook is started in INC-1"):
        runbooks.done(ledger, incident, 1)


def test_with_several_started_one_says_which(ledger, incident):
    runbooks.start(ledger, incident, FIRST)
    runbooks.start(ledger, incident, SECOND)

    with pytest.raises(Usage, match="first, second"):
        runbooks.done(ledger, incident, 1)
    with pytest.raises(Refused, match="has not started"):
        runbooks.done(ledger, incident, 1, runbook="third")
    assert runbooks.done(ledger, incident, 1, runbook="second")[1]["runbook"] == "second"


def test_showing_says_how_far_an_incident_is_and_whether_the_file_changed(ledger, store, incident):
    runbooks.start(ledger, incident, FIRST)
    runbooks.done(ledger, incident, 3)

    shown = runbooks.show(FIRST, store, incident)
    assert [step["state"] for step in shown["steps"]] == ["open", "open", "done"]
    assert (shown["incident"], shown["started"], shown["changed_since"]) == ("INC-1", True, False)
    assert runbooks.show(parse("first", TEXT.replace("two", "2")), store, incident)["changed_since"] is True
    assert [step["state"] for step in runbooks.show(FIRST)["steps"]] == [None, None, None]
    with pytest.raises(NotFound):
        runbooks.show(FIRST, store, "nowhere")


def test_the_list_marks_what_fits_and_survives_a_broken_file(ledger, store, wiring):
    grave = open_incident(ledger, Opening(title="Held back", severity="SEV1", harm=["cse"])).incident.id
    folder = wiring.home / "runbooks"
    folder.mkdir(parents=True)
    (folder / "broken.md").write_text("nothing\n")
    rows = {row["name"]: row for row in runbooks.listed(wiring.library, store, grave)}

    assert rows["child-safety"]["fits"] is True
    assert rows["threat-to-life"]["fits"] is False
    assert "1 mistake" in rows["broken"]["problem"] or "mistakes" in rows["broken"]["problem"]
    assert {row["fits"] for row in runbooks.listed(wiring.library) if not row["problem"]} == {None}


MARKED = TEXT.replace("one", "one. Run: `escalate show {ref}`").replace("two", "two. Run: `escalate db restore x`")


def nothing_unknown(_command):
    return None


def test_the_way_has_the_exact_commands_and_why_one_is_not_offered(ledger, store, incident):
    book = parse("first", MARKED)
    before = runbooks.walk(store, incident, book, nothing_unknown)
    runbooks.start(ledger, incident, book)
    runbooks.done(ledger, incident, 3)
    steps = runbooks.walk(store, incident, book, nothing_unknown)["steps"]

    assert (before["started"], before["incident"]) == (False, "INC-1")
    assert [step["run"] for step in steps] == ["escalate show INC-1", None, None]
    assert [len(step["refused"]) for step in steps] == [0, 1, 0]
    assert [step["state"] for step in steps] == ["open", "open", "done"]
    assert [step["run"] for step in runbooks.show(book)["steps"]] == ["escalate show {ref}", None, None]


def test_the_commands_of_a_file_that_changed_are_not_offered(ledger, store, incident):
    runbooks.start(ledger, incident, parse("first", MARKED))
    now = parse("first", TEXT.replace("one", "other. Run: `escalate close`"))

    first, second, third = runbooks.walk(store, incident, now, nothing_unknown)["steps"]
    assert (first["text"], first["run"]) == ("one. Run: `escalate show {ref}`", None)
    assert "changed" in first["refused"][0]
    assert "changed" in second["refused"][0]
    assert third["refused"] == []


def test_without_a_name_the_only_one_that_is_started_is_meant(ledger, store, incident):
    with pytest.raises(Refused, match="No runbook is started"):
        runbooks.chosen(store, incident, None)
    runbooks.start(ledger, incident, FIRST)
    assert runbooks.chosen(store, incident, None) == "first"
    runbooks.start(ledger, incident, SECOND)
    with pytest.raises(Usage) as several:
        runbooks.chosen(store, incident, None)
    assert several.value.hint == "Say which: escalate runbook run first"
    assert runbooks.chosen(store, incident, "second") == "second"


@pytest.mark.parametrize(
    ("harm", "first"),
    [
        ("cse", "child-safety"),
        ("life", "threat-to-life"),
        ("vex", "threat-to-life"),
        ("cbrn:bio", "cbrn"),
        ("frd:abuse-network", "account-network"),
        ("inf", "account-network"),
        ("ais:policy-regression", "model-regression"),
        ("prv", "data-exposure"),
        ("sec:breach", "data-exposure"),
        ("har:doxxing", "responder-safety"),
        ("oth", "law-enforcement-request"),
    ],
)
def test_the_list_begins_with_what_the_incident_is_mainly_about(ledger, store, wiring, harm, first):
    grave = open_incident(ledger, Opening(title="Held back", severity="SEV1", harm=[harm])).incident.id

    assert runbooks.listed(wiring.library, store, grave)[0]["name"] == first
