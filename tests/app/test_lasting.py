"""Assessments that hold for a time, and what changed between two of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.app.assessment_versions import difference
from escalate.app.assessments import Given, draft, finalise, look, to_close
from escalate.app.incidents import Opening, change, open_incident
from escalate.app.overview import overview
from escalate.app.timing import pass_time
from escalate.app.verification import verify_store
from escalate.domain.assessment.template import parse
from escalate.domain.incident import rules
from escalate.domain.incident.state import Incident
from escalate.domain.timeline.words import masked, sentence
from escalate.errors import NotFound, Usage

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TEMPLATE = parse(
    "threat-to-life",
    {
        "title": "Threat",
        "version": 3,
        "fields": {
            "line": {"type": "text", "required": "final"},
            "imminent": {"type": "yesno", "watched": True},
            "axis_h": {"type": "number", "watched": True},
            "floors": {"type": "several", "choices": {"F1": "a", "F2": "b"}, "watched": True},
            "facts": {"type": "rows", "columns": {"what": {"type": "text"}}},
            "notice": {"type": "yesno", "required": "close"},
            "sealed": {"type": "yesno", "sensitive": True},
        },
    },
)
HOUR = timedelta(hours=1)
ROSTER = """
[channels.mail]
kind = "email"
host = "smtp.example.org:587"
from = "escalate@example.org"
tls = "starttls"
[people.alice]
name = "Alice Ng"
zone = "Europe/Paris"
email = "alice@example.org"
[people.bob]
name = "Bob Roe"
zone = "UTC"
"""


def read_time(text, ahead):
    raise Usage(f"No time can be read in {text!r}.")


def final(ledger, incident, answers=None, until=None):
    given = Given(answers=answers or {})
    return finalise(ledger, incident, TEMPLATE, given, read_time=read_time, until=until)


def keep(ledger, incident, answers):
    return draft(ledger, incident, TEMPLATE, Given(answers=answers), read_time=read_time)


def kinds(store, incident):
    with store.reading() as tx:
        return [entry.kind for entry in tx.entries(incident)]


def owed(store, incident):
    with store.reading() as tx:
        return [message for message in tx.messages(incident=incident) if message.purpose == "reassess"]


@pytest.mark.parametrize("back", [0, 1, 3600])
def test_it_holds_until_a_time_that_is_still_to_come(ledger, clock, incident, store, back):
    with pytest.raises(Usage, match="is over"):
        final(ledger, incident, {"line": "x"}, clock.now() - timedelta(seconds=back))

    assert kinds(store, incident) == ["incident.opened"]


def test_when_its_time_is_over_that_stands_on_the_timeline_once(ledger, wiring, store, clock, incident):
    _, data = final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    assert (data["until"], data["expired"]) == ("2026-11-21T22:00:00+00:00", False)
    with store.reading() as tx:
        assert tx.next_due(clock.now()) == clock.now() + HOUR

    clock.advance(minutes=59, seconds=59)
    assert pass_time(wiring.courier_ledger(), incident) is None
    clock.advance(seconds=1)
    assert [entry.kind for entry in pass_time(wiring.courier_ledger(), incident).entries] == ["assessment.expired"]
    assert pass_time(ledger, incident) is None

    data = look(store, incident, TEMPLATE, NOW)
    assert (data["status"], data["expired"]) == ("final", True)
    assert any(
        command.startswith("escalate assess threat-to-life INC-1")
        for command, _ in overview(store, clock.now(), 10).advice
    )
    assert verify_store(store).bad == []


def test_the_assessor_is_told_without_a_word_of_what_it_is_about(ledger, store, clock, incident, apply_roster):
    apply_roster(ROSTER)
    final(ledger, incident, {"line": "hippopotamus"}, clock.now() + HOUR)
    clock.advance(hours=2)
    pass_time(ledger, incident)

    [message] = owed(store, incident)
    assert (message.to, message.via) == ("person:alice", "mail")
    assert message.text.splitlines()[1] == (
        "Alice Ng: an assessment was final until Sat 2026-11-21 23:00 CET (22:00Z). That time is over."
    )
    assert "See which: escalate show INC-1" in message.text
    assert "threat" not in message.text.lower()
    assert "hippopotamus" not in message.text
    assert message.details["values"]["until"].startswith("Sat")


def test_where_the_roster_does_not_know_them_the_lead_is_told_and_else_the_console(ledger, store, clock, incident):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    clock.advance(hours=2)
    pass_time(ledger, incident)

    [message] = owed(store, incident)
    assert (message.to, message.via) == ("person:", "console")


def test_the_lead_is_told_where_the_assessor_has_left(ledger, store, clock, incident, apply_roster):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    apply_roster('[people.bob]\nname = "Bob Roe"\nzone = "UTC"\n')
    change(ledger, incident, lambda incident: rules.assign(incident, "lead", "bob"))
    clock.advance(hours=2)
    pass_time(ledger, incident)

    assert [message.to for message in owed(store, incident)] == ["person:bob"]


def test_a_new_draft_does_not_do_away_with_the_moment_and_a_new_final_does(ledger, store, clock, incident):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    _, data = keep(ledger, incident, {"line": "y"})
    assert (data["status"], data["until"]) == ("draft", "2026-11-21T22:00:00+00:00")

    _, data = final(ledger, incident)
    assert (data["status"], data["until"], data["expired"]) == ("final", None, False)
    clock.advance(hours=2)
    assert pass_time(ledger, incident) is None


def test_a_draft_after_its_time_is_over_still_says_so(ledger, clock, incident):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    clock.advance(hours=2)
    pass_time(ledger, incident)

    assert keep(ledger, incident, {"line": "y"})[1]["expired"] is True
    assert pass_time(ledger, incident) is None


def test_the_same_answers_can_be_made_final_again_once_time_is_over_or_for_longer(ledger, store, clock, incident):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    assert final(ledger, incident)[0].entries == []
    longer, data = final(ledger, incident, until=clock.now() + 2 * HOUR)
    assert data["until"] == "2026-11-21T23:00:00+00:00"
    assert len(longer.entries) == 1

    clock.advance(hours=3)
    pass_time(ledger, incident)
    again, data = final(ledger, incident)
    assert (len(again.entries), data["expired"], data["until"]) == (1, False, None)


def test_nothing_happens_to_a_closed_incident(ledger, clock, incident):
    final(ledger, incident, {"line": "x"}, clock.now() + HOUR)
    change(ledger, incident, lambda incident: rules.close(incident, "incident", "SEV2", None, ""))
    clock.advance(hours=2)

    assert pass_time(ledger, incident) is None


def test_what_weighs_is_told_by_the_timeline_and_no_words_are(ledger, incident):
    first, _ = final(ledger, incident, {"line": "one", "imminent": False, "axis_h": 2})
    keep(ledger, incident, {"imminent": True})
    second, _ = final(ledger, incident, {"line": "two", "floors": ["F1"], "sealed": True})

    assert sentence(first.entries[0].event) == "Assessment threat-to-life final (template version 3)"
    said = "Assessment threat-to-life final (template version 3): imminent no → yes, floors none → F1"
    assert sentence(second.entries[0].event) == said
    assert masked(second.entries[0].event) == said


@pytest.fixture
def twice(ledger, incident):
    """Final at #2, a draft at #3, final at #4, a draft at #5."""
    final(ledger, incident, {"line": "one", "imminent": False, "facts": [{"what": "a"}, {"what": "b"}]})
    keep(ledger, incident, {"imminent": True})
    final(ledger, incident, {"facts": [{"what": "b"}, {"what": "c"}], "notice": True})
    keep(ledger, incident, {"line": "two"})
    return incident


