"""Putting a roster in force, and the one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.domain.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalate.app.ledger import Ledger
    from escalate.app.ports import Store
    from escalate.domain.value import Value


class Checked(Protocol):
    """A roster that has passed its checks, and what may still surprise somebody."""

    @property
    def roster(self) -> dict[str, Any]: ...
    @property
    def warnings(self) -> Sequence[Value]: ...
    @property
    def source(self) -> str:
        """The text it was read from, kept beside it."""


def apply(ledger: Ledger, checked: Checked) -> dict[str, Any]:
    """Put the roster in force. One that says what the one in force says gets no version."""
    wanted, by = Roster.from_plain(checked.roster), ledger.author.actor
    with ledger.writing() as record:
        version, changed = record.roster.version, False
        if wanted.but(version=version) != record.roster.but(duty=None) or not version:
            version = record.tx.apply_roster(checked.roster, checked.source, by)
            changed = True
    return _answer(version, changed, checked)


def check(checked: Checked) -> dict[str, Any]:
    """What `apply` answers where nothing is to be applied. Needs no store: a checkout can be checked."""
    return _answer(None, False, checked)


def current(store: Store) -> Roster:
    with store.reading() as look:
        return look.roster()


def _answer(version: int | None, changed: bool, checked: Checked) -> dict[str, Any]:
    return {
        "roster_version": version,
        "changed": changed,
        "warnings": [each.plain() for each in checked.warnings],
    }
