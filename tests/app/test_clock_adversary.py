"""What could make a legal clock lapse unnoticed, alert twice, count from elsewhere, or say more than is known."""

from __future__ import annotations

from datetime import date

import pytest

from escalate.app import clock_reading, corrections, incidents
from escalate.app import running_clocks as ask
from escalate.app.clock_doubts import doubts
from escalate.app.incidents import Opening, open_incident
from escalate.app.overview import overview
from escalate.app.running_clocks import Application
from escalate.app.timing import pass_time
from escalate.app.verification import verify_store
from escalate.domain.clocks.standing import clock_of, reckon
from escalate.domain.incident import rules
from escalate.domain.timeline import judgements as ju
from escalate.errors import Usage
from legal import DORA, GDPR, LEGAL, TIP, one, people, rostered, said, state  # noqa: F401
from telling import events, kinds, messages

pytestmark = pytest.mark.slow

SEC = "us-sec-8k-105"


@pytest.fixture
def facts(store, incident):
    def now():
        with store.reading() as look:
            return look.incident(incident).facts

    return now


@pytest.fixture
def alerted(wiring, incident):
    """The stages told by now, after a courier has looked."""

    def stages():
        pass_time(wiring.courier_ledger(), incident)
        return [event.stage for event in events(wiring, incident, "clock.alerted")]

    return stages


# ── rows, zones and targets that came from elsewhere ───────────────────────────────────────────────────────────────


def test_a_row_of_a_later_library_still_counts(said, state, one, facts):
    said(GDPR)
    state("awareness", 1)
    standing = one(GDPR).standing
    later = standing.but(row={**standing.row, "languages": ["en"], "portal": {"url": "x"}})

    assert reckon(later, facts()).strict == reckon(standing, facts()).strict


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "lunar"},
        {"n": 0},
        {"n": -4},
        {"n": 10**12},
        {"verified_on": 7},
        {"conf": "X"},
        {"id": 5},
        {"start": "é"},
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_none(said, one, facts, change):
    said(GDPR)
    standing = one(GDPR).standing

    assert clock_of({**standing.row, **change}) is None
    assert reckon(standing.but(row={**standing.row, **change}), facts()).strict is None


def test_hours_are_counted_also_where_the_zone_is_not_known_here(said, state, one, facts):
    said(GDPR)
    said(DORA, zone="Europe/Paris")
    said(TIP)
    for name in ("awareness", "classification", "actual-knowledge"):
        state(name, 1)

    for id_ in (GDPR, DORA, TIP):
        known = one(id_)
        elsewhere = reckon(known.standing.but(zone="Europe/Nowhere"), facts())
        assert (elsewhere.strict, elsewhere.limit) == (known.strict, known.limit)
        assert elsewhere.deadline.outer is None or elsewhere.deadline.outer <= known.deadline.outer


def test_a_clock_that_cannot_be_counted_says_so_wherever_it_is_seen(
    said, state, one, ledger, wiring, incident, store, clock
):
    from escalate.cli.views.running_clock import line

    said(SEC)
    state("determination", 1)
    broken = one(SEC).standing.row | {"rule": "lunar"}
    with ledger.writing() as record:
        event = ju.ClockApplies(clock=SEC, row=broken, why="w", zone="America/New_York", alerts=[50])
        record.append(record.incident(incident), event)
        known, roster = record.incident(incident), record.roster

    assert "CANNOT BE COUNTED" in line(one(SEC), clock.now(), None)
    advice = overview(store, clock.now(), 5).advice
    assert (f"escalate clock applies {SEC} INC-1", "its deadline cannot be counted, and nothing alerts") in advice
    found = [each[1] for each in doubts([known], wiring.clock_library.all(), roster, clock.now().date())]
    assert f"1 run and cannot be counted: {SEC}" in found
    assert verify_store(store).sound


def test_a_target_before_its_start_is_told_of_once(said, state, one, ledger, incident, alerted):
    said(TIP)
    row = one(TIP).standing.row
    state("actual-knowledge", 1)
    with ledger.writing() as record:
        event = ju.ClockApplies(clock=TIP, row=row, why="w", zone="UTC", own_target=-7200, alerts=[50, 80, 95])
        record.append(record.incident(incident), event)

    assert alerted() == ["late"]


def test_a_clock_that_follows_one_of_an_odd_name_counts_from_that_alone(said, one):
    said(GDPR)
    row = one(GDPR).standing.row

    assert clock_of({**row, "start": "submitted:x-or-awareness"}).starts == ("submitted:x-or-awareness",)
    assert clock_of({**row, "start": "a-or-b"}).starts == ("a-or-b", "a", "b")


# ── saying it again ────────────────────────────────────────────────────────────────────────────────────────────────


def test_said_again_it_tells_nobody_twice(said, state, clock, alerted):
    said(GDPR)
    state("awareness", 40)
    assert alerted() == ["50"]
    said(GDPR, zone="Europe/Paris")
    assert alerted() == ["50"]
    clock.advance(hours=20)
    assert alerted() == ["50", "80"]


