"""The clocks of an incident, folded from its timeline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.report.record import Record, opened
from escalate.adapters.clock_file import ClockFiles
from escalate.domain.clocks.running import Clocks
from escalate.domain.clocks.standing import clock_of, row_of
from escalate.domain.incident.fold import fold
from escalate.domain.incident.state import Incident
from escalate.domain.incident.timers import due, timers
from escalate.domain.instants import to_text
from escalate.domain.timeline import events as ev
from escalate.domain.timeline import judgements as ju
from escalate.resources import bundled

ROWS = {row.id: row for row in ClockFiles(bundled=bundled("templates").parent, own=bundled("nowhere")).all()}
GDPR, TIP, DORA = "eu-gdpr-33-authority", "us-2258a-cybertip", "eu-dora-initial"
T0 = datetime(2026, 11, 20, 13, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def applies(id_, **more):
    given = {"zone": "Europe/Brussels", "alerts": [50, 80, 95], **more}
    return ju.ClockApplies(clock=id_, row=row_of(ROWS[id_]), why="w", **given)


def fact(name):
    return ev.FactStated(name=name, why="w")


class Told:
    """A timeline on which things happen at given times."""

    def __init__(self):
        self.record = Record()
        self.record.add(opened())

    def add(self, event, at=T0):
        self.record.entries[-1] = self.record.add(event).but(occurred_at=to_text(at))
        return self

    @property
    def incident(self):
        found = fold(self.record.entries)
        again = Incident.from_plain(json.loads(json.dumps(found.plain())))
        assert again == found
        assert again.plain() == found.plain()
        return found

    def one(self):
        incident = self.incident
        return incident.clocks.reckoned(incident)[0]


@pytest.fixture
def told():
    return Told()


@pytest.mark.slow
@pytest.mark.parametrize("id_", ROWS)
def test_a_row_comes_out_of_its_entry_as_it_went_in(id_):
    assert clock_of(json.loads(json.dumps(row_of(ROWS[id_])))) == ROWS[id_]


def test_nothing_counts_from_when_it_was_opened(told):
    found = told.add(applies(GDPR)).one()

    assert found.state == "waiting for fact awareness"
    assert (found.strict, found.deadline.start, found.deadline.missing) == (None, None, ("awareness",))
    assert timers(told.incident) == []
    assert told.incident.public()["next_deadline"] is None


def test_it_runs_from_its_fact(told):
    found = told.add(applies(GDPR)).add(fact("awareness"), T0).one()

    assert (found.state, found.strict) == ("running", T0 + 72 * HOUR)
    assert [(timer.event.stage, timer.at - T0) for timer in timers(told.incident)] == [
        ("50", 36 * HOUR),
        ("80", timedelta(hours=57.6)),
        ("95", timedelta(hours=68.4)),
        ("late", 72 * HOUR),
    ]
    assert told.incident.public()["next_deadline"] == {"clock": GDPR, "strict": (T0 + 72 * HOUR).isoformat()}


def test_of_several_stages_that_are_due_the_last_one_is_told(told):
    told.add(applies(GDPR)).add(fact("awareness"), T0)

    event, _ = due(told.incident, T0 + 70 * HOUR)
    told.add(event)

    assert (event.stage, event.strict) == ("95", T0 + 72 * HOUR)
    assert due(told.incident, T0 + 70 * HOUR) is None
    assert [timer.event.stage for timer in timers(told.incident)] == ["late"]


def test_each_of_several_clocks_tells_by_itself(told):
    told.add(applies(GDPR)).add(applies("eu-nis2-23-early-warning")).add(fact("awareness"), T0)

    first, _ = due(told.incident, T0 + 100 * HOUR)
    second, _ = due(told.add(first).incident, T0 + 100 * HOUR)

    assert {first.clock, second.clock} == {GDPR, "eu-nis2-23-early-warning"}
    assert {first.stage, second.stage} == {"late"}
    assert due(told.add(second).incident, T0 + 100 * HOUR) is None


def test_a_fact_that_was_corrected_and_corrected_back_is_told_of_again_under_another_id(told):
    told.add(applies(GDPR)).add(fact("awareness"), T0)
    event, first = due(told.incident, T0 + 40 * HOUR)
    told.add(event).add(fact("awareness"), T0 - HOUR).add(ju.ClockRecomputed(clock=GDPR, fact="awareness"))
    told.add(fact("awareness"), T0).add(ju.ClockRecomputed(clock=GDPR, fact="awareness"))

    event, second = due(told.incident, T0 + 40 * HOUR)

    assert event.stage == "50"
    assert first != second


def test_without_a_number_the_team_s_own_target_is_what_alerts_and_it_is_no_deadline(told):
    told.add(applies(TIP, own_target=4 * 3600)).add(fact("actual-knowledge"), T0)
    found = told.one()

    assert (found.strict, found.deadline.outer, found.deadline.target) == (None, None, T0 + 4 * HOUR)
    event, _ = due(told.incident, T0 + 2 * HOUR)
    assert (event.stage, event.strict, event.target) == ("50", None, T0 + 4 * HOUR)
    assert due(told.add(event).incident, T0 + 3 * HOUR) is None
    assert told.incident.public()["next_deadline"] is None


def test_without_a_number_or_a_target_it_runs_and_nothing_alerts(told):
    found = told.add(applies(TIP)).add(fact("actual-knowledge"), T0).one()

    assert (found.state, found.limit, found.is_pending) == ("running", None, True)
    assert timers(told.incident) == []


def test_while_awareness_is_missing_it_alerts_on_what_it_is_never_after(told):
    found = told.add(applies(DORA)).add(fact("classification"), T0).one()

    assert (found.state, found.strict, found.due) == ("running", None, T0 + 4 * HOUR)
    assert found.deadline.missing == ("awareness",)
    assert timers(told.incident)[-1].at == T0 + 4 * HOUR


@pytest.mark.parametrize(("hours", "state"), [(71, "submitted"), (72, "submitted"), (73, "met_late")])
def test_submitted_in_time_or_late(told, hours, state):
    told.add(applies(GDPR)).add(fact("awareness"), T0)
    told.add(fact(f"submitted:{GDPR}"), T0 + hours * HOUR).add(ju.ClockSubmitted(clock=GDPR, reference="r"))

    assert told.one().state == state
    assert timers(told.incident) == []


def test_a_further_report_changes_not_when_it_was_first_submitted(told):
    told.add(applies(GDPR)).add(fact("awareness"), T0)
    for hours, reference in ((10, "a"), (90, "b")):
        told.add(fact(f"submitted:{GDPR}"), T0 + hours * HOUR).add(ju.ClockSubmitted(clock=GDPR, reference=reference))

    assert told.one().submitted_at == T0 + 10 * HOUR
    assert told.one().state == "submitted"


def test_once_the_fact_that_it_was_submitted_is_withdrawn_it_runs_again(told):
    told.add(applies(GDPR)).add(fact("awareness"), T0).add(fact(f"submitted:{GDPR}"), T0 + HOUR)
    stated = told.record.entries[-1].id
    told.add(ju.ClockSubmitted(clock=GDPR, reference="r"))
    assert told.one().state == "submitted"

    told.add(ev.EntryWithdrawn(entry=stated, why="it was a draft"))

    assert told.one().state == "running"
    assert timers(told.incident)


def test_a_fact_by_itself_settles_no_clock(told):
    told.add(applies(GDPR)).add(fact("awareness"), T0).add(fact(f"submitted:{GDPR}"), T0 + HOUR)

    assert told.one().state == "running"


@pytest.mark.parametrize(
    ("event", "state"),
    [(ju.ClockDismissed(clock=GDPR, why="w"), "not_applicable"), (ju.ClockStopped(clock=GDPR, why="w"), "stopped")],
    ids=["dismissed", "stopped"],
)
def test_what_does_not_run_any_more_tells_nobody_until_it_applies_again(told, event, state):
    told.add(applies(GDPR)).add(fact("awareness"), T0).add(event)
    assert (told.one().state, timers(told.incident)) == (state, [])

    told.add(applies(GDPR))

    assert told.one().state == "running"
    assert [each["said"] for each in told.one().standing.past] == [
        "applies",
        state.replace("not_applicable", "dismissed"),
        "applies",
    ]


def test_the_law_does_not_stop_where_an_incident_is_closed(told):
    """Closing is refused while a clock runs; a record that came from elsewhere may hold one all the same."""
    told.add(applies(GDPR)).add(fact("awareness"), T0).add(ev.IncidentResolved())
    running = timers(told.incident)

    told.add(ev.IncidentClosed(disposition="incident", worst="SEV2"))

    assert running
    assert timers(told.incident) == running


def test_keeping_is_nothing_to_be_sent(told):
    told.add(applies("us-2258a-preserve")).add(fact(f"submitted:{TIP}"), T0)
    found = told.one()

    assert (found.state, found.is_pending) == ("running", False)
    assert timers(told.incident) == []
    assert told.incident.public()["next_deadline"] is None


def test_holidays_are_those_written_down_and_no_package_is_asked(told):
    days = ["2026-11-30 A day, there", "no day at all"]
    told.add(applies("eu-aiact-73-death", holidays=days)).add(fact("awareness"), T0)

    found = told.one()

    assert found.strict.date().isoformat() == "2026-11-30"
    assert found.deadline.outer.date().isoformat() == "2026-12-01"
    assert any("A day, there" in step.step for step in found.deadline.trace)


def test_what_a_fact_rests_on_is_not_said_again(told):
    told.add(applies(GDPR)).add(ev.FactStated(name="awareness", why="a canary"), T0)

    assert "canary" not in json.dumps([step.plain() for step in told.one().deadline.trace], default=str)


@pytest.mark.parametrize(
    "more",
    [
        {"row": {}},
        {"row": {"id": 7, "n": "many"}},
        {"row": {**row_of(ROWS[GDPR]), "rule": "whenever"}},
        {"row": {**row_of(ROWS[GDPR]), "verified_on": "soon"}},
        {"row": {**row_of(ROWS[GDPR]), "n": -5}},
        {"zone": "../../etc/passwd"},
        {"zone": "Nowhere/Else"},
        {"row": row_of(ROWS[TIP]), "own_target": 2**52},
        {"alerts": [0, 100, -4, 10_000]},
        {"holidays": ["", " ", "2026-99-99 x"]},
    ],
    ids=str,
)
def test_what_somebody_else_made_up_breaks_nothing(told, more):
    event = applies(GDPR)
    told.add(event.but(**more)).add(fact("awareness"), T0).add(fact("actual-knowledge"), T0)

    found = told.one()
    assert found.state == "running"
    assert all(timer.event.stage == "late" or found.standing.alerts for timer in timers(told.incident))


def test_what_is_said_of_a_clock_that_nobody_knows_changes_nothing(told):
    told.add(ju.ClockSubmitted(clock="x", reference="r")).add(ju.ClockAlerted(clock="x", stage="late"))
    told.add(ju.ClockRecomputed(clock="x", fact="awareness"))

    assert told.incident.clocks == Clocks()
