"""How soon a team wants to have answered, and what of that is met, due or late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.report.record import POLICY, Record, minute, opened
from escalate.adapters.library import Library
from escalate.adapters.severity_file import at
from escalate.domain.incident.fold import fold
from escalate.domain.incident.state import Incident
from escalate.domain.incident.targets import SHIPPED, late, length, standing
from escalate.domain.roster import Roster
from escalate.domain.timeline import events as ev
from escalate.resources import bundled

ROSTER = Roster.from_plain({
    "version": 1,
    "teams": {
        "crew": {"slug": "crew", "name": "Crew", "people": ["bob"]},
        "counsel": {"slug": "counsel", "name": "Counsel", "people": ["carol"], "reads": ["privileged"]},
    },
})  # fmt: skip
FINAL = ev.AssessmentFinalised(template="triage", version=1, answers={})
BY_ROUTE = ev.TeamPinged(team="counsel", because="opened")
BY_HAND = ev.TeamPinged(team="crew", text="words")
SUMMARY = ev.ReportExported(report="summary", format="md", audience="default", sha256="a", marking="m", up_to=1)
DUE = {"acknowledge": "due", "assessment": "due", "legal": "due", "update": "due"}


def page(*people, test=False, id_="p1"):
    return [
        ev.PageOpened(page=id_, number=1, target="policy:p", policy=POLICY, test=test),
        ev.PageStepFired(page=id_, pass_=1, step=1, people=list(people), ways=[], roster_version=1),
    ]


def happened(*then, **opening):
    """`then` are (minutes, event, event …), after the incident was opened at minute 0."""
    record = Record()
    record.add(opened(**opening))
    for when, *events in then:
        for event in events:
            record.add(event, when)
    return fold(record.entries)


def states(incident, at_minute, targets=SHIPPED, roster=ROSTER):
    return {one.name: one.state for one in standing(incident, targets, roster, minute(at_minute))}


def test_what_comes_with_escalate_is_what_its_file_says():
    path = bundled("templates") / "severity" / "core.toml"
    scale = at(path, Library(own=path, bundled=path).text_at)

    assert scale.targets == SHIPPED
    assert "SEV4" not in scale.targets


@pytest.mark.parametrize(
    ("at_minute", "expected"),
    [
        pytest.param(0, DUE, id="just opened"),
        pytest.param(15, DUE, id="exactly when it is due, it is not late"),
        pytest.param(16, DUE | {"acknowledge": "late"}, id="a minute after"),
        pytest.param(61, DUE | {"acknowledge": "late", "legal": "late"}, id="an hour"),
        pytest.param(241, dict.fromkeys(DUE, "late"), id="four hours"),
    ],
)
def test_nobody_did_anything(at_minute, expected):
    assert states(happened(), at_minute) == expected


@pytest.mark.parametrize(
    ("then", "name", "expected"),
    [
        pytest.param(
            [(2, *page("bob")), (10, ev.PageAcknowledged(page="p1", by="bob"))], "acknowledge", "met", id="answered"
        ),
        pytest.param([(2, *page("bob"))], "acknowledge", "late", id="paged is not answered"),
        pytest.param(
            [(2, *page("bob")), (20, ev.PageAcknowledged(page="p1", by="bob"))], "acknowledge", "met late", id="late"
        ),
        pytest.param(
            [(2, *page("bob", test=True)), (3, ev.PageAcknowledged(page="p1", by="bob"))],
            "acknowledge",
            "late",
            id="a test page",
        ),
        pytest.param([(9, FINAL)], "assessment", "met", id="an assessment is final"),
        pytest.param(
            [(9, ev.AssessmentDrafted(template="triage", version=1, answers={}))],
            "assessment",
            "late",
            id="a draft is not",
        ),
        pytest.param([(9, BY_ROUTE)], "legal", "met", id="Legal was pinged"),
        pytest.param([(9, BY_HAND)], "legal", "late", id="another team is not Legal"),
        pytest.param([(9, *page("carol"))], "legal", "met", id="somebody of Legal was paged"),
        pytest.param([(9, BY_ROUTE)], "update", "late", id="what routes ping is no update"),
        pytest.param([(230, BY_HAND)], "update", "due", id="a ping by hand is one"),
        pytest.param([(230, SUMMARY)], "update", "due", id="so is a summary"),
        pytest.param([(5, SUMMARY)], "update", "late", id="one that is too long ago is not"),
    ],
)
def test_what_meets_a_target(then, name, expected):
    assert states(happened(*then), 300)[name] == expected


def test_an_update_is_due_again_after_each():
    incident = happened((60, SUMMARY), (100, BY_HAND))

    [update] = [one for one in standing(incident, SHIPPED, ROSTER, minute(110)) if one.name == "update"]

    assert (update.met_at, update.due) == (minute(100), minute(340))


def test_it_counts_from_when_the_severity_was_raised_to_this_level():
    raised = (600, ev.SeverityChanged(severity="SEV0", was="SEV3", why="w"))
    lowered = (660, ev.SeverityChanged(severity="SEV1", was="SEV0", why="w"))

    assert states(happened(raised, severity="SEV3"), 604) == DUE
    assert states(happened(raised, severity="SEV3"), 606)["acknowledge"] == "late"
    [first, *_] = standing(happened(raised, lowered, severity="SEV3"), SHIPPED, ROSTER, minute(700))
    assert (first.severity, first.since) == ("SEV1", minute(600))


def test_what_was_reached_before_it_was_raised_stays_reached():
    raised = (600, ev.SeverityChanged(severity="SEV0", was="SEV2", why="w"))

    assert states(happened((9, FINAL), raised, severity="SEV2"), 1000)["assessment"] == "met"


@pytest.mark.parametrize(
    ("then", "opening"),
    [
        pytest.param([(1, ev.IncidentResolved())], {}, id="resolved"),
        pytest.param([(1, ev.IncidentClosed(disposition="incident", worst="SEV1"))], {}, id="closed"),
        pytest.param([], {"severity": "SEV4"}, id="a level without targets"),
        pytest.param([], {"imported_from": "notes.jsonl"}, id="brought in from elsewhere"),
    ],
)
def test_nothing_of_these_is_late(then, opening):
    assert states(happened(*then, **opening), 9000) == {}


@pytest.mark.parametrize("then", [[], [(1, ev.IncidentMitigated())]])
def test_a_drill_and_what_is_mitigated_are_still_watched(then):
    assert states(happened(*then, drill=True), 20)["acknowledge"] == "late"


def test_what_is_reopened_counts_anew():
    incident = happened((1, ev.IncidentResolved()), (600, ev.IncidentReopened()))

    assert states(incident, 610) == DUE


@pytest.mark.parametrize(
    ("then", "name", "command"),
    [
        ([], "acknowledge", "escalate page TARGET -i INC-12"),
        ([(2, *page("bob"))], "acknowledge", "escalate ack INC-12/1"),
        ([], "assessment", "escalate assess triage INC-12 --final"),
        ([], "legal", "escalate ping counsel -i INC-12"),
        ([], "update", "escalate summary INC-12"),
    ],
)
def test_what_to_do_is_said(then, name, command):
    found = {one.name: one for one in standing(happened(*then), SHIPPED, ROSTER, minute(300))}

    assert found[name].public()["command"] == command


def test_where_no_team_is_legal_a_roster_is_asked_for():
    found = {one.name: one for one in standing(happened(), SHIPPED, Roster(), minute(0))}

    assert found["legal"].command == "escalate apply roster.toml"


def test_the_worst_and_the_longest_late_come_first():
    worse, other = happened(severity="SEV0"), happened(severity="SEV2").but(number=3)

    found = late([other, worse], SHIPPED, ROSTER, minute(65))

    assert [(incident.severity, one.name) for incident, one in found] == [
        ("SEV0", "acknowledge"), ("SEV0", "legal"), ("SEV0", "assessment"), ("SEV0", "update"), ("SEV2", "acknowledge"),
    ]  # fmt: skip


def test_what_it_keeps_survives_being_kept():
    incident = happened((2, *page("bob")), (3, ev.PageAcknowledged(page="p1", by="bob")), (4, BY_ROUTE), (5, FINAL))

    assert Incident.from_plain(incident.plain()) == incident
    assert set(incident.reached) == {"person:bob", "acknowledged", "team:counsel", "assessed"}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("5m", 5), ("1h30m", 90), ("24h", 1440), ("3d", 4320), ("90 min", 90), ("", None), ("0m", None), ("91d", None),
     ("5", None), ("m", None), ("1h 5s", None), ("-5m", None)],
)  # fmt: skip
def test_lengths(text, minutes):
    assert length(text) == (None if minutes is None else timedelta(minutes=minutes))