def test_dismissed_and_said_again_it_tells_anew(said, state, ledger, wiring, incident, alerted):
    said(GDPR)
    state("awareness", 40)
    assert alerted() == ["50"]
    ask.dismissed(ledger, incident, wiring.clock_library, GDPR, "w")
    assert alerted() == ["50"]
    said(GDPR)
    assert alerted() == ["50", "50"]


def test_a_holiday_is_no_news_to_hours_and_is_taken_back_where_it_is_left_out(said, one):
    day = (date(2026, 12, 28),)
    said(GDPR)
    assert said(GDPR, holidays=day)[0].entries == []

    said(SEC, holidays=day)
    assert said(SEC, holidays=day)[0].entries == []
    assert said(SEC)[0].entries != []
    assert not any("2026-12-28" in each for each in one(SEC).standing.holidays)


def test_noon_is_noon_somewhere(said):
    with pytest.raises(Usage, match="in which zone"):
        said(DORA)


# ── submitted, withdrawn, closed ───────────────────────────────────────────────────────────────────────────────────


def test_of_several_submissions_the_first_that_stands_counts(said, state, ledger, incident, one, clock):
    said(GDPR)
    state("awareness", 60)
    first = ask.submitted(ledger, incident, GDPR, "A")[0].entries[0].seq
    ask.submitted(ledger, incident, GDPR, "B")
    clock.advance(hours=20)
    ask.submitted(ledger, incident, GDPR, "C")
    corrections.withdraw(ledger, incident, str(first), "sent to the wrong place")

    assert one(GDPR).state == "submitted"


def test_what_was_withdrawn_is_submitted_again_under_its_reference(said, state, ledger, incident, one):
    said(GDPR)
    first = ask.submitted(ledger, incident, GDPR, "A")[0].entries[0].seq
    ask.submitted(ledger, incident, GDPR, "B")
    corrections.withdraw(ledger, incident, str(first), "a mistake")

    assert ask.submitted(ledger, incident, GDPR, "B")[0].entries == []
    assert ask.submitted(ledger, incident, GDPR, "A")[0].entries != []


def test_a_submission_that_is_withdrawn_pages_again(said, state, ledger, wiring, incident, alerted):
    said(GDPR)
    state("awareness", 71)
    alerted()
    seq = ask.submitted(ledger, incident, GDPR, "A")[0].entries[0].seq
    assert alerted() == ["95"]
    corrections.withdraw(ledger, incident, str(seq), "it bounced")

    assert alerted() == ["95", "95"]
    assert len(events(wiring, incident, "page.opened")) == 2


@pytest.mark.parametrize("how", ["fact", "withdraw", "submitted"])
def test_a_closed_incident_on_which_a_clock_begins_to_run_is_open_again(
    said, state, ledger, wiring, incident, store, clock, alerted, how
):
    after = "eu-dora-intermediate"
    said(GDPR)
    said(DORA, zone="Europe/Paris")
    said(after, zone="Europe/Paris")
    if how == "withdraw":
        state("awareness", 40)
        seq = ask.submitted(ledger, incident, GDPR, "A")[0].entries[0].seq
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    match how:
        case "fact":
            state("awareness", 40)
        case "withdraw":
            corrections.withdraw(ledger, incident, str(seq), "it bounced")
        case "submitted":
            ask.submitted(ledger, incident, DORA, "A")

    assert kinds(wiring, incident)[-1] == "incident.reopened"
    running = [found.id for _, found in overview(store, clock.now(), 5).clocks if found.is_pending]
    assert running == [after if how == "submitted" else GDPR]
    assert alerted() == ([] if how == "submitted" else ["50"])
    assert verify_store(store).sound


def test_a_fact_that_starts_nothing_opens_no_closed_incident(said, state, ledger, wiring, incident):
    said(GDPR)
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))
    state("detection", 4)

    assert kinds(wiring, incident)[-1] == "fact.stated"


def test_resolving_does_not_call_off_whoever_is_woken_by_the_law(said, state, ledger, incident, store, alerted):
    said(GDPR)
    state("awareness", 69)
    alerted()
    incidents.change(ledger, incident, lambda one: rules.resolve(one, ""))

    with store.reading() as look:
        pages = list(look.incident(incident).pages.values())
    assert [page.state for page in pages] == ["cancelled", "open"]
    assert pages[-1].due_at is not None
    assert alerted() == ["95"]


def test_resolving_leaves_an_answered_page_answered(said, state, ledger, wiring, incident, alerted):
    from escalate.app import paging

    said(GDPR)
    state("awareness", 69)
    alerted()
    paging.acknowledge(ledger, incident, "1", by="bob")
    incidents.change(ledger, incident, lambda one: rules.resolve(one, ""))

    assert len(events(wiring, incident, "page.opened")) == 1


