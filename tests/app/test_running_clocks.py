"""Legal clocks on an incident: who may say that one applies, what a fact moves, and what ends it."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest

from escalate.app import corrections, incidents
from escalate.app import running_clocks as ask
from escalate.app.ledger import Author, Ledger
from escalate.app.overview import overview
from escalate.app.running_clocks import Application
from escalate.app.timing import pass_time
from escalate.domain.incident import rules
from escalate.errors import NotFound, Refused, Usage
from legal import DECIDE, DORA, GDPR, HOUR, LEGAL, TIP, one, people, rostered, said, state  # noqa: F401
from telling import events, kinds

# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_anybody_of_the_roster_with_a_login_may_say_so_where_no_team_is_named(said, one):
    said(GDPR)

    assert (one(GDPR).state, one(GDPR).standing.by) == ("waiting for fact awareness", "alice")


@pytest.mark.parametrize("do", ["applies", "dismissed", "stopped"])
def test_others_are_refused_with_the_names_of_those_who_may(apply_roster, ledger, wiring, incident, said, do):
    said(GDPR)
    apply_roster(people(DECIDE))

    with pytest.raises(Refused, match="for people of crew to say; you are alice") as refused:
        match do:
            case "applies":
                said(DORA)
            case "dismissed":
                ask.dismissed(ledger, incident, wiring.clock_library, GDPR, "no")
            case "stopped":
                ask.stopped(ledger, incident, GDPR, "no")

    assert "Bob Okoro (bob)" in refused.value.hint
    assert refused.value.exit_code == 4


def test_whoever_is_nobody_of_the_roster_is_refused(wiring, store, clock, incident):
    stranger = Ledger(store, clock, Author(actor="os:root", origin="desk"), wiring.texts)

    with pytest.raises(Refused, match="you are os:root"):
        ask.applies(stranger, incident, wiring.clock_library, wiring.holidays, Application(clock=GDPR, why="w"))


def test_anybody_may_say_that_it_was_submitted(apply_roster, ledger, incident, said, state, one):
    said(GDPR)
    apply_roster(people(DECIDE))

    ask.submitted(ledger, incident, GDPR, "case 1")

    assert one(GDPR).state == "submitted"


# ── what is written down ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_row_the_target_and_the_stages_are_kept_as_they_were(apply_roster, wiring, incident, said, one, home):
    said(TIP)
    apply_roster(people(LEGAL.replace('"4h"', '"1h"')))
    (home / "templates" / "clocks").mkdir(parents=True)
    (home / "templates" / "clocks" / "ours.toml").write_text("schema = 1\nclocks = []")

    kept = one(TIP).standing
    assert (kept.own_target, kept.alerts, kept.row["cite"][:8]) == (4 * 3600, [50, 80, 95], "18 U.S.C")


def test_said_again_it_is_no_news_and_with_another_zone_it_is(said, wiring, incident):
    said("eu-aiact-73-general", zone="Europe/Brussels")
    assert said("eu-aiact-73-general")[0].entries == []
    assert said("eu-aiact-73-general", zone="Europe/Brussels")[0].entries == []

    assert said("eu-aiact-73-general", zone="Europe/Vilnius")[0].entries != []
    assert kinds(wiring, incident).count("clock.applies") == 2


def test_days_are_counted_where_somebody_says_and_hours_anywhere(said):
    with pytest.raises(Usage, match="in which zone") as refused:
        said("us-hipaa-individuals")

    assert "--zone" in refused.value.hint
    assert said(GDPR)[1].standing.zone == "UTC"
    assert said("us-sec-8k-105")[1].standing.zone == "America/New_York"


def test_holidays_are_written_down_for_two_years_and_named_ones_with_them(said, apply_roster):
    apply_roster(people(LEGAL + 'calendars = { "EU" = "BE", "EU/EEA" = "DE" }'))

    found = said("eu-aiact-73-general", zone="Europe/Brussels", holidays=(date(2026, 12, 28),))[1].standing

    assert found.calendar == "BE"
    assert "2026-12-28 named with --holiday" in found.holidays
    assert any(day.startswith("2026-12-25 Christmas Day") for day in found.holidays)
    assert found.holidays[-1] >= "2028-11"
    assert said(GDPR)[1].standing.holidays == []


def test_the_sec_takes_no_other_country_s_holidays(said):
    assert any("Thanksgiving" in day for day in said("us-sec-8k-105")[1].standing.holidays)
    with pytest.raises(Usage, match="has no part in it"):
        said("us-sec-8k-105", calendar="BE")


def test_a_clock_that_is_not_in_the_library_and_an_incident_that_is_closed(said, ledger, incident):
    with pytest.raises(NotFound, match="There is no clock"):
        said("eu-gdpr-33-authorty")
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    with pytest.raises(Refused, match="is closed"):
        said(GDPR)


# ── facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_counts_from_when_it_was_opened(said, one, wiring, incident, clock, store):
    said(GDPR)
    clock.advance(days=30)

    assert pass_time(wiring.courier_ledger(), incident) is None
    assert (one(GDPR).strict, kinds(wiring, incident)) == (None, ["incident.opened", "clock.applies"])
    assert overview(store, clock.now(), 5).public()["next_deadline"] is None


def test_a_fact_that_is_stated_corrected_and_withdrawn_says_what_it_moved(
    said, state, ledger, wiring, incident, clock, one
):
    said(GDPR)
    seq = state("awareness", 10).entries[0].seq
    t0 = clock.now()
    corrections.correct(ledger, incident, str(seq), text=None, at=t0 - 20 * HOUR, why="misread")
    corrections.withdraw(ledger, incident, str(seq), "of another case")

    told = events(wiring, incident, "clock.recomputed")
    assert [(event.was, event.strict) for event in told] == [
        (None, t0 + 62 * HOUR),
        (t0 + 62 * HOUR, t0 + 52 * HOUR),
        (t0 + 52 * HOUR, None),
    ]
    assert {event.fact for event in told} == {"awareness"}
    assert one(GDPR).state == "waiting for fact awareness"


def test_words_that_move_no_clock_say_nothing(said, state, ledger, wiring, incident):
    said(GDPR)
    state("impact-started", 3)
    seq = state("awareness", 10).entries[0].seq
    corrections.correct(ledger, incident, str(seq), text="another reason", at=None, why="w")

    assert len(events(wiring, incident, "clock.recomputed")) == 1


def test_an_underscore_is_a_hyphen(said, state, one):
    said(TIP)
    state("actual_knowledge", 1)

    assert one(TIP).state == "running"


def test_a_deadline_that_moved_is_told_of_anew(said, state, wiring, incident):
    said(GDPR)
    state("awareness", 40)
    pass_time(wiring.courier_ledger(), incident)
    state("awareness", 70)
    pass_time(wiring.courier_ledger(), incident)
    state("awareness", 1)
    pass_time(wiring.courier_ledger(), incident)

    assert [event.stage for event in events(wiring, incident, "clock.alerted")] == ["50", "95"]


def test_the_clocks_of_dora_follow_one_another(said, state, ledger, incident, one, clock):
    for id_ in (DORA, "eu-dora-intermediate", "eu-dora-final"):
        said(id_, zone="Europe/Paris")
    assert one("eu-dora-final").state == "waiting for fact submitted:eu-dora-intermediate"

    state("awareness", 5)
    state("classification", 3)
    ask.submitted(ledger, incident, DORA, "a")
    ask.submitted(ledger, incident, "eu-dora-intermediate", "b", at=clock.now())
    first = one("eu-dora-final")
    clock.advance(days=3)
    ask.submitted(ledger, incident, "eu-dora-intermediate", "b, updated")

    assert one("eu-dora-intermediate").state == "submitted"
    assert first.deadline.start == clock.now() - timedelta(days=3)
    assert first.strict.astimezone(UTC).date() == date(2026, 12, 21)
    assert one("eu-dora-final").strict.date() == date(2026, 12, 24)


# ── what ends it ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_late_is_said_to_be_late(said, state, ledger, incident, clock, one):
    said(GDPR)
    state("awareness", 80)

    ask.submitted(ledger, incident, GDPR, "case 1", at=clock.now() - HOUR)

    assert one(GDPR).state == "met_late"


def test_the_same_reference_again_is_no_news_and_another_time_is_refused(said, state, ledger, incident, clock):
    said(GDPR)
    ask.submitted(ledger, incident, GDPR, "case 1")

    assert ask.submitted(ledger, incident, GDPR, "case 1")[0].entries == []
    with pytest.raises(Refused, match="under that reference") as refused:
        ask.submitted(ledger, incident, GDPR, "case 1", at=clock.now() - 3 * HOUR)
    assert "escalate correct" in refused.value.hint


def test_what_was_submitted_is_neither_stopped_nor_dismissed(said, ledger, incident, wiring):
    said(GDPR)
    ask.submitted(ledger, incident, GDPR, "case 1")

    with pytest.raises(Refused, match="was submitted"):
        ask.stopped(ledger, incident, GDPR, "w")
    with pytest.raises(Refused, match="was submitted"):
        ask.dismissed(ledger, incident, wiring.clock_library, GDPR, "w")


def test_only_what_applies_is_submitted_or_delayed(said, ledger, incident, wiring):
    with pytest.raises(NotFound, match="Nobody has said anything"):
        ask.submitted(ledger, incident, GDPR, "r")
    ask.dismissed(ledger, incident, wiring.clock_library, GDPR, "w")
    with pytest.raises(Refused, match="was dismissed"):
        ask.delayed(ledger, incident, GDPR, "w")


def test_a_ground_for_delay_moves_nothing(said, state, ledger, incident, one, clock):
    said(GDPR)
    state("awareness")
    before = one(GDPR)

    ask.delayed(ledger, incident, "eu-gdpr", "law enforcement asked for it", clock.now() + 200 * HOUR)

    assert one(GDPR).strict == before.strict
    assert [each["by"] for each in one(GDPR).standing.delays] == ["alice"]


def test_an_incident_on_which_a_clock_runs_is_not_closed(said, state, ledger, incident):
    said(GDPR)
    said("us-2258a-preserve", zone="America/New_York")
    state("awareness")

    with pytest.raises(Refused, match=f"1 running legal clock.*{GDPR}"):
        incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    ask.submitted(ledger, incident, GDPR, "r")

    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
