"""A test of how people are reached: on an incident of its own, a drill, which closes when it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.app import incidents, paging
from escalate.app.incidents import Opening

if TYPE_CHECKING:
    from escalate.app.ledger import Ledger, Written
    from escalate.domain.oncall.page import Page

OPENING = Opening(title=paging.TEST_TITLE, severity="SEV4", quiet=True, drill=True)


def page_for_test(ledger: Ledger, targets: tuple[str, ...]) -> tuple[Written, list[Page]]:
    with ledger.writing() as record:
        return paging.paged(record, incidents.opened(ledger, record, OPENING), targets, test=True)
