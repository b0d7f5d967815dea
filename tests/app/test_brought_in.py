"""What was brought in from another record: nobody is woken for it here until somebody works on it here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import exports, incidents, reading, transfer
from escalate.app.exports import export
from escalate.app.ledger import Author
from escalate.app.overview import overview
from escalate.app.verification import verify_store
from escalate.domain.incident.timers import timers
from escalate.wiring import Wiring
from legal import GDPR, people, rostered, said, state  # noqa: F401
from telling import Line, Lines, courier, events, messages

DAYS = timedelta(days=9)


@pytest.fixture
def there(tmp_path, environ, clock, ledger):
    """Another record, on another machine, with the same roster."""
    from escalate.adapters.roster_file import read
    from escalate.app.roster import apply

    made = Wiring(
        {**environ, "ESCALATE_HOME": str(tmp_path / "there")},
        clock=clock,
        author=Author(actor="bob", person="bob", origin="laptop"),
    )
    made.store.create()
    (tmp_path / "roster.toml").write_text(people(), encoding="utf-8")
    apply(made.ledger, read([tmp_path / "roster.toml"]))
    yield made
    made.store.close()


@pytest.fixture
def bring(ledger, there, incident):
    def bring():
        return transfer.bring_back(there.ledger, export(ledger, incident).text.splitlines())

    return bring


def driven(wiring):
    """What a courier there has said, and what it is still to be awake for."""
    courier(wiring, Lines(hook=Line())).run(1)
    with wiring.store.reading() as look:
        return messages(wiring), look.next_due(look_ahead(wiring))


def look_ahead(wiring):
    return wiring.clock.now() + DAYS


@pytest.mark.parametrize(
    "hours", [pytest.param(80, id="over"), pytest.param(60, id="half over"), pytest.param(1, id="begun")]
)
def test_a_clock_wakes_nobody_in_the_record_it_was_brought_into(said, state, there, bring, incident, clock, hours):
    said(GDPR)
    state("awareness", hours)

    brought = bring()

    assert brought.written.entries[-1].kind == "incident.brought_in"
    assert brought.remarks == [transfer.AT_REST.format(ref="INC-1")]
    assert driven(there) == ([], None)
    clock.advance(hours=100)
    assert driven(there) == ([], None)
    assert events(there, incident, "page.opened") == []
    assert verify_store(there.store).sound


def test_its_clock_is_shown_as_late(said, state, there, bring, incident, clock):
    said(GDPR)
    state("awareness", 80)
    bring()

    seen = overview(there.store, clock.now(), 9)

    assert [one.limit < clock.now() for _incident, one in seen.clocks] == [True]
    assert [why for command, why in seen.advice if "clock submitted" in command] == [
        "the time of a legal clock is over"
    ]


def test_what_is_ahead_wakes_people_once_somebody_works_on_it_and_what_is_past_does_not(
    said, state, there, bring, incident, clock
):
    said(GDPR)
    state("awareness", 40)  # half of the time is over
    bring()
    clock.advance(hours=19)  # and 80 % of it by now

    incidents.note(there.ledger, incident, "we go on here")

    assert driven(there)[0] == []
    with there.store.reading() as look:
        known = look.incident(incident)
        assert look.due_timers(look_ahead(there)) == [incident]
    assert [timer.event.stage for timer in timers(known)] == ["95", "late"]
    clock.advance(hours=10)
    driven(there)
    assert [event.stage for event in events(there, incident, "clock.alerted")] == ["95"]
    assert len(events(there, incident, "page.opened")) == 1
    assert verify_store(there.store).bad == []
    before = known
    there.upkeep.rebuild(there.store)
    with there.store.reading() as look:
        assert look.incident(incident).silent == before.silent


def test_a_fact_that_is_stated_here_moves_a_clock_and_it_alerts(said, state, there, bring, incident, clock):
    said(GDPR)
    state("awareness", 80)
    bring()

    incidents.state_fact(
        there.ledger, incident, "awareness", at=clock.now() - timedelta(hours=75), why="we learnt more"
    )

    driven(there)
    assert [event.stage for event in events(there, incident, "clock.alerted")] == ["late"]


def test_who_only_looks_wakes_nothing(said, state, there, bring, incident, clock):
    said(GDPR)
    state("awareness", 40)
    bring()

    exports.export(there.ledger, incident)

    assert reading.incident(there.store, incident).resting
    clock.advance(hours=80)
    assert driven(there) == ([], None)


def test_what_rests_there_goes_on_where_it_comes_from(said, state, wiring, bring, incident, clock):
    said(GDPR)
    state("awareness", 40)
    bring()

    courier(wiring, Lines(hook=Line())).run(1)

    assert [event.stage for event in events(wiring, incident, "clock.alerted")] == ["50"]


def test_where_nothing_happens_by_itself_nothing_is_added(there, bring):
    assert [entry.kind for entry in bring().written.entries] == ["incident.opened"]
