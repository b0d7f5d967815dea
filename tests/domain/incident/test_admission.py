"""Who is let in, who is shut out, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalate.domain.incident import admission
from escalate.domain.incident.access import Access
from escalate.domain.incident.state import Incident
from escalate.domain.people import Person, Team
from escalate.domain.roster import Roster
from escalate.errors import NotFound, Refused, Usage

PEOPLE = {
    slug: Person(slug=slug, name=slug.title(), zone="UTC", logins=logins)
    for slug, logins in (("alice", ("ang",)), ("bob", ()), ("dana", ()))
}
ROSTER = Roster(
    version=1,
    people=PEOPLE,
    teams={
        "legal": Team(slug="legal", name="Legal", people=("dana",)),
        "empty": Team(slug="empty", name="Empty"),
    },
)


def restricted(*granted, **more):
    how = {"by": "alice", "at": "2026-11-22T09:00:00.000000Z", "seq": 1, "how": "granted"}
    access = Access(restricted=True, granted=dict.fromkeys(granted, how))
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return Incident(
        **{"id": "i", "number": 1, "code_name": "X", "title": "t", "severity": "SEV2", "peak_severity": "SEV2",
           "opened_at": at, "opened_by": "alice", "restricted": True, "access": access, **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("person:alice", "person:alice"), ("alice", "person:alice"), ("ALICE", "person:alice"), ("ang", "person:alice"),
        ("team:legal", "team:legal"), ("legal", "team:legal"), ("guest", "guest"), ("login:guest", "guest"),
        ("os:guest", "guest"), ("db:reader", "reader"),
    ],
)  # fmt: skip
def test_whom_a_word_means(text, means):
    assert admission.grantee(ROSTER, text) == means


@pytest.mark.parametrize(
    ("text", "error"),
    [("person:nobody", NotFound), ("team:nobody", NotFound), ("schedule:ts", Usage), ("two words", Usage), ("", Usage)],
)
def test_what_is_nobody_is_refused(text, error):
    with pytest.raises(error):
        admission.grantee(ROSTER, text)


@pytest.mark.parametrize(
    ("others", "allowed"),
    [
        ((), False), (("team:empty",), False), (("person:gone",), False), (("team:gone",), False),
        (("team:legal",), True), (("person:bob",), True), (("guest",), True),
    ],
)  # fmt: skip
def test_somebody_must_be_able_to_read_it(others, allowed):
    incident = restricted("person:alice", *others)

    if allowed:
        assert [one.to for one in admission.revoke(incident, ROSTER, "person:alice", "")] == ["person:alice"]
    else:
        with pytest.raises(Refused, match="the last who may read INC-1"):
            admission.revoke(incident, ROSTER, "person:alice", "")


def test_restricting_keeps_those_who_have_a_role():
    open_ = restricted(restricted=False, access=None, roles={"lead": "bob"})

    kinds = [(one.kind, getattr(one, "to", "")) for one in admission.restrict(open_, "why")]

    assert kinds == [("access.restricted", ""), ("access.granted", "person:bob")]
    assert admission.restrict(restricted("person:alice"), "why") == []


@pytest.mark.parametrize("ask", [admission.lift, lambda one, why: admission.grant(one, "person:bob", why)])
def test_what_is_open_to_all_is_neither_lifted_nor_granted(ask):
    with pytest.raises(Refused, match="not restricted"):
        ask(restricted(restricted=False, access=None), "why")


def test_a_login_of_before_the_roster_lets_in_the_person_it_became():
    assert restricted("ang").access.admits("alice", "alice", ROSTER)
    assert not restricted("ang").access.admits("bob", "bob", ROSTER)


@pytest.mark.parametrize(
    ("incident", "by", "paged"),
    [
        (restricted("person:alice", "person:bob", roles={"lead": "bob"}), "dana", ["person:bob"]),
        (restricted("person:alice", roles={"lead": "bob"}), "dana", ["person:alice"]),
        (restricted("person:bob", roles={"lead": "bob"}), "bob", []),
        (restricted("person:alice"), "os:guest", ["person:alice"]),
        (restricted("team:legal", "person:bob", "guest"), "alice", ["team:legal", "person:bob"]),
        (restricted("guest", opened_by="os:guest"), "alice", []),
    ],
    ids=[
        "the lead",
        "a lead who was shut out is not",
        "not whoever did it",
        "who opened it",
        "who was let in",
        "nobody",
    ],
)
def test_who_hears_of_it(incident, by, paged):
    assert admission.alarm_targets(incident, ROSTER, by) == paged
