from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.report.record import POLICY, Record, full, minute, opened
from escalate.domain.incident.fold import apply, fold
from escalate.domain.incident.state import Head, Incident
from escalate.domain.timeline import events as ev
from escalate.domain.timeline.arrival import IncidentBroughtIn
from escalate.domain.timeline.event import Unrecognised

WORDS = st.text("abc ", min_size=1, max_size=4)
LEVELS = st.sampled_from(["SEV0", "SEV1", "SEV2", "SEV3", "SEV4"])
IDS = st.integers(1, 14).map(lambda number: f"00000000-0000-0000-0000-{number:012x}")
PAGES = st.sampled_from(["p1", "p2"])

HAPPENED = st.one_of(
    st.builds(ev.NoteAdded, text=WORDS),
    st.builds(ev.FactStated, name=st.sampled_from(["detected", "impact-started"]), why=WORDS),
    st.builds(ev.EntryCorrected, entry=IDS, why=WORDS, text=st.none() | WORDS, at=st.none() | st.integers(0, 9).map(minute)),
    st.builds(ev.EntryWithdrawn, entry=IDS, why=WORDS),
    st.builds(ev.SeverityChanged, severity=LEVELS, was=LEVELS, why=WORDS),
    st.builds(ev.RoleAssigned, role=st.sampled_from(["lead", "legal"]), person=WORDS),
    st.builds(ev.IncidentMitigated),
    st.builds(ev.IncidentResolved),
    st.builds(ev.IncidentClosed, disposition=st.just("duplicate"), worst=LEVELS, duplicate_of=st.just("INC-7")),
    st.builds(ev.IncidentReopened),
    st.builds(ev.IncidentNumbered, number=st.integers(1, 99)),
    st.builds(IncidentBroughtIn),
    st.builds(ev.PageOpened, page=PAGES, number=st.just(1), target=st.just("person:alice"), policy=st.just(POLICY)),
    st.builds(
        ev.PageStepFired, page=PAGES, pass_=st.integers(1, 2), step=st.integers(1, 2), people=st.just(["alice"]), ways=st.just([]),
        roster_version=st.just(1),
    ),
    st.builds(ev.PageAcknowledged, page=PAGES, by=st.just("alice")),
    st.builds(ev.PageEscalated, page=PAGES),
    st.builds(ev.PageExhausted, page=PAGES),
    st.builds(ev.PageCancelled, page=PAGES),
    st.builds(ev.AssessmentDrafted, template=st.just("triage"), version=st.just(1), answers=st.dictionaries(WORDS, st.none() | WORDS)),
    st.builds(ev.RunbookStarted, runbook=st.just("cs"), sha256=st.just("a" * 64), steps=st.just(["one", "two"])),
    st.builds(ev.RunbookStepDone, runbook=st.just("cs"), step=st.integers(1, 2)),
    st.builds(Unrecognised, of=st.just("moon.landed"), body=st.just({})),
)  # fmt: skip


@st.composite
def histories(draw):
    record = Record()
    record.add(opened(reported_at=minute(-3), harm=["har"]))
    for event in draw(st.lists(HAPPENED, max_size=14)):
        record.add(event, draw(st.integers(0, 20)))
    return record.entries


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_a_state_brought_up_to_date_is_the_state_of_a_full_fold(entries, data):
    cut = data.draw(st.integers(1, len(entries)))

    kept = json.loads(json.dumps(fold(entries[:cut]).plain()))
    brought = fold(entries[cut:], Incident.from_plain(kept))

    assert brought == fold(entries)
    assert brought.plain() == fold(entries).plain()


@settings(max_examples=40, deadline=None)
@given(histories())
def test_whatever_happens_the_fold_knows_where_it_ends_and_the_worst_it_was(entries):
    incident = fold(entries)

    assert incident.head == Head(seq=len(entries), digest=entries[-1].digest, recorded_at=entries[-1].recorded)
    assert incident.peak_severity <= incident.severity
    assert all(stated for stated in incident.facts.values())
    json.dumps(incident.public())


def made(*happened, **given):
    record = Record()
    record.add(opened(**given))
    for number, event in enumerate(happened, start=1):
        record.add(event, number)
    return fold(record.entries)


