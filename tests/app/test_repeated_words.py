"""What is sent in place of a refused ping says what the ping said, and the words stand in one entry only."""

from escalate.app import paging
from escalate.errors import Rejected
from telling import Line, courier, events, everything, messages, roster

WORDS = "please join; a decision is needed by 22:00"


def test_a_ping_that_is_refused_is_said_again_in_the_same_words(wiring, ledger, incident, apply_roster):
    apply_roster(roster())
    paging.ping(ledger, incident, ("legal",), WORDS)

    lines = everything()
    lines["chat"] = Line(Rejected("no such channel"))

    courier(wiring, lines).run(1)

    refused, instead = messages(wiring)
    assert (refused.state, instead.via) == ("failed", "console")
    assert WORDS in instead.text
    [failed] = events(wiring, incident, "message.failed")
    assert WORDS not in str(failed.plain())
