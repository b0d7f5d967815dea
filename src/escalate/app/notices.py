"""News of shifts to come, for schedules that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.oncall.news import news

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written


def announce(ledger: Ledger, now: datetime) -> Written | None:
    """Owe everybody the news of their next shift, once; None where there is none. What is written is found anew under the
    lock, so that two couriers never say it twice.
    """
    with ledger.store.reading() as look:
        if next(news(look.roster(), now), None) is None:
            return None
    with ledger.writing() as record:
        events = list(news(record.roster, now))
        return record.append(record.on_call(), *events) if events else None
