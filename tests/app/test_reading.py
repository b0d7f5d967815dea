from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalate.app.corrections import correct, withdraw
from escalate.app.incidents import Opening, change, change_severity, note, open_incident, state_fact
from escalate.app.reading import expression, latest, reveal, search, timeline
from escalate.app.reading import incident as read_incident
from escalate.domain.incident import rules
from escalate.domain.instants import to_text
from escalate.errors import NotFound, Usage


def texts(told):
    return [line.text for line in told.lines]


# ── as it was known then ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def evening(ledger, incident, clock):
    """Something happens every ten minutes; returns what the clock said at the beginning."""
    begun = clock.now()
    clock.advance(minutes=10)
    note(ledger, incident, "first wording", at=begun - timedelta(hours=1))
    clock.advance(minutes=10)
    change_severity(ledger, incident, "SEV1", "a second account")
    clock.advance(minutes=10)
    correct(ledger, incident, "2", text="second wording", at=None, why="misheard")
    clock.advance(minutes=10)
    change(ledger, incident, lambda found: rules.mitigate(found, "stopped"))
    return begun


@pytest.mark.parametrize(
    ("minutes", "severity", "status", "first"),
    [
        (0, "SEV2", "open", None),
        (9, "SEV2", "open", None),
        (10, "SEV2", "open", "first wording"),
        (20, "SEV1", "open", "first wording"),
        (30, "SEV1", "open", "second wording"),
        (40, "SEV1", "mitigated", "second wording"),
    ],
)
def test_what_was_known_then(store, incident, evening, minutes, severity, status, first):
    told = timeline(store, incident, as_of=evening + timedelta(minutes=minutes))

    assert (told.incident.severity, told.incident.status) == (severity, status)
    assert (texts(told)[0] == first) is (first is not None)
    assert read_incident(store, incident, as_of=evening + timedelta(minutes=minutes)) == told.incident


def test_before_it_was_opened_there_was_nothing(store, incident, evening):
    for look in (timeline, read_incident):
        with pytest.raises(NotFound, match="had not been opened then"):
            look(store, incident, as_of=evening - timedelta(microseconds=1))


def test_lines_stand_in_the_order_things_happened_then_as_recorded(ledger, store, incident, clock):
    for minutes, text in ((0, "c"), (-9, "b"), (-9, "also b"), (-30, "a")):
        note(ledger, incident, text, at=clock.now() + timedelta(minutes=minutes))

    assert [text for text in texts(timeline(store, incident)) if len(text) < 9] == ["a", "b", "also b", "c"]


def test_the_latest_are_the_last_by_number(ledger, store, incident, evening):
    assert [line.seq for line in latest(store, incident, 2).lines] == [4, 5]


# ── masked ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sensitive(ledger, clock):
    id_ = open_incident(ledger, Opening(title="secret title", harm=("cse",), quiet=True)).incident.id
    note(ledger, id_, "secret note")
    state_fact(ledger, id_, "detected", at=clock.now(), why="secret reason")
    correct(ledger, id_, "2", text="secret correction", at=None, why="secret why")
    change(ledger, id_, lambda found: rules.mitigate(found, "secret summary"))
    change_severity(ledger, id_, "SEV0", "secret cause")
    return id_


@pytest.mark.parametrize("everything", [False, True])
def test_what_people_wrote_on_a_sensitive_incident_is_masked(store, sensitive, everything):
    told = timeline(store, sensitive, everything=everything)

    assert "secret" not in repr([line.public() for line in told.lines])
    assert any("[masked: 17 characters]" in text for text in texts(told))
    assert "secret" not in repr([line.public() for line in latest(store, sensitive, 9).lines])


def test_none_of_it_can_be_searched_for(store, sensitive):
    assert search(store, "secret") == []


def test_it_is_shown_to_who_says_why_which_is_an_entry(ledger, store, sensitive):
    reveal(ledger, sensitive, "to brief the authority")

    told = timeline(store, sensitive, everything=True, revealed=True)
    assert "secret note" in texts(told)
    last = told.lines[-1].entry
    assert (last.kind, last.event.why) == ("text.revealed", "to brief the authority")
    assert 2 in last.event.entries


def test_what_was_withdrawn_is_put_down_as_well_where_it_is_shown(ledger, store, incident):
    note(ledger, incident, "a name", labels=frozenset({"sensitive"}))
    withdraw(ledger, incident, "2", why="it is of another case")

    reveal(ledger, incident, "to look", everything=False)
    assert [line.kind for line in timeline(store, incident, everything=True).lines][-1] != "text.revealed"

    reveal(ledger, incident, "to look", everything=True)
    assert 2 in timeline(store, incident, everything=True).lines[-1].entry.event.entries


def test_nobody_is_shown_it_without_saying_why(ledger, store, sensitive):
    with pytest.raises(Usage, match="The reason is empty"):
        reveal(ledger, sensitive, " ")


def test_a_single_sensitive_note_is_masked_where_the_incident_is_not(ledger, store, incident):
    note(ledger, incident, "a name", labels=frozenset({"sensitive"}))
    correct(ledger, incident, "2", text="another name", at=None, why="misspelt name")
    note(ledger, incident, "ordinary")

    shown = texts(timeline(store, incident, everything=True))

    assert "ordinary" in shown
    assert not any("name" in text for text in shown)
    assert search(store, "name") == []