# ── what is shown ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("guard", [{"harm": ("cse",)}, {"restricted": True}], ids=["sensitive", "restricted"])
def test_no_calendar_of_a_guarded_incident_names_a_clock(ledger, wiring, clock, guard):
    id_ = open_incident(ledger, Opening(title="t", severity="SEV1", **guard)).incident.id
    for name in (TIP, GDPR):
        given = Application(clock=name, why="w")
        ask.applies(ledger, id_, wiring.clock_library, wiring.holidays, given)
    incidents.state_fact(ledger, id_, "actual-knowledge", at=clock.now(), why="w")
    incidents.state_fact(ledger, id_, "awareness", at=clock.now(), why="w")

    made = clock_reading.calendar(wiring.store, id_, clock.now())
    text = wiring.calendars.write(made)
    assert len({each.uid for each in made.appointments}) == 3
    assert "2258a" not in text
    assert "gdpr" not in text.lower()


def test_what_nobody_confirmed_says_so_wherever_it_is_shown(said, state, one, incident, store, wiring, clock):
    from escalate.cli.views.running_clock import block, drawn, line

    ico = "uk-gdpr-33-ico"
    said(ico)
    shown = {
        "list": drawn([one(ico)], *_of(store, incident), clock.now(), None),
        "line": line(one(ico), clock.now(), None),
    }
    state("awareness", 1)
    seen = overview(store, clock.now(), 5)
    shown |= {
        "block": block(seen.clocks, clock.now()),
        "running": line(one(ico), clock.now(), None),
        "calendar": wiring.calendars.write(clock_reading.calendar(store, incident, clock.now())).replace("\r\n ", ""),
    }

    assert [name for name, text in shown.items() if "NOT CONFIRMED" not in str(text)] == []


def test_what_was_read_does_not_say_that_it_was_not(said, state, one, store, clock):
    from escalate.cli.views.running_clock import block, line

    said(GDPR)
    state("awareness", 1)

    assert "NOT CONFIRMED" not in str(block(overview(store, clock.now(), 5).clocks, clock.now()))
    assert "NOT CONFIRMED" not in line(one(GDPR), clock.now(), None)


def _of(store, incident):
    with store.reading() as look:
        return (look.incident(incident),)


def test_hours_ago_or_not_nothing_counts_from_when_it_was_opened(said, one, clock, alerted):
    for id_ in (GDPR, SEC, TIP):
        said(id_)
    clock.advance(days=400)

    assert {one(id_).limit for id_ in (GDPR, SEC, TIP)} == {None}
    assert alerted() == []


@pytest.mark.parametrize("words", ["", "{{ ref }}: the words of this team, which name no clock"], ids=["ours", "own"])
def test_what_was_to_be_told_of_a_clock_is_owed_no_more_once_it_is_over(
    apply_roster, said, state, ledger, incident, wiring, alerted, words
):
    if words:
        (wiring.home / "templates/messages").mkdir(parents=True)
        (wiring.home / "templates/messages/clock.j2").write_text(words)
    apply_roster(people(""))
    said(GDPR)
    said("uk-gdpr-33-ico")
    state("awareness", 40)
    alerted()
    ask.submitted(ledger, incident, GDPR, "A")

    of = [(message.details["values"]["clock"], message.state) for message in messages(wiring)]
    told = {state for clock, state in of if clock == GDPR}
    other = {state for clock, state in of if clock == "uk-gdpr-33-ico"}
    assert told == {"cancelled"}
    assert other != {"cancelled"}


@pytest.mark.parametrize("more", ["", LEGAL], ids=["console", "page"])
def test_a_message_of_what_nobody_confirmed_says_so(apply_roster, said, state, wiring, alerted, more):
    apply_roster(people(more))
    said("uk-gdpr-33-ico")
    state("awareness", 40)
    alerted()

    assert {"NOT CONFIRMED" in message.text for message in messages(wiring)} == {True}


def test_a_fact_on_a_closed_incident_is_answered_with_what_followed(apply_roster, said, ledger, incident, escalate):
    said("uk-gdpr-33-ico")
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))

    done = escalate("fact awareness -i INC-1 --at '1h ago' --why w")
    assert "clock uk-gdpr-33-ico runs" in done.stdout
    assert "NOT CONFIRMED by anybody: uk-gdpr-33-ico" in done.stdout
    moved = escalate("withdraw 4 -i INC-1 --why w --json").data["recomputed"]
    assert [one["clock"] for one in moved] == ["uk-gdpr-33-ico"]


def test_a_fact_on_a_closed_incident_answers_programs(said, ledger, incident, escalate):
    said(GDPR)
    incidents.change(ledger, incident, lambda one: rules.close(one, "incident", "SEV2", None, ""))

    moved = escalate("fact awareness -i INC-1 --at '1h ago' --why w --json").data["recomputed"]
    assert [one["clock"] for one in moved] == [GDPR]


@pytest.mark.parametrize("place", ["Germany", "", "EU;DE"])
def test_what_is_no_place_rules_nothing_out_in_silence(escalate, incident, place):
    assert escalate(f"clock suggest --jurisdiction '{place}'").exit_code == 2
