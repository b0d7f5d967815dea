"""Putting a roster in force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from escalate.adapters.store.sqlite import SqliteStore
from escalate.app import roster
from escalate.app.ledger import Author, Ledger
from escalate.domain.value import Value


class Frozen:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 21, 7, 14, tzinfo=UTC)

    def real(self, seconds: float) -> float:
        return seconds


class Doubt(Value):
    key: str


class Checked(Value):
    roster: dict[str, Any]
    warnings: tuple[Doubt, ...] = ()
    source: str = "as written"


def person(slug, name, **more):
    return {"slug": slug, "name": name, "zone": "UTC", "addresses": {}, "logins": [], "reach": [], **more}


ALICE = {"people": {"alice": person("alice", "Alice Ng", logins=["ang"])}}
BOB = {"people": {**ALICE["people"], "bob": person("bob", "Bob Okoro")}}


@pytest.fixture
def ledger(tmp_path):
    store = SqliteStore(tmp_path / "record.db", Frozen())
    store.create()
    yield Ledger(store, Frozen(), Author(actor="os:ang", origin="desk"), None)
    store.close()


def test_the_first_roster_is_version_1(ledger):
    assert roster.current(ledger.store).version == 0

    answer = roster.apply(ledger, Checked(roster=ALICE, warnings=(Doubt(key="people.alice"),)))

    assert answer == {"roster_version": 1, "changed": True, "warnings": [{"key": "people.alice"}]}
    assert roster.current(ledger.store).people["alice"].name == "Alice Ng"


def test_the_same_content_changes_nothing(ledger):
    roster.apply(ledger, Checked(roster=ALICE))

    answer = roster.apply(ledger, Checked(roster=ALICE, source="the same, with a comment"))

    assert (answer["roster_version"], answer["changed"]) == (1, False)
    assert roster.current(ledger.store).version == 1


def test_another_content_is_the_next_version_and_going_back_is_one_too(ledger):
    versions = [roster.apply(ledger, Checked(roster=each))["roster_version"] for each in (ALICE, BOB, ALICE)]

    assert versions == [1, 2, 3]
    assert list(roster.current(ledger.store).people) == ["alice"]


def test_a_login_belongs_to_the_person_in_force(ledger):
    roster.apply(ledger, Checked(roster=ALICE))

    with ledger.store.reading() as look:
        assert look.person_of("ang") == "alice"
        assert look.person_of("bokoro") is None


def test_checking_needs_no_store():
    assert roster.check(Checked(roster=ALICE)) == {"roster_version": None, "changed": False, "warnings": []}