def changed(found):
    return {row["field"]: (row["before"], row["after"]) for row in found["changes"]}


def test_the_last_two_final_versions_are_compared(store, twice):
    found = difference(store, twice, TEMPLATE, None)

    assert (found["from"]["seq"], found["to"]["seq"]) == (2, 4)
    assert changed(found) == {
        "imminent": (False, True),
        "facts": ([{"what": "a"}, {"what": "b"}], [{"what": "b"}, {"what": "c"}]),
        "notice": (None, True),
    }


@pytest.mark.parametrize(
    ("since", "at", "fields"),
    [
        (2, 2, ["line", "imminent", "facts", "notice"]),
        (3, 3, ["line", "facts", "notice"]),
        (4, 4, ["line"]),
        (9, 5, []),
    ],
)
def test_or_what_stands_with_what_an_entry_left(store, twice, since, at, fields):
    found = difference(store, twice, TEMPLATE, since)

    assert (found["from"]["seq"], found["to"]["seq"]) == (at, 5)
    assert list(changed(found)) == fields


def test_one_final_version_is_compared_with_the_draft_after_it(ledger, store, incident):
    final(ledger, incident, {"line": "one"})
    with pytest.raises(NotFound, match="was not final twice"):
        difference(store, incident, TEMPLATE, None)
    keep(ledger, incident, {"line": "two"})

    assert changed(difference(store, incident, TEMPLATE, None)) == {"line": ("one", "two")}
    with pytest.raises(NotFound, match="had no assessment threat-to-life at #1"):
        difference(store, incident, TEMPLATE, 1)


def test_what_is_masked_is_masked_in_what_changed_too(ledger, store):
    grave = open_incident(ledger, Opening(title="Held back", severity="SEV1", harm=["cse"])).incident.id
    final(ledger, grave, {"line": "hippopotamus", "imminent": False, "sealed": True})
    final(ledger, grave, {"line": "rhino", "imminent": True, "sealed": False})

    found = difference(store, grave, TEMPLATE, None)

    assert changed(found) == {
        "line": ("[masked: 12 characters]", "[masked: 5 characters]"),
        "imminent": (False, True),
        "sealed": ("[masked]", "[masked]"),
    }
    assert [row["masked"] for row in found["changes"]] == [True, False, True]


class Shelf:
    def template(self, name):
        if name == "gone":
            raise NotFound("There is none.")
        return TEMPLATE.but(name=name)


def test_what_is_to_be_answered_before_closing_is_known(ledger, store, incident):
    assert to_close(store, incident, Shelf()) == []
    keep(ledger, incident, {"imminent": True})
    draft(ledger, incident, TEMPLATE.but(name="gone"), Given(answers={"line": "x"}), read_time=read_time)
    [(ref, name, fields)] = to_close(store, incident, Shelf())
    assert (ref, name, [field.name for field in fields]) == ("INC-1", "threat-to-life", ["line", "notice"])

    final(ledger, incident, {"line": "x", "notice": False})
    assert to_close(store, incident, Shelf()) == []


def test_what_an_earlier_version_kept_is_read_as_this_one_would_have_kept_it(ledger, store, incident):
    final(ledger, incident, {"line": "x"})
    with store.reading() as tx:
        state = tx.incident(incident)
    kept = state.plain()
    for name in ("until", "expired", "final"):
        del kept["assessments"]["threat-to-life"][name]

    assert Incident.from_plain(kept).plain() == state.plain()
