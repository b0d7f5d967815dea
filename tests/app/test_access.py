"""Need to know, on a record that is a file: what is closed to somebody is not there, and breaking the glass is loud."""

from __future__ import annotations

import pytest

from escalate.app import access, approvals, incidents, paging, reading, timing
from escalate.app.incidents import Opening
from escalate.app.ledger import Author
from escalate.app.ports import Tally
from escalate.app.verification import verify_store
from escalate.domain.incident import rules
from escalate.domain.messages.message import OWED
from escalate.errors import NotFound, Refused, Usage
from telling import kinds, messages
from two_people import BOB, ROSTER, wired_as

DANA = Author(actor="dana", person="dana", source="test", origin="desk")
GUEST = Author(actor="os:guest", source="test", origin="desk")


@pytest.fixture
def closed(ledger, apply_roster):
    """The id of INC-1, which Alice opened restricted."""
    apply_roster(ROSTER)
    return incidents.open_incident(
        ledger, Opening(title="words of its own", severity="SEV2", restricted=True, quiet=True)
    ).incident.id


@pytest.fixture
def bobs(environ, clock, wiring):
    made = wired_as(environ, clock, BOB)
    yield made.ledger
    made.store.close()


def seen_by(environ, clock, author):
    made = wired_as(environ, clock, author)
    with made.ledger.store.reading() as look:
        return [incident.ref for incident in look.incidents()]


# ── who sees it ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_not_there_for_who_was_not_let_in(ledger, closed, bobs):
    note = incidents.note(ledger, closed, "a word about it").entries[0]
    paging.page(ledger, closed, ("person:carol",))

    with bobs.store.reading() as look:
        assert look.ids("INC-1") == look.ids("1") == look.ids(closed) == []
        assert look.incident(closed) is None
        assert look.incidents() == []
        assert look.entries(closed) == look.last_entries(closed, 5) == []
        assert look.entry(closed, 1) is None
        assert look.entry_by_id(note.id) is None
        assert look.search("word") == []
        assert look.messages() == look.messages(incident=closed) == []
    assert list(bobs.store.pages_of(closed)) == []
    for ask in (
        lambda: incidents.note(bobs, closed, "x"),
        lambda: reading.timeline(bobs.store, closed),
        lambda: access.grant(bobs, closed, "bob"),
        lambda: approvals.approve(bobs, closed, None),
    ):
        with pytest.raises(NotFound):
            ask()


def test_others_are_there_and_take_no_place_from(ledger, closed, bobs):
    for number in range(3):
        id_ = incidents.open_incident(ledger, Opening(title=f"open {number}", severity="SEV2", quiet=True)).incident.id
        incidents.note(ledger, id_, "a word")
        incidents.note(ledger, closed, "a word")

    with bobs.store.reading() as look:
        assert [one.number for one in look.incidents(limit=3)] == [4, 3, 2]
        assert len(look.search("word", limit=3)) == 3
        assert {hit.incident for hit in look.search("word")} == {one.id for one in look.incidents()}


@pytest.mark.parametrize(
    ("to", "author", "lets_in"),
    [("person:bob", BOB, True), ("team:crew", BOB, True), ("guest", GUEST, True), ("person:dana", BOB, False)],
    ids=["a person", "a team", "a login", "somebody else"],
)
def test_whoever_is_granted_it_sees_it(ledger, closed, environ, clock, to, author, lets_in):
    access.grant(ledger, closed, to)

    assert seen_by(environ, clock, author) == (["INC-1"] if lets_in else [])
    if lets_in:
        access.revoke(ledger, closed, to)
        assert seen_by(environ, clock, author) == []


def test_a_role_and_a_page_let_in(ledger, closed, environ, clock):
    incidents.change(ledger, closed, lambda one: rules.assign(one, "lead", "bob"))
    paging.page(ledger, closed, ("person:dana",))

    assert seen_by(environ, clock, BOB) == seen_by(environ, clock, DANA) == ["INC-1"]


def test_couriers_and_verify_see_all_of_it(closed, wiring):
    assert wiring.courier_ledger().store.rows("numbers")[0]["incident"] == closed
    with wiring.courier_ledger().store.reading() as look:
        assert look.incident(closed) is not None
    assert verify_store(wiring.store).entries == 1


def test_restricting_later_closes_it_to_all_but_those_who_work_on_it(ledger, apply_roster, environ, clock):
    apply_roster(ROSTER)
    id_ = incidents.open_incident(ledger, Opening(title="t", severity="SEV2", quiet=True)).incident.id
    incidents.change(ledger, id_, lambda one: rules.assign(one, "lead", "dana"))
    assert seen_by(environ, clock, BOB) == ["INC-1"]

    access.restrict(ledger, id_, "it concerns one of us")

    assert [seen_by(environ, clock, who) for who in (BOB, GUEST, DANA)] == [[], [], ["INC-1"]]
    assert access.restrict(ledger, id_, "again").entries == []


