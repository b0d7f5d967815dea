"""A clock on an incident: from its fact, and from nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.clocks.counted import calendar, local
from escalate.domain.clocks.deadline import deadline
from escalate.domain.clocks.library import LegalClock
from escalate.domain.clocks.rules import rule
from escalate.domain.incident.state import Fact

ZONE = "Europe/Brussels"
BRUSSELS = calendar(ZONE)
HOUR = timedelta(hours=1)


def clock(text="elapsed_hours", n=72, unit="hours", start="awareness"):
    counted = {"n": n, "rule": rule(text, n, unit)} if text != "none" else {}
    return LegalClock(
        id="xx-one", regime="R", jurisdiction="XX", who="anybody", start=start, trigger="Somebody is aware", unit=unit,
        qualifier="promptly", recipient="the desk", cite="Art. 1", status="in_force", conf="P", verified_on=date(2026, 11, 21),
        **counted,
    )  # fmt: skip


def fact(name, at, why="the desk saw it", precision="minute"):
    return Fact(name=name, at=local(at, ZONE), precision=precision, why=why, by="alice", entry="e", seq=1)


def stated(*facts):
    found = {}
    for one in facts:
        found.setdefault(one.name, []).append(one)
    return found


AWARE = fact("awareness", "2026-11-20 14:20")


def test_it_runs_from_its_fact():
    found = deadline(clock(), stated(AWARE), BRUSSELS)

    assert (found.start, found.strict) == (AWARE.at, AWARE.at + 72 * HOUR)
    assert found.outer == found.strict
    assert found.missing == ()
    assert found.trace[0].step == "awareness, as alice states it."


@pytest.mark.parametrize("other", ["opened", "detected", "impact-started", "discovery", "awareness-model-involved"])
def test_no_other_fact_stands_in_for_it(other):
    found = deadline(clock(), stated(fact(other, "2026-11-20 14:20")), BRUSSELS)

    assert (found.start, found.strict, found.outer, found.target, found.no_later_than) == (None,) * 5
    assert found.missing == ("awareness",)
    assert found.trace[0].step == "No deadline: awareness is not stated."


def test_a_corrected_fact_computes_it_again_and_says_what_was_said_before():
    facts = stated(AWARE, fact("awareness", "2026-11-20 09:00", why="the mail came at nine"))

    found = deadline(clock(), facts, BRUSSELS)

    assert found.strict == local("2026-11-23 09:00", ZONE)
    assert found.trace[0].why == "the mail came at nine"
    assert (found.trace[1].step, found.trace[1].at) == ("awareness was stated otherwise before, by alice.", AWARE.at)


def test_a_withdrawn_fact_leaves_no_deadline():
    assert deadline(clock(), {"awareness": []}, BRUSSELS).missing == ("awareness",)


def test_a_fact_known_to_the_day_counts_from_its_beginning_and_says_so():
    found = deadline(clock(), stated(fact("awareness", "2026-11-20 00:00", precision="day")), BRUSSELS)

    assert "known to the day only" in found.trace[0].why


def test_of_two_facts_that_may_start_it_the_earlier_counts():
    either = clock(start="determination-or-reasonable-belief")
    late, early = fact("determination", "2026-11-20 14:20"), fact("reasonable-belief", "2026-11-20 08:00")

    assert deadline(either, stated(late), BRUSSELS).start == late.at
    assert deadline(either, stated(late, early), BRUSSELS).start == early.at
    assert (
        deadline(either, {}, BRUSSELS).trace[0].step == "No deadline: determination or reasonable-belief is not stated."
    )


def test_it_runs_from_a_report_that_was_sent():
    final = clock("eu_months", 1, "months", start="submitted:xx-two")

    assert deadline(final, stated(AWARE), BRUSSELS).strict is None
    sent = stated(fact("submitted:xx-two", "2026-01-31 10:00"))
    assert deadline(final, sent, BRUSSELS).strict == local("2026-02-28 23:59:59", ZONE)
    assert deadline(final, sent, BRUSSELS).outer == local("2026-03-02 23:59:59", ZONE)


class TestTheLesserOfTwo:
    dora = clock("dora_min; dora_noon", 4, "hours", start="classification")
    classified = fact("classification", "2026-11-21 06:00")

    def test_both_facts(self):
        found = deadline(self.dora, stated(fact("awareness", "2026-11-20 08:00"), self.classified), BRUSSELS)

        assert found.strict == local("2026-11-21 08:00", ZONE)
        assert found.outer == local("2026-11-23 12:00", ZONE)

    def test_without_awareness_it_is_only_known_when_it_ends_at_the_latest(self):
        found = deadline(self.dora, stated(self.classified), BRUSSELS)

        assert (found.strict, found.outer, found.missing) == (None, None, ("awareness",))
        assert found.no_later_than == self.classified.at + 4 * HOUR

    def test_awareness_alone_starts_nothing(self):
        found = deadline(self.dora, stated(fact("awareness", "2026-11-20 08:00")), BRUSSELS)

        assert (found.strict, found.missing) == (None, ("classification",))


@pytest.mark.parametrize(
    ("period", "target"),
    [
        pytest.param(("elapsed_hours", 72, "hours"), "2026-11-23 07:08", id="a tenth of the period before"),
        pytest.param(("elapsed_hours", 24, "hours"), "2026-11-21 10:20", id="four hours before"),
        pytest.param(("elapsed_hours", 6, "hours"), "2026-11-20 17:20", id="never in the first half"),
        pytest.param(("eu_days", 2, "days"), "2026-11-22 14:20", id="two days are met as 48 hours, too"),
    ],
)
def test_the_internal_target(period, target):
    assert deadline(clock(*period), stated(AWARE), BRUSSELS).target == local(target, ZONE)


def test_a_clock_without_a_number_has_a_target_of_the_team_s_own_at_most():
    none = clock("none", None, "qualitative")

    without, own = deadline(none, stated(AWARE), BRUSSELS), deadline(none, stated(AWARE), BRUSSELS, own_target=4 * HOUR)

    assert (without.strict, without.outer, without.target, without.start) == (None, None, None, AWARE.at)
    assert (own.strict, own.outer, own.target) == (None, None, AWARE.at + 4 * HOUR)
    assert any(step.step == "Internal target, set by the team: not law." for step in own.trace)


def test_keeping_something_has_no_target():
    found = deadline(clock("keep_until", 1, "years"), stated(AWARE), BRUSSELS)

    assert (found.target, found.strict) == (None, local("2027-11-21 00:00", ZONE))


def test_every_trace_says_that_it_is_no_advice():
    for found in (deadline(clock(), {}, BRUSSELS), deadline(clock(), stated(AWARE), BRUSSELS)):
        assert found.trace[-1].step == "This is arithmetic, not legal advice."
