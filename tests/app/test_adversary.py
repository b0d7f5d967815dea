"""What was tried to make a page go quiet, wake somebody for nothing, or tell an untruth about what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import delivery, driving, incidents, paging
from escalate.app.handing_out import hand_out
from escalate.app.incidents import Opening, open_incident
from escalate.app.verification import verify_store
from escalate.domain.incident import rules
from escalate.domain.oncall.code import code
from escalate.errors import Conflict, Rejected, Unreachable
from many_pages import ROSTER as MANY
from telling import Line, Lines, courier, events, kinds, messages

WATCHED = """
[teams.desk]
name = "Desk"
people = ["alice", "bob"]

[policies.watched]
unworked = "30m"
[[policies.watched.steps]]
wait = "5m"
targets = ["person:alice"]
[[policies.watched.steps]]
wait = "5m"
targets = ["person:bob"]

[policies.everybody]
[[policies.everybody.steps]]
wait = "5m"
multi_ack = true
targets = ["team:desk"]

[policies.saved]
fallback = "person:carol"
[[policies.saved.steps]]
wait = "5m"
targets = ["person:alice"]
"""
ROSTER = MANY.format(http="http://127.0.0.1:9") + WATCHED


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(ROSTER)


def chat(*script):
    return Lines(chat=Line(*script), mail=Line(), hook=Line(), pager=Line())


def run(wiring, lines):
    return courier(wiring, lines).run(1)


def opened(ledger, target, severity="SEV2"):
    incident = open_incident(ledger, Opening(title="Sign-ups", severity=severity)).incident.id
    return incident, paging.page(ledger, incident, (target,))[1][0].id


def page_of(wiring, incident):
    with wiring.store.reading() as look:
        [page] = look.incident(incident).pages.values()
    return page


def resolve(ledger, incident):
    incidents.change(ledger, incident, lambda now: rules.resolve(now, ""))


def reopen(ledger, incident):
    incidents.change(ledger, incident, lambda now: rules.reopen(now, "it goes on"))


# ── nobody works on it ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_no_work_however_long_ago_it_was_given(ledger, wiring, clock):
    incident, page = opened(ledger, "policy:watched")
    clock.advance(minutes=4)
    paging.acknowledge(ledger, incident, None, by="alice", at=clock.now() - timedelta(minutes=4))
    clock.advance(minutes=30)
    paging.advance_due(ledger, incident, page)

    assert "page.worked" not in kinds(wiring, incident)
    assert page_of(wiring, incident).round == 2


def test_the_same_answer_given_for_two_rounds_does_not_stop_the_courier(ledger, wiring, clock):
    """Both are looked at again at the same moment, were it counted from when they were given."""
    incident, _page = opened(ledger, "policy:watched")
    said = clock.now()
    clock.advance(minutes=4)
    for _ in range(2):
        paging.acknowledge(ledger, incident, None, by="alice", at=said)
        for _ in range(3):
            clock.advance(minutes=30)
            run(wiring, chat())

    assert kinds(wiring, incident).count("page.unworked") == 2


def test_that_no_courier_runs_is_no_work_on_the_incident(ledger, wiring, clock):
    from escalate.domain.timeline.receipts import CourierMissing

    incident, page = opened(ledger, "policy:watched")
    paging.acknowledge(ledger, incident, None, by="alice")
    clock.advance(minutes=20)
    with ledger.writing() as record:
        record.append(record.incident(incident), CourierMissing(waiting=[], why="the courier was stopped"))
    clock.advance(minutes=10)
    paging.advance_due(ledger, incident, page)

    assert page_of(wiring, incident).round == 2


def test_a_reopened_incident_is_looked_after_again(ledger, wiring, clock):
    incident, page = opened(ledger, "policy:watched")
    paging.acknowledge(ledger, incident, None, by="alice")
    resolve(ledger, incident)
    clock.advance(hours=5)
    assert paging.advance_due(ledger, incident, page) is None

    reopen(ledger, incident)
    assert page_of(wiring, incident).due_at == clock.now() + timedelta(minutes=30)
    clock.advance(minutes=30)
    lines = chat()
    run(wiring, lines)

    assert kinds(wiring, incident)[-3:-1] == ["page.unworked", "page.step_fired"]
    assert [message.to for message in lines["chat"].sent] == ["person:alice"]


# ── everybody answers for themselves ────────────────────────────────────────────────────────────────────────────────


def test_nobody_is_asked_any_more_once_the_incident_is_resolved(ledger, wiring, clock):
    incident, _ = opened(ledger, "policy:everybody")
    lines = chat()
    run(wiring, lines)
    paging.acknowledge(ledger, incident, None, by="alice")
    resolve(ledger, incident)
    clock.advance(minutes=5)
    run(wiring, lines)

    assert lines["mail"].sent == [], "Bob is not written to about what is over"
    assert verify_store(wiring.store).sound


PAGED_BY_PAGER = ROSTER.replace('{ via = "chat", after = "0m" }, { via = "mail", after = "5m" }', '{ via = "pager", after = "0m" }')  # fmt: skip


def test_the_last_one_may_decline_and_the_pager_is_quiet(ledger, wiring, apply_roster):
    apply_roster(PAGED_BY_PAGER)
    incident, page = opened(ledger, "policy:everybody")
    lines = chat()
    run(wiring, lines)
    paging.acknowledge(ledger, incident, None, by="alice")
    run(wiring, lines)
    assert [m.details["action"] for m in lines["pager"].sent] == ["trigger"]

    paging.decline(ledger, incident, "1", by="bob")
    run(wiring, lines)

    assert [m.details["action"] for m in lines["pager"].sent] == ["trigger", "acknowledge"]
    assert page_of(wiring, incident).id == page


def test_when_all_have_declined_anybody_who_answers_quietens_the_pager(ledger, wiring, apply_roster):
    apply_roster(PAGED_BY_PAGER)
    incident, _ = opened(ledger, "policy:everybody")
    lines = chat()
    run(wiring, lines)
    for person in ("alice", "bob"):
        paging.decline(ledger, incident, "1", by=person)
    assert page_of(wiring, incident).state == "exhausted"
    paging.acknowledge(ledger, incident, None, by="dana")
    run(wiring, lines)

    assert [m.details["action"] for m in lines["pager"].sent] == ["trigger", "acknowledge"]


def test_resolving_stops_a_pager_that_somebody_has_not_answered(ledger, wiring, apply_roster):
    apply_roster(PAGED_BY_PAGER)
    incident, _ = opened(ledger, "policy:everybody")
    lines = chat()
    run(wiring, lines)
    paging.acknowledge(ledger, incident, None, by="alice")
    resolve(ledger, incident)
    run(wiring, lines)

    assert [m.details["action"] for m in lines["pager"].sent] in (["trigger", "acknowledge"], ["trigger", "resolve"])


@pytest.mark.parametrize("how", ["by hand", "unworked"])
def test_the_pager_of_a_round_that_is_over_is_quiet_although_not_everybody_answered(
    ledger, wiring, clock, apply_roster, how
):
    """The next round wakes by a key of its own."""
    apply_roster(PAGED_BY_PAGER.replace("[policies.everybody]", '[policies.everybody]\nunworked = "30m"'))
    incident, page = opened(ledger, "policy:everybody")
    lines = chat()
    run(wiring, lines)
    paging.acknowledge(ledger, incident, None, by="alice")
    if how == "by hand":
        paging.decide(ledger, incident, "1", "escalate", "")
    clock.advance(minutes=30)
    run(wiring, lines)
    paging.decide(ledger, incident, "1", "cancel", "")
    run(wiring, lines)

    said = [(m.details["action"], m.details["dedup"]) for m in lines["pager"].sent]
    assert sorted(said) == sorted([
        ("trigger", page), ("acknowledge", page), ("trigger", f"{page}/2"), ("resolve", f"{page}/2"),
    ])  # fmt: skip


# ── pagers outside ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_round_is_called_off_at_the_pager_also_one_it_did_not_hear_of_yet(ledger, wiring, clock):
    incident, page = opened(ledger, "person:carol")
    lines = chat()
    run(wiring, lines)
    lines["pager"].script = [Unreachable("down")]
    paging.acknowledge(ledger, incident, None, by="carol")
    run(wiring, lines)  # the pager is not told: it goes on ringing
    lines["pager"].sent.clear()
    paging.decide(ledger, incident, "1", "escalate", "")
    paging.acknowledge(ledger, incident, None, by="carol")
    clock.advance(minutes=5)
    run(wiring, lines)

    said = {(m.details["action"], m.details["dedup"]) for m in lines["pager"].sent}
    assert ("acknowledge", page) in said


def test_a_pager_is_quietened_although_the_roster_changed_meanwhile(ledger, wiring, apply_roster):
    incident, _ = opened(ledger, "person:carol")
    lines = chat()
    run(wiring, lines)
    apply_roster(ROSTER.replace('{ via = "pager", after = "0m" }, ', ""))
    paging.acknowledge(ledger, incident, None, by="bob")
    run(wiring, lines)

    assert [m.details["action"] for m in lines["pager"].sent] == ["trigger", "acknowledge"]


# ── told instead ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def told_instead(ledger, wiring):
    """Alice cannot be reached; Carol is told in her place."""
    incident, page = opened(ledger, "policy:saved")
    lines = chat(Rejected("channel_not_found"))
    run(wiring, lines)
    assert {m.to for m in lines["hook"].sent} == {"person:carol"}
    return incident, page, lines


def test_whoever_is_told_in_place_of_another_answers_by_their_code(wiring, told_instead, escalate):
    incident, page, lines = told_instead
    assert code(page, "carol") in lines["hook"].sent[0].text

    done = escalate(f"ack {code(page, 'carol')}")

    assert done.exit_code in (0, 9), done.stderr
    [answered] = events(wiring, incident, "page.acknowledged")
    assert (answered.by, answered.second_hand) == ("carol", False)


def test_that_code_is_known_after_a_rebuild_as_well(wiring, told_instead):
    from escalate.adapters.store.upkeep import rebuild

    _, page, _ = told_instead
    rebuild(wiring.store)
    with wiring.store.reading() as look:
        assert [who for _i, _p, who in look.coded(code(page, "carol"))] == ["carol"]


def test_the_pager_of_whoever_was_told_in_place_of_another_is_quietened(ledger, wiring, told_instead):
    incident, _, lines = told_instead
    paging.acknowledge(ledger, incident, None, by="bob")
    run(wiring, lines)

    assert [m.details["action"] for m in lines["pager"].sent] == ["trigger", "acknowledge"]


# ── pace and bundles ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_that_was_set_back_holds_nothing_for_as_long(ledger, wiring, clock):
    lines = chat()
    clock.advance(hours=2)
    opened(ledger, "person:alice")
    run(wiring, lines)
    clock.advance(hours=-2)
    opened(ledger, "person:alice")
    for _ in range(3):
        run(wiring, lines)
        clock.advance(minutes=1)

    assert len(lines["chat"].sent) == 2


def test_what_cannot_be_written_down_is_not_sent_every_minute(ledger, wiring, clock, monkeypatch):
    incident, _ = opened(ledger, "person:alice")
    real = delivery.Courier._record_one
    monkeypatch.setattr(delivery.Courier, "_record_one", lambda *_words: 1 / 0)
    lines, at_work = chat(), None
    at_work = courier(wiring, lines)
    for _ in range(3):
        at_work.run(1)
        clock.advance(seconds=61)
    assert len(lines["chat"].sent) == 1

    monkeypatch.setattr(delivery.Courier, "_record_one", real)
    at_work.run(1)
    assert [m.state for m in messages(wiring, incident=incident)] == ["sent"]
    assert len(lines["chat"].sent) == 1


def test_an_incident_that_gets_worse_is_held_no_more(ledger, wiring, clock):
    lines = chat()
    opened(ledger, "person:alice")
    run(wiring, lines)
    incident, _ = opened(ledger, "person:alice")
    run(wiring, lines)
    assert len(lines["chat"].sent) == 1

    incidents.change_severity(ledger, incident, "SEV0", "a life is at risk")
    run(wiring, lines)

    assert len(lines["chat"].sent) == 2


# ── couriers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_dead_courier_had_in_hand_is_waited_for(ledger, wiring, clock):
    """Nobody else is woken any more, so that a courier would end after some idle seconds."""
    incident, page = opened(ledger, "policy:saved")
    run(wiring, chat())
    clock.advance(minutes=5)
    paging.advance_due(ledger, incident, page)
    with wiring.courier_ledger().writing() as record:
        assert [one.message.to for one in hand_out(record, delivery.LEASE, 9)] == ["person:carol"] * 2

    with wiring.store.reading() as look:
        assert look.next_due(clock.now()) == clock.now() + delivery.LEASE


@pytest.mark.slow
def test_a_hundred_damaged_pages_keep_no_other_from_being_driven(ledger, wiring, clock, monkeypatch):
    incident = open_incident(ledger, Opening(title="Sign-ups", severity="SEV2")).incident.id
    paging.page(ledger, incident, ("person:dana",) * 110)
    clock.advance(seconds=1)
    other, _ = opened(ledger, "policy:watched")
    clock.advance(minutes=5)
    real = driving.advance_due

    def damaged(ledger, which, page):
        if which == incident:
            raise ValueError("damaged")
        return real(ledger, which, page)

    monkeypatch.setattr(driving, "advance_due", damaged)
    run(wiring, chat())

    assert kinds(wiring, other).count("page.step_fired") == 2


def test_one_page_that_is_always_in_conflict_holds_up_no_other(ledger, wiring, clock, monkeypatch):
    first, _ = opened(ledger, "policy:watched")
    second, _ = opened(ledger, "policy:watched")
    clock.advance(minutes=5)
    real = driving.advance_due

    def stuck(ledger, which, page):
        if which == first:
            raise Conflict("The record changed while this was being written: this entry is there already.")
        return real(ledger, which, page)

    monkeypatch.setattr(driving, "advance_due", stuck)
    at_work = courier(wiring, chat())
    with pytest.raises(Conflict):
        at_work.run(1)
    at_work.run(1)

    assert kinds(wiring, second).count("page.step_fired") == 2