# ── lifting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lifting_takes_a_second_person_who_may_read_it(ledger, closed, bobs, environ, clock):
    done = access.lift(ledger, closed, "it is public")
    assert done.waits
    assert done.written.incident.restricted
    with pytest.raises(NotFound):
        approvals.approve(bobs, closed, "P-1")
    assert {m.to for m in done.written.queued} == {"person:"}, "nobody is told of what they may not read"

    access.grant(ledger, closed, "bob")
    written, approval = approvals.approve(bobs, closed, "P-1", "agreed")

    assert not written.incident.restricted
    assert written.entries[1].event.approval == approval["id"] == "P-1"
    assert seen_by(environ, clock, GUEST) == ["INC-1"]


def test_what_was_lifted_since_is_not_lifted_again(ledger, closed, bobs):
    access.grant(ledger, closed, "bob")
    access.lift(ledger, closed, "first")
    access.lift(bobs, closed, "second")
    approvals.approve(bobs, closed, "P-1")

    with pytest.raises(Refused, match="not restricted any more"):
        approvals.approve(ledger, closed, "P-2")


# ── breaking the glass ──────────────────────────────────────────────────────────────────────────────────────────────


def test_breaking_the_glass_lets_in_and_pages_whoever_leads(ledger, closed, bobs, wiring, environ, clock):
    incidents.change(ledger, closed, lambda one: rules.assign(one, "lead", "dana"))
    written = access.break_glass(bobs, "INC-1", "nobody can be reached")

    assert [entry.kind for entry in written.entries] == ["access.broken"]
    assert written.entries[0].actor == "bob"
    assert seen_by(environ, clock, BOB) == ["INC-1"]
    with wiring.store.reading() as look:
        assert look.due_timers(clock.now()) == [closed]

    timing.pass_time(wiring.courier_ledger(), closed)

    found = kinds(wiring, closed)
    assert found[3:] == ["access.alarmed", "approval.asked", "page.opened", "page.step_fired"]
    with wiring.store.reading() as look:
        incident = look.incident(closed)
        assert look.due_timers(clock.now()) == []
    [page] = incident.pages.values()
    assert (page.target, page.paged) == ("person:dana", ("dana",))
    assert {(m.purpose, m.to) for m in messages(wiring, incident=closed)} == {
        ("page", "person:dana"), ("review", "person:dana"),
    }  # fmt: skip
    assert timing.pass_time(wiring.courier_ledger(), closed) is None
    assert verify_store(wiring.store).sound


def test_it_is_reviewed_by_somebody_else_although_a_courier_wrote_it_down(ledger, closed, bobs, wiring):
    access.break_glass(bobs, "1", "w")
    timing.pass_time(wiring.courier_ledger(), closed)

    with pytest.raises(Refused, match="P-1 was asked for by Bob"):
        approvals.approve(bobs, closed, "P-1")
    written, approval = approvals.approve(ledger, closed, "P-1", "it was right")
    assert [entry.kind for entry in written.entries][:1] == ["approval.given"]
    assert approval["broken"]


def test_where_nobody_can_be_paged_the_console_says_so(ledger, environ, clock, wiring):
    id_ = incidents.open_incident(ledger, Opening(title="t", severity="SEV2", restricted=True)).incident.id
    guest = wired_as(environ, clock, GUEST).ledger
    access.break_glass(guest, "#1", "w")
    timing.pass_time(wiring.courier_ledger(), id_)

    [one] = [m for m in messages(wiring, incident=id_) if m.purpose == "broken"]
    assert (one.to, one.via) == ("person:", "console")
    assert "BREAK-GLASS" in one.text
    assert "guest" not in one.text


def test_nothing_is_broken_where_one_may_read_and_nothing_found_where_there_is_nothing(ledger, closed, bobs):
    before = reading.incident(ledger.store, closed).head
    assert access.break_glass(ledger, "INC-1", "w").entries == []
    assert reading.incident(ledger.store, closed).head == before
    with pytest.raises(NotFound, match="no incident 'INC-9'"):
        access.break_glass(bobs, "INC-9", "w")
    with pytest.raises(Usage, match="is no number"):
        access.break_glass(bobs, "SLATE OTTER", "w")
    with pytest.raises(Usage, match="empty"):
        access.break_glass(bobs, "INC-1", " ")


def test_what_is_shown_of_access(ledger, closed, bobs):
    access.grant(ledger, closed, "team:crew", "to look")
    incident, roster = access.shown(ledger.store, closed)
    found = access.public(incident, roster)

    assert [(one["to"], one["how"], one["people"]) for one in found["granted"]] == [
        ("person:alice", "opened", []),
        ("team:crew", "granted", ["bob"]),
    ]
    assert (found["ref"], found["restricted"], found["broken"]) == ("INC-1", True, [])


def test_what_is_owed_of_it_is_not_counted_for_them(ledger, closed, bobs, clock):
    paging.page(ledger, closed, ("person:carol",))

    with bobs.store.reading() as look:
        assert look.tally(clock.now()) == Tally()
        assert look.by_hand(clock.now(), 5) == look.messages(limit=5) == []
    with ledger.store.reading() as look:
        assert look.tally(clock.now()).messages == len(look.messages(states=OWED)) > 0
