"""What a regime asks of whoever cannot meet a deadline, or did not: reasons, a notice before it runs out. Not legal advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalate.domain.clocks.library import LegalClock

REASONS = "Where it is not made within 72 hours, the notification is accompanied by reasons for the delay"
NOTICE = "Whoever cannot meet it informs the authority before it runs out, and says why"

AFTERWARDS = {
    "eu-gdpr-33-authority": f"{REASONS} (Art. 33(1)).",
    "uk-gdpr-33-ico": f"{REASONS} (UK GDPR Art. 33(1)).",
}
"""What goes with a submission that is late, by the id of the row."""

BEFOREHAND = {
    "eu-dora-initial": f"{NOTICE} (Del. Reg. (EU) 2025/301 Art. 5(3)).",
    "eu-dora-intermediate": f"{NOTICE} (Del. Reg. (EU) 2025/301 Art. 5(3)).",
    "eu-dora-final": f"{NOTICE} (Del. Reg. (EU) 2025/301 Art. 5(3)).",
}
"""What is done before time is over where it cannot be met."""

ALWAYS = "Say why it is late, and to whom that was said: escalate clock delay {id} --ground TEXT. Ask Legal what else is due."


def before(clock: LegalClock) -> str:
    """What to do before it is late; empty where the library knows of nothing."""
    return BEFOREHAND.get(clock.id, "")


def afterwards(clock: LegalClock) -> str:
    """What to do once it is late."""
    rule = AFTERWARDS.get(clock.id) or BEFOREHAND.get(clock.id, "")
    return f"{rule} {ALWAYS.format(id=clock.id)}".strip()
