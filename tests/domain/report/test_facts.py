from __future__ import annotations

import pytest

from domain.report.record import POLICY, Record, opened
from escalate.domain.incident.fold import fold
from escalate.domain.report.facts import durations, gaps, lasting
from escalate.domain.timeline.corrections import lines
from escalate.domain.timeline.events import (
    FactStated,
    IncidentMitigated,
    IncidentResolved,
    NoteAdded,
    PageAcknowledged,
    PageOpened,
    PageStepFired,
)


def stated(**facts):
    record = Record()
    record.add(opened())
    for name, at in facts.items():
        record.add(FactStated(name=name.replace("_", "-"), why="w"), at, recorded=200)
    return record


def counted(record):
    return durations(fold(record.entries), record.entries)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, (None, None, None), id="nothing stated"),
        pytest.param({"detected": 3}, (None, None, None), id="no start of impact"),
        pytest.param({"impact_started": -10}, (None, None, None), id="a start alone"),
        pytest.param(
            {"impact_started": -10, "detected": 1, "mitigated": 81, "resolved": 82},
            (660, 5460, 5520),
            id="all",
        ),
        pytest.param({"impact_started": 5, "detected": 3}, (-120, None, None), id="an alert came first"),
        pytest.param({"impact_started": 5, "detected": 5}, (0, None, None), id="at once"),
    ],
)
def test_durations_count_from_the_start_of_impact(facts, expected):
    found = counted(stated(**facts))

    assert (found["detect"], found["mitigate"], found["resolve"]) == expected


def test_a_later_statement_of_a_fact_counts():
    record = stated(impact_started=-10, detected=5)
    record.add(FactStated(name="detected", why="found an earlier log"), -8, recorded=210)

    assert counted(record)["detect"] == 120


def test_a_status_stands_in_for_a_fact_and_opening_for_a_start():
    record = stated(impact_started=-10)
    record.add(IncidentMitigated(), 20)
    record.add(IncidentResolved(), 50)

    found = counted(record)

    assert (found["mitigate"], found["resolve"]) == (1800, 3600)
    assert (found["respond_mitigate"], found["respond_resolve"]) == (1200, 3000)


def paged(*more, test=False):
    record = Record()
    record.add(opened())
    record.add(PageOpened(page="p", number=1, target="policy:x", policy=POLICY, test=test), 1)
    record.add(PageStepFired(page="p", pass_=1, step=1, people=["alice"], ways=[], roster_version=1), 1)
    for event, at in more:
        record.add(event, at)
    return record


@pytest.mark.parametrize(
    ("more", "test", "seconds"),
    [
        pytest.param([], False, None, id="nobody answered"),
        pytest.param([(PageAcknowledged(page="p", by="alice"), 4)], False, 180, id="from the first step"),
        pytest.param(
            [
                (PageAcknowledged(page="p", by="alice", heard="by phone"), 4),
                (PageAcknowledged(page="p", by="bob"), 6),
            ],
            False,
            300,
            id="what was heard from another does not count",
        ),
        pytest.param([(PageAcknowledged(page="p", by="alice"), 4)], True, None, id="a test of the pager"),
    ],
)
def test_time_to_acknowledge(more, test, seconds):
    assert counted(paged(*more, test=test))["acknowledge"] == seconds


def test_silences_are_found_while_the_incident_is_not_resolved():
    record = Record()
    record.add(opened())
    record.add(NoteAdded(text="a"), 60)
    record.add(NoteAdded(text="after a long silence"), 121)
    record.add(IncidentResolved(), 130)
    record.add(NoteAdded(text="next week"), 10_000)

    [gap] = gaps(lines(record.entries), fold(record.entries))

    assert (gap.seq, gap.length.total_seconds()) == (3, 3660)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (45, "45 s"), (660, "11 min"), (5460, "1 h 31 min"), (90061, "1 d 1 h"), (-120, "−2 min")],
)
def test_lasting(seconds, said):
    assert lasting(seconds) == said