# ── searching ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def archive(ledger, clock):
    """Three incidents with notes of the desk."""
    for number in range(3):
        id_ = open_incident(ledger, Opening(title=f"case {number}")).incident.id
        note(ledger, id_, f"the desk called about number {number}", at=clock.now() - timedelta(hours=number))
        clock.advance(minutes=1)
    note(ledger, id_, "desk desk desk; Çafé naïve")
    return id_


def places(found):
    return [(told.incident.number, told.lines[0].seq) for told in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("desk", [(3, 3), (3, 2), (2, 2), (1, 2)], id="newest first"),
        pytest.param("DESK called", [(3, 2), (2, 2), (1, 2)], id="all words, in any case"),
        pytest.param('"called about"', [(3, 2), (2, 2), (1, 2)], id="words together"),
        pytest.param('"about called"', [], id="not the other way round"),
        pytest.param("call*", [(3, 2), (2, 2), (1, 2)], id="how they begin"),
        pytest.param("call", [], id="whole words otherwise"),
        pytest.param("cafe NAIVE", [(3, 3)], id="without their accents"),
        pytest.param("case", [(3, 1), (2, 1), (1, 1)], id="titles, too"),
        pytest.param("zzz", [], id="nothing"),
    ],
)
def test_what_is_found(store, archive, words, found):
    assert places(search(store, words)) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"incident": "{id}"}, [(3, 3), (3, 2)], id="in one incident"),
        pytest.param({"kind": "note.added"}, [(3, 3), (3, 2), (2, 2), (1, 2)], id="of one kind"),
        pytest.param({"kind": "fact.stated"}, [], id="of another kind"),
        pytest.param({"actor": "alice"}, [(3, 3), (3, 2), (2, 2), (1, 2)], id="by one person"),
        pytest.param({"actor": "bob"}, [], id="by another"),
        pytest.param({"since": -60}, [(3, 3), (2, 2), (1, 2)], id="since"),
        pytest.param({"until": -61}, [(3, 2)], id="until"),
        pytest.param({"limit": 1}, [(3, 3)], id="one"),
        pytest.param({"rank": True, "limit": 1}, [(3, 3)], id="the best"),
        pytest.param({"actor": "\udcff"}, [], id="bytes that are no text"),
    ],
)
def test_what_is_found_can_be_narrowed(store, archive, clock, filters, found):
    begun = clock.now() - timedelta(minutes=3)
    given_ = {
        name: to_text(begun + timedelta(minutes=value)) if name in {"since", "until"} else value
        for name, value in filters.items()
    }
    if "incident" in given_:
        given_["incident"] = archive

    assert places(search(store, "desk", **given_)) == found


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "desk OR zzz", "desk NOT called", "NEAR(desk called)", "words:desk", "incident:x", "desk AND", '"desk', 'de"sk', "desk^2",
        "{desk called}", "desk + called", "(desk", "desk)", "-desk", "^desk", "desk' OR 1=1 --", "* desk", '"" desk', "desk*called",
        "\udcff desk", "a\x1bb", "x'; DROP TABLE timeline; --", "NOT", "²", "desk\n\tcalled", '"*" x', "ﬀ", "🙂 x",
    ],
)  # fmt: skip
def test_operators_of_the_index_are_words_like_others(store, archive, words):
    search(store, words)
    assert len(search(store, "desk")) == 4


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab\"*-+^(){}:.,'\\ \tANDORNOTEé²\udcff"), max_size=14))
def test_no_words_break_the_search(store, incident, words):
    try:
        expression(words)
    except Usage:
        return
    search(store, words)


@pytest.mark.parametrize("words", ["", "  ", "*", '""', "-- %", '"*"', "…"])
def test_a_search_needs_a_word(words):
    with pytest.raises(Usage, match="no word to search for"):
        expression(words)


def test_a_correction_is_found_by_its_words_and_names_what_it_corrects(ledger, store, incident):
    note(ledger, incident, "the old words")
    correct(ledger, incident, "2", text="the new words", at=None, why="misheard")

    assert search(store, "old") == []
    [told] = search(store, "new")
    assert told.lines[0].text == "Corrected #2: it reads the new words: misheard"


def test_what_was_withdrawn_is_not_found_any_more(ledger, store, incident):
    note(ledger, incident, "misfiled words")
    withdraw(ledger, incident, "2", "another case")

    assert search(store, "misfiled") == []


def test_where_there_are_several_pages_a_line_says_which(ledger, store, incident, apply_roster):
    from escalate.app import paging
    from escalate.app.reading import timeline

    apply_roster('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n[people.bob]\nname = "Bob Okoro"\nzone = "UTC"\n')
    paging.page(ledger, incident, ("person:alice",))
    paging.acknowledge(ledger, incident, "1", by="alice")
    alone = [line.text for line in timeline(store, incident, everything=True).lines]
    paging.page(ledger, incident, ("person:bob",))
    both = [line.text for line in timeline(store, incident, everything=True).lines]

    assert "Acknowledged by Alice Ng" in alone
    assert "Acknowledged by Alice Ng (page 1)" in both
    assert any(line.startswith("Paging Bob Okoro") and line.endswith("(page 2)") for line in both)
