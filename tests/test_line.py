"""Which store a command is on: the shared record, or what this machine keeps, decided at its first word and kept."""

import pytest

from escalate.app.incidents import Opening, note, open_incident
from escalate.app.ledger import Ledger
from escalate.errors import Conflict, Unreachable
from escalate.wiring import Wiring
from escalate.wiring.offline import KEEPING, SPOOLING, Line
from offline import ADDRESS, ALICE, Cut, Laptop, entries

pytestmark = pytest.mark.slow


@pytest.fixture
def laptop(wiring, home, clock, incident):
    made = Laptop(wiring, home, clock).remember()
    yield made
    made.close()


@pytest.fixture
def at_work(laptop, wiring, environ, clock):
    """A wiring whose record is behind a line: `cut` is that line; `said` what was said to the person."""
    made = Wiring({**environ, "ESCALATE_DATABASE": ADDRESS}, clock=clock, author=ALICE)
    made.cut = Cut(wiring.store)
    made.line = Line(made)
    made.line._record = made.cut
    made.line.offline = laptop.offline
    made.said = []
    made.say = made.said.append
    made.verb = "log"
    made.ledgers = lambda: Ledger(made.line, clock, ALICE, wiring.texts)
    return made


def test_a_note_goes_to_the_record_while_that_can_be_reached(at_work, laptop, incident, wiring):
    note(at_work.ledgers(), incident, "there")
    assert at_work.said == []
    assert not laptop.offline.is_there


def test_a_note_is_kept_here_when_it_cannot(at_work, laptop, incident):
    at_work.cut.after = 0
    note(at_work.ledgers(), incident, "here")
    assert at_work.said == [
        "The record cannot be reached (the connection was lost).",
        "Kept on this machine; it goes in by itself: escalate sync",
    ]
    assert laptop.kinds(incident) == ["incident.recalled", "note.added"]


def test_a_line_that_goes_between_reading_and_writing_costs_no_word(at_work, laptop, incident):
    with at_work.line.reading() as look:
        assert look.ids("INC-1") == [incident]
    at_work.cut.after = 0
    note(at_work.ledgers(), incident, "typed for ten minutes")
    assert laptop.kinds(incident) == ["incident.recalled", "note.added"]


def test_a_line_that_goes_after_something_was_written_is_not_gone_round(at_work, laptop, incident):
    note(at_work.ledgers(), incident, "there")
    at_work.cut.after = 0
    with pytest.raises(Unreachable):
        note(at_work.ledgers(), incident, "and here")
    assert not laptop.waiting.any


@pytest.mark.parametrize("verb", ["close", "verify", "apply", "decide", "assign"])
def test_other_commands_need_the_record(at_work, laptop, verb, incident):
    at_work.verb = verb
    at_work.cut.after = 0
    with pytest.raises(Unreachable) as failed:
        note(at_work.ledgers(), incident, "here")
    assert "Meanwhile these go on" in failed.value.hint
    assert not laptop.offline.is_there


@pytest.mark.parametrize("verb", sorted(SPOOLING - KEEPING))
def test_whoever_only_looks_is_told_that_it_is_what_is_here(at_work, verb):
    at_work.verb = verb
    at_work.cut.after = 0
    with at_work.line.reading() as look:
        assert [one.ref for one in look.incidents()] == ["INC-1"]
    assert at_work.said == ["The record cannot be reached (the connection was lost). This is what is here."]


def test_an_answer_that_never_came_is_not_written_a_second_time(at_work, incident, laptop):
    with pytest.raises(Unreachable):
        at_work.line._go_down(Unreachable("…", unknown=True))


def test_what_fails_inside_is_not_tried_elsewhere(at_work, incident, laptop):
    with pytest.raises(Unreachable, match="in the middle"), at_work.line.writing():
        raise Unreachable("in the middle")
    assert not laptop.offline.is_there


def test_who_writes_here_is_whom_the_record_knew(at_work, laptop):
    at_work.cut.after = 0
    assert at_work.line.author.actor == "alice"
    opened = open_incident(at_work.ledgers(), Opening(title="Here")).incident
    assert opened.opened_by == "alice"


def test_what_is_looked_at_is_of_one_place(at_work):
    at_work.verb = "timeline"
    with at_work.line.reading() as look:
        look.incidents()
    at_work.cut.after = 0
    with pytest.raises(Unreachable), at_work.line.reading():
        pass


def test_that_what_waits_stays_here_is_not_said_of_what_is_recorded(at_work, laptop, incident, wiring):
    """The words of one failure must not make somebody do another thing twice."""
    at_work.cut.after = 0
    note(at_work.ledgers(), incident, "here")
    at_work.cut.after = None
    at_work.line = Line(at_work)
    at_work.line._record, at_work.line.offline = at_work.cut, laptop.offline
    at_work.line.sync = _lost
    at_work.said.clear()

    note(at_work.ledgers(), incident, "there")

    assert [entry.event.text for entry in entries(wiring, incident)[1:]] == ["there"]
    assert at_work.said == [
        "What waits on this machine has not come in: The connection was lost. It is tried again with every command."
    ]


def _lost():
    raise Conflict("The connection was lost.", hint="Nothing was recorded. Run the same command again.")
