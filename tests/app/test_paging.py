"""Pages, pings and tickets as requests: what stands on the timeline and what becomes owed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import incidents, paging
from escalate.app.trial import page_for_test
from escalate.domain.incident import rules
from escalate.domain.timeline.entry import Draft
from escalate.errors import Conflict, NotFound, Refused, Usage
from telling import TRACKER, courier, events, everything, kinds, messages, roster, states


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(roster())


def state_of(wiring, incident):
    with wiring.store.reading() as look:
        return look.incident(incident)


def test_a_page_fires_its_first_step_in_the_same_transaction(ledger, wiring, incident):
    written, [page] = paging.page(ledger, incident, ("policy:critical",))

    assert [entry.kind for entry in written.entries] == ["page.opened", "page.step_fired"]
    assert page.paged == ("alice",)
    assert states(wiring) == [("person:alice", "hook", "queued"), ("person:alice", "pager", "queued")]


def test_a_reach_delay_is_kept(ledger, wiring, incident, clock):
    paging.page(ledger, incident, ("person:alice",))

    assert [(m.via, m.due_at - clock.now()) for m in messages(wiring)] == [
        ("hook", timedelta(0)),
        ("pager", timedelta(minutes=2)),
    ]


def test_the_policy_is_kept_as_it_was(ledger, wiring, incident, apply_roster, clock):
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    apply_roster(
        roster().replace(
            'targets = ["person:bob"]\n\n[policies.quick]', 'targets = ["person:dana"]\n\n[policies.quick]'
        )
    )
    clock.advance(minutes=5)

    paging.advance_due(ledger, incident, page.id)

    assert events(wiring, incident, "page.step_fired")[-1].people == ["bob"]


def test_an_empty_step_is_skipped_at_once_and_said(ledger, wiring, incident, apply_roster):
    apply_roster(
        roster()
        .replace('people = ["bob"]', "people = []")
        .replace('targets = ["person:alice"]', 'targets = ["team:crew"]')
    )

    paging.page(ledger, incident, ("policy:critical",))

    assert kinds(wiring, incident)[1:] == ["page.opened", "page.step_skipped", "page.step_fired"]
    assert states(wiring) == [("person:bob", "hook", "queued")]


def test_a_clock_that_was_set_back_does_not_put_off_a_page(ledger, wiring, incident, clock):
    clock.advance(hours=-1)

    _, [page] = paging.page(ledger, incident, ("policy:critical",))

    assert page.paged == ("alice",)


def test_running_out_tells_the_fallback(ledger, wiring, incident, clock):
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    for _ in range(2):
        clock.advance(minutes=5)
        paging.advance_due(ledger, incident, page.id)

    assert kinds(wiring, incident)[-2:] == ["page.step_fired", "page.exhausted"]
    assert states(wiring)[-1] == ("person:carol", "pager", "queued")
    [told] = [m for m in messages(wiring) if m.purpose == "exhausted"]
    assert "NOBODY ANSWERED" in told.text
    assert "Tried: Alice Ng, Bob Okoro" in told.text


def test_a_courier_that_slept_through_every_step_makes_up_for_it_one_wait_at_a_time(ledger, wiring, incident, clock):
    """A step waits from when it fired: nobody is passed over because a machine was asleep."""
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    clock.advance(hours=3)

    paging.advance_due(ledger, incident, page.id)
    assert state_of(wiring, incident).pages[page.id].paged == ("alice", "bob")
    assert paging.advance_due(ledger, incident, page.id) is None

    clock.advance(minutes=5)
    paging.advance_due(ledger, incident, page.id)
    assert state_of(wiring, incident).pages[page.id].state == "exhausted"


def test_two_couriers_append_a_step_once(ledger, wiring, incident, clock):
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    clock.advance(minutes=5)

    assert paging.advance_due(ledger, incident, page.id) is not None
    assert paging.advance_due(ledger, incident, page.id) is None
    assert kinds(wiring, incident).count("page.step_fired") == 2


def test_a_courier_that_still_believes_the_old_state_is_refused_and_nothing_is_queued_twice(
    ledger, wiring, incident, clock
):
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    clock.advance(minutes=5)
    with ledger.writing() as record:
        event, id_ = paging.paging.due(page, record.roster, clock.now())
    paging.advance_due(ledger, incident, page.id)
    before = kinds(wiring, incident), states(wiring)

    with pytest.raises(Conflict), ledger.writing() as record:
        record.append(record.incident(incident), Draft(event=event, id=id_))

    assert (kinds(wiring, incident), states(wiring)) == before


# ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_acknowledgement_cancels_what_nobody_has_seen_and_tells_the_pager_to_stop(ledger, wiring, incident):
    lines = everything()
    paging.page(ledger, incident, ("policy:critical",))
    courier(wiring, lines).run(1)

    written, page = paging.acknowledge(ledger, incident, None, by="alice")

    assert page.state == "acknowledged"
    assert page.due_at is None
    assert [entry.kind for entry in written.entries] == ["page.acknowledged", "message.cancelled"]
    assert sorted(states(wiring)) == sorted([
        ("person:alice", "hook", "acknowledged"),
        ("person:alice", "pager", "cancelled"),
        ("channel:pager", "pager", "queued"),
    ])  # fmt: skip
    courier(wiring, lines).run(1)
    [stop] = lines["pager"].sent
    assert (stop.details["action"], stop.details["dedup"]) == ("acknowledge", page.id)


def test_all_messages_of_a_page_share_a_key_and_no_other_page_has_it(ledger, wiring, incident, clock):
    _, pages = paging.page(ledger, incident, ("person:alice", "policy:critical"))
    clock.advance(minutes=5)
    paging.advance_due(ledger, incident, pages[1].id)
    paging.acknowledge(ledger, incident, "2", by="bob")

    keys = {page.id: {m.details["dedup"] for m in messages(wiring) if m.page == page.id} for page in pages}
    assert keys == {page.id: {page.id} for page in pages}


def test_who_escalates_after_an_acknowledgement_wakes_somebody_at_the_pager_again(ledger, wiring, incident):
    _, [page] = paging.page(ledger, incident, ("person:carol",))
    paging.acknowledge(ledger, incident, None, by="carol")

    paging.decide(ledger, incident, "1", "escalate", "she is asleep again")
    paging.acknowledge(ledger, incident, None, by="carol")

    rounds = [(m.details["action"], m.details["dedup"]) for m in messages(wiring) if m.via == "pager"]
    assert sorted(rounds) == sorted([
        ("trigger", page.id), ("acknowledge", page.id), ("trigger", f"{page.id}/2"), ("acknowledge", f"{page.id}/2"),
    ])  # fmt: skip


def test_a_second_answer_is_recorded_once_and_changes_nothing_else(ledger, wiring, incident):
    paging.page(ledger, incident, ("person:carol",))
    paging.acknowledge(ledger, incident, None, by="alice")
    before = states(wiring)

    for by in ("bob", "bob", "alice"):
        _, page = paging.acknowledge(ledger, incident, "1", by=by)

    assert (page.state, page.acknowledged_by, page.answered) == ("acknowledged", "alice", ("alice", "bob"))
    assert [one.by for one in events(wiring, incident, "page.acknowledged")] == ["alice", "bob"]
    assert ("channel:pager", "pager", "queued") in before  # to be told to stop; bob's answer does not call that off
    assert states(wiring) == before


def test_an_answer_to_a_page_that_was_called_off_is_recorded(ledger, wiring, incident):
    paging.page(ledger, incident, ("person:carol",))
    paging.decide(ledger, incident, "1", "cancel", "wrong policy")
    before = states(wiring)

    for _ in range(2):
        _, page = paging.acknowledge(ledger, incident, "1", by="bob", heard="phone")

    assert (page.state, page.acknowledged_by) == ("cancelled", "bob")
    assert [(one.by, one.heard) for one in events(wiring, incident, "page.acknowledged")] == [("bob", "phone")]
    assert states(wiring) == before


def test_after_escalating_by_hand_the_same_person_answers_again(ledger, wiring, incident):
    paging.page(ledger, incident, ("person:bob",))
    paging.acknowledge(ledger, incident, None, by="bob")
    paging.decide(ledger, incident, "1", "escalate", "")

    _, page = paging.acknowledge(ledger, incident, "1", by="bob")

    assert page.state == "acknowledged"
    assert len(events(wiring, incident, "page.acknowledged")) == 2


def test_nobody_answers_before_there_is_a_page(ledger, wiring, incident, clock):
    clock.advance(seconds=30)
    paging.page(ledger, incident, ("person:bob",))
    clock.advance(minutes=5)

    with pytest.raises(Refused, match=r"INC-1/1 was opened at .* before that"):
        paging.acknowledge(ledger, incident, None, by="bob", at=clock.now() - timedelta(hours=2))

    assert events(wiring, incident, "page.acknowledged") == []
    in_that_minute = clock.now() - timedelta(minutes=5, seconds=30)
    assert paging.acknowledge(ledger, incident, None, by="bob", at=in_that_minute)[1].state == "acknowledged"


def test_of_several_waiting_pages_one_must_be_named(ledger, incident):
    paging.page(ledger, incident, ("person:alice", "person:bob"))

    with pytest.raises(Usage, match="INC-1/1 .*INC-1/2"):
        paging.acknowledge(ledger, incident, None, by="alice")

    paging.acknowledge(ledger, incident, "INC-1/2", by="bob")
    _, page = paging.acknowledge(ledger, incident, None, by="alice")
    assert page.number == 1


def test_without_a_page_there_is_nothing_to_acknowledge(ledger, incident):
    with pytest.raises(NotFound):
        paging.acknowledge(ledger, incident, None, by="alice")
    with pytest.raises(NotFound):
        paging.acknowledge(ledger, incident, "7", by="alice")


def test_an_exhausted_page_can_still_be_answered(ledger, wiring, incident, clock):
    _, [page] = paging.page(ledger, incident, ("person:alice",))
    clock.advance(minutes=5)
    paging.advance_due(ledger, incident, page.id)

    _, answered = paging.acknowledge(ledger, incident, None, by="bob")

    assert answered.state == "acknowledged"
    assert not [m for m in messages(wiring) if m.state == "queued" and m.details["action"] == "trigger"]


def test_acknowledging_leaves_other_pages_alone(ledger, wiring, incident):
    paging.page(ledger, incident, ("person:alice", "person:bob"))

    paging.acknowledge(ledger, incident, "1", by="alice")

    assert ("person:bob", "hook", "queued") in states(wiring)


def test_cancelling_stops_everything(ledger, wiring, incident, clock):
    _, [page] = paging.page(ledger, incident, ("policy:critical",))

    _, after = paging.decide(ledger, incident, "1", "cancel", "wrong policy")
    clock.advance(hours=1)

    assert after.state == "cancelled"
    assert paging.advance_due(ledger, incident, page.id) is None
    assert {m.state for m in messages(wiring) if m.purpose == "page"} == {"cancelled"}
    assert [m.details["action"] for m in messages(wiring) if m.purpose == "status"] == ["resolve"]
    with pytest.raises(Refused):
        paging.decide(ledger, incident, "1", "escalate", "")


@pytest.mark.parametrize("how", ["resolve", "close"])
def test_an_incident_that_ends_stops_paging(ledger, wiring, incident, how):
    paging.page(ledger, incident, ("policy:critical",))
    if how == "close":
        with pytest.raises(Refused):
            incidents.change(ledger, incident, lambda now: rules.close(now, "incident", "SEV2", None, ""))
        return

    incidents.change(ledger, incident, lambda now: rules.resolve(now, ""))

    assert state_of(wiring, incident).unacknowledged == []
    assert {m.state for m in messages(wiring) if m.purpose == "page"} == {"cancelled"}


def test_a_closed_incident_pages_nobody(ledger, incident):
    paging.page(ledger, incident, ("person:alice",))
    paging.acknowledge(ledger, incident, None, by="alice")
    incidents.change(ledger, incident, lambda now: rules.close(now, "incident", "SEV2", None, ""))

    for ask in (
        lambda: paging.page(ledger, incident, ("person:bob",)),
        lambda: paging.ping(ledger, incident, ("legal",), ""),
        lambda: paging.decide(ledger, incident, "1", "escalate", ""),
    ):
        with pytest.raises(Refused, match="closed"):
            ask()


def test_an_acknowledgement_cancels_all_however_many_there_are(ledger, wiring, incident):
    _, [page] = paging.page(ledger, incident, ("person:alice",))
    [first, *_] = messages(wiring)
    earlier = first.but(page=None, state="sent", due_at=first.due_at - timedelta(days=1))
    with ledger.writing() as record:
        for number in range(600):
            record.tx.queue(earlier.but(id=f"00000000-0000-5000-8000-{number:012}"))

    paging.acknowledge(ledger, incident, None, by="alice")

    assert not [
        m for m in messages(wiring, limit=10_000) if m.page == page.id and m.state == "queued" and m.purpose == "page"
    ]


# ── pings and tickets ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ping_that_must_be_acknowledged_pages_as_well(ledger, wiring, incident, apply_roster):
    apply_roster(roster().replace('slack = "C0LEGAL"', 'slack = "C0LEGAL"\npolicy = "quick"'))

    written = paging.ping(ledger, incident, ("legal",), "please join")

    assert [entry.kind for entry in written.entries] == ["team.pinged", "page.opened", "page.step_fired"]
    assert states(wiring) == [("team:legal", "chat", "queued"), ("person:bob", "hook", "queued")]
    assert "please join" in messages(wiring)[0].text


def test_one_unknown_team_pings_none(ledger, wiring, incident):
    with pytest.raises(NotFound, match="lgeal"):
        paging.ping(ledger, incident, ("legal", "lgeal"), "")
    with pytest.raises(NotFound):
        paging.page(ledger, incident, ("person:alice", "person:eve"))

    assert messages(wiring) == []
    assert kinds(wiring, incident) == ["incident.opened"]


def test_a_ticket_is_asked_for_once(ledger, wiring, incident, apply_roster):
    apply_roster(roster(more=TRACKER))
    paging.ask_ticket(ledger, incident)
    again = paging.ask_ticket(ledger, incident)
    courier(wiring, everything()).run(1)
    later = paging.ask_ticket(ledger, incident)

    assert again.entries == later.entries == []
    assert [m.purpose for m in messages(wiring)] == ["ticket"]
    assert state_of(wiring, incident).ticket == "r-1"


# ── tests of the pager ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["ack", "cancel"])
def test_an_incident_of_a_test_closes_with_the_test(ledger, wiring, end):
    written, pages = page_for_test(ledger, ("person:alice", "person:bob"))
    incident = written.incident.id
    assert [entry.kind for entry in written.entries][:2] == ["incident.opened", "page.opened"]
    assert [(page.number, page.test) for page in pages] == [(1, True), (2, True)]

    for ref in ("1", "2"):
        assert state_of(wiring, incident).status == "open"
        if end == "ack":
            paging.acknowledge(ledger, incident, ref, by="alice")
        else:
            paging.decide(ledger, incident, ref, "cancel", "")

    assert state_of(wiring, incident).status == "closed"


def test_a_test_whose_page_cannot_be_opened_leaves_no_incident_behind(ledger, wiring):
    with pytest.raises(NotFound):
        page_for_test(ledger, ("person:alice", "person:eve"))

    with wiring.store.reading() as look:
        assert look.incidents(limit=9) == []
    assert messages(wiring) == []


def test_a_test_on_a_real_incident_does_not_close_it(ledger, wiring, incident):
    paging.page(ledger, incident, ("person:alice",), test=True)

    paging.acknowledge(ledger, incident, None, by="alice")

    assert state_of(wiring, incident).status == "open"
    assert "TEST PAGE" in messages(wiring)[0].text