def test_the_first_entry_opens_or_the_timeline_is_damaged():
    entry = Record().add(ev.NoteAdded(text="t"))

    with pytest.raises(ValueError, match=r"entry 1 \(note.added\) does not open an incident"):
        apply(None, entry)


@pytest.mark.parametrize(
    ("happened", "status"),
    [
        pytest.param([], "open", id="opened"),
        pytest.param([ev.IncidentMitigated()], "mitigated", id="mitigated"),
        pytest.param([ev.IncidentMitigated(), ev.IncidentResolved()], "resolved", id="resolved"),
        pytest.param([ev.IncidentClosed(disposition="incident", worst="SEV1")], "closed", id="closed"),
        pytest.param([ev.IncidentResolved(), ev.IncidentReopened()], "open", id="reopened"),
        pytest.param([ev.FactStated(name="resolved", why="w")], "open", id="a fact changes no status"),
    ],
)
def test_status(happened, status):
    assert made(*happened).status == status


def test_reopening_takes_back_how_it_ended_but_not_that_it_was_mitigated():
    closed = ev.IncidentClosed(disposition="duplicate", worst="SEV1", duplicate_of="INC-7")

    incident = made(ev.IncidentMitigated(), ev.IncidentResolved(), closed, ev.IncidentReopened())

    assert (incident.disposition, incident.worst, incident.duplicate_of) == (None, None, None)
    assert incident.changed_at == {"mitigated": minute(1)}


def test_the_latest_statement_of_a_fact_counts_and_the_earlier_ones_stand():
    first, second = (
        ev.FactStated(name="detected", why="alert"),
        ev.FactStated(name="detected", why="log", supersedes="x"),
    )

    incident = made(first, second)

    assert [fact.why for fact in incident.facts["detected"]] == ["alert", "log"]
    assert incident.milestone("detected") == minute(2)


def test_a_withdrawn_statement_brings_the_one_before_it_back():
    record = Record()
    record.add(opened())
    record.add(ev.FactStated(name="detected", why="alert"), 1)
    later = record.add(ev.FactStated(name="detected", why="log"), 2)
    record.add(ev.EntryWithdrawn(entry=later.id, why="w"), 3)

    assert fold(record.entries).milestone("detected") == minute(1)


def test_a_corrected_fact_has_its_new_time_and_how_exactly_that_is_known():
    record = Record()
    record.add(opened())
    stated = record.add(ev.FactStated(name="detected", why="alert"), 9)
    record.add(ev.EntryCorrected(entry=stated.id, at=minute(4), text="the log", why="w"), 10, precision="minute")

    [fact] = fold(record.entries).facts["detected"]

    assert (fact.at, fact.precision, fact.why) == (minute(4), "minute", "the log")


def test_a_milestone_is_the_fact_or_else_the_status():
    assert made(ev.IncidentMitigated()).milestone("mitigated") == minute(1)
    assert made(ev.IncidentMitigated(), ev.FactStated(name="mitigated", why="w")).milestone("mitigated") == minute(2)
    assert made().milestone("mitigated") is None


@pytest.mark.parametrize(
    ("harm", "sensitive"),
    [(["cse"], True), (["life:threat"], True), (["har", "cbrn"], True), (["har"], False), ([], False)],
)
def test_some_harms_make_an_incident_sensitive(harm, sensitive):
    assert made(harm=harm).sensitive is sensitive


def test_what_a_newer_version_wrote_is_passed_over():
    incident = made(Unrecognised(of="moon.landed", body={}))

    assert incident.head.seq == 2


def test_a_whole_incident_shows_what_the_contract_says():
    shown = fold(full().entries).public()

    assert set(shown) >= {
        "ref", "id", "code_name", "title", "status", "severity", "peak_severity", "harm", "opened_at", "mitigated_at",
        "resolved_at", "closed_at", "roles", "unacknowledged_pages", "next_deadline", "head",
    }  # fmt: skip
    assert (shown["ref"], shown["status"], shown["mitigated_at"]) == (
        "INC-12",
        "mitigated",
        "2026-11-21T23:00:00+00:00",
    )
    assert shown["head"]["seq"] == len(full().entries)


def test_a_head_is_short_on_messages():
    assert Head(seq=14, digest="3fa9c1d2b7e0" + "0" * 52).short == "#14:3fa9c1d2b7e0"
