"""What goes to authorities, and what must be kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from escalate.domain.timeline.event import Event

if TYPE_CHECKING:
    from datetime import datetime


class AuthorityChecked(Event):
    """Somebody who says they come from `authority` was called back on the number that stands in the team's own list.
    `outcome` is confirmed, refused or no-answer.
    """

    kind: ClassVar[str] = "authority.checked"
    authority: str
    outcome: str
    how: str
    reference: str = ""


class ReferralDrafted(Event):
    """A person was given the words to send. `disclosed` are the kinds of data that go with it, never the data."""

    kind: ClassVar[str] = "referral.drafted"
    referral: str
    authority: str
    basis: str
    disclosed: list[str]
    sha256: str
    decision: str | None = None


class ReferralSent(Event):
    """A person sent it; when is the entry's `occurred_at`. `call_back` is when they said they would answer."""

    kind: ClassVar[str] = "referral.sent"
    referral: str
    reference: str
    how: str = ""
    call_back: datetime | None = None


class ReferralAnswered(Event):
    kind: ClassVar[str] = "referral.answered"
    referral: str
    outcome: str
    reference: str = ""


class HoldPlaced(Event):
    """Nothing of this incident may be erased until it is released."""

    kind: ClassVar[str] = "hold.placed"
    hold: str
    matter: str
    scope: str
    custodians: list[str] = []


class HoldReleased(Event):
    kind: ClassVar[str] = "hold.released"
    hold: str
    why: str
    approval: str | None = None
