from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from escalate.domain.assessment.answers import Around, check, labels, masked, missing, parse_answer
from escalate.domain.assessment.template import parse
from escalate.domain.incident.state import Head, Incident
from escalate.domain.people import Person, Team
from escalate.domain.roster import Roster
from escalate.errors import Usage

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
ENTRY = "5d1b3a51-2f55-4a0e-9d7d-0f5f3d8f2a11"
INCIDENT = Incident(
    id="i", number=4, code_name="SLATE OTTER", title="T", severity="SEV2", peak_severity="SEV2",
    opened_at=NOW, opened_by="alice", head=Head(seq=7),
)  # fmt: skip
ROSTER = Roster(
    people={"alice": Person(slug="alice", name="Alice Ng", zone="UTC")},
    teams={"legal": Team(slug="legal", name="Legal")},
)
TEMPLATE = parse(
    "t",
    tomllib.loads(
        """
        title = "T"
        version = 1
        [fields.line]
        type = "text"
        max = 20
        required = "open"
        [fields.bluf]
        type = "long"
        max_words = 3
        plain = true
        required = "final"
        [fields.harm]
        type = "choice"
        choices = "harm"
        [fields.floors]
        type = "several"
        choices = ["F1", "F2"]
        [fields.imminent]
        type = "yesno"
        [fields.why_now]
        type = "text"
        when = "imminent == yes"
        required = "final"
        [fields.seen]
        type = "number"
        min = 0
        max = 9
        [fields.since]
        type = "time"
        [fields.review]
        type = "time"
        ahead = true
        required = "close"
        [fields.who]
        type = "person"
        [fields.source]
        type = "ref"
        [fields.sure]
        type = "confidence"
        [fields.subjects]
        type = "several"
        of = "ref"
        [fields.unknowns]
        type = "several"
        [fields.places]
        type = "several"
        of = "word"
        [fields.facts]
        type = "rows"
        max = 3
        [fields.facts.columns.statement]
        type = "text"
        required = true
        [fields.facts.columns.kind]
        type = "choice"
        choices = ["fact", "inference"]
        required = true
        [fields.facts.columns.at]
        type = "time"
        [fields.tlp]
        type = "choice"
        choices = ["red", "amber+strict"]
        marks = "tlp"
        [fields.groups]
        type = "several"
        of = "word"
        marks = "ntk"
        [fields.quote]
        type = "text"
        forbidden = true
        reason = "Material is never quoted here."
        """
    ),
)


def read_time(text: str, ahead: bool) -> datetime:
    if text == "20m ago":
        return NOW - timedelta(minutes=20)
    if text == "tomorrow 09:00" and ahead:
        return NOW + timedelta(hours=12)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Usage(f"No time can be read in {text!r}.", hint="As 21:40.") from None


AROUND = Around(incident=INCIDENT, roster=ROSTER, now=NOW, read_time=read_time, entry_seq={ENTRY: 5}.get)


def checked(given, standing=None, around=AROUND):
    return check(TEMPLATE, given, standing or {}, around)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("line", " two words ", "two words"),
        ("harm", "CSE", "cse"),
        ("harm", "cse:grooming", "cse:grooming"),
        ("floors", "f1, F2,f1", ["F1", "F2"]),
        ("imminent", "Yes", True),
        ("imminent", "n", False),
        ("seen", "0", 0),
        ("since", "20m ago", "2026-11-21T20:40:00.000000Z"),
        ("review", "tomorrow 09:00", "2026-11-22T09:00:00.000000Z"),
        ("who", "alice", "alice"),
        ("who", "alice ng", "alice"),
        ("who", "person:alice", "alice"),
        ("who", "team:legal", "team:legal"),
        ("who", "outside:Dr Example", "outside:Dr Example"),
        ("source", "7", "#7"),
        ("source", "#1", "#1"),
        ("source", ENTRY, "#5"),
        ("source", "EV-2026.0031", "EV-2026.0031"),
        ("sure", "Low: one source; second hand", {"level": "low", "why": "one source; second hand"}),
        ("sure", '{"level": "high", "why": "seen"}', {"level": "high", "why": "seen"}),
        ("subjects", "S-7KQ2, #2", ["S-7KQ2", "#2"]),
        ("unknowns", "who it is, and where", ["who it is, and where"]),
        ("places", "US-CA, DE", ["US-CA", "DE"]),
        ("facts", "statement=seen; then gone;kind=fact", [{"statement": "seen; then gone", "kind": "fact"}]),
        ("facts", "it was seen;kind=fact", [{"statement": "it was seen", "kind": "fact"}]),
        (
            "facts",
            '[{"statement": "a=b", "kind": "inference", "at": "20m ago"}]',
            [{"statement": "a=b", "kind": "inference", "at": "2026-11-21T20:40:00.000000Z"}],
        ),
        ("tlp", "AMBER+STRICT", "amber+strict"),
        ("line", "", None),
        ("facts", "  ", None),
    ],
)
def test_what_is_typed_becomes_what_is_kept(field, text, kept):
    result = checked({field: parse_answer(TEMPLATE.field(field), text)})

    assert result.problems == []
    assert result.answers == {field: kept}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("lien", "x", "t has no such field. Did you mean line?"),
        ("quote", "x", "nothing may be written here. Material is never quoted here."),
        ("why_now", "x", "this is not asked here. It is asked when imminent == yes."),
        ("line", "x" * 21, "21 characters long; 20 fit"),
        ("line", "a\nb", "this is one line"),
        ("line", "\u200b\u3164x"[:2], None),
        ("line", 3, "this must be text, not int"),
        ("line", "a\x00b", "U+0000"),
        ("line", "a\ud800b", "broken characters"),
        ("bluf", "one two three four", "4 words; 3 fit"),
        ("harm", "csee", "Did you mean cse?"),
        ("harm", "cse:", "not one of the choices"),
        ("floors", ["F1", "F9"], "'F9' is not one of the choices"),
        ("imminent", "maybe", "neither yes nor no"),
        ("imminent", 1, "this must be text"),
        ("seen", "10", "above 9"),
        ("seen", -1, "below 0"),
        ("seen", 1.5, "not a whole number"),
        ("seen", True, "not a whole number"),
        ("seen", "٣", "not a whole number"),
        ("since", "soon", "No time can be read in 'soon'. As 21:40."),
        ("since", "2026-11-21T21:10:00+00:00", "has not come yet"),
        ("since", date(2026, 11, 21), None),
        ("who", "alcie", "the roster has nobody called 'alcie'. Did you mean alice?"),
        ("who", "team:nobody", "outside:NAME"),
        ("source", "8", "INC-4 has no entry #8. Its entries are #1 to #7."),
        ("source", "0", "no entry"),
        ("source", "https://example.org/x", "neither an entry nor an opaque id"),
        ("source", "someone@example.org", "neither an entry nor an opaque id"),
        ("subjects", ["a name"], "neither an entry nor an opaque id"),
        ("sure", "sure: yes", "'sure' is not a level of confidence"),
        ("sure", "high", "it does not say why"),
        ("sure", {"level": "high", "why": "x", "more": 1}, "a level and why"),
        ("facts", [{"statement": "x"}], "row 1 does not say kind. One of: fact, inference."),
        (
            "facts",
            [{"statement": "x", "kind": "fact"}, {"kindd": "x"}],
            "row 2 has no column 'kindd'. Did you mean kind?",
        ),
        ("facts", [{"statement": "x", "kind": "guess"}], "row 1, kind: 'guess' is not one of the choices"),
        ("facts", ["x"], "row 1 has no columns"),
        ("facts", [{"statement": "x", "kind": "fact"}] * 4, "there are 4; 3 fit"),
        ("groups", ["a b"], "has spaces in it"),
        ("groups", ["ä"], "cannot be a label"),
    ],
)
def test_what_does_not_fit_is_pointed_out_with_what_to_do(field, value, says):
    result = checked({field: value})

    if says is None:
        assert result.problems or result.answers[field] in (None, "2026-11-21T00:00:00.000000Z")
    else:
        [problem] = result.problems
        assert says in str(problem)
        assert problem.field == field
        assert problem.do


def test_all_problems_come_at_once():
    assert [p.field for p in checked({"seen": "x", "harm": "x", "line": "fine"}).problems] == ["seen", "harm"]


def test_a_time_from_a_file_is_taken_with_its_own_offset():
    given = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=1)))

    assert checked({"since": given}).answers == {"since": "2026-11-21T19:00:00.000000Z"}


def test_without_a_roster_a_person_is_kept_as_typed():
    around = AROUND.but(roster=Roster())

    assert checked({"who": "Somebody"}, around=around).answers == {"who": "Somebody"}


def test_what_is_kept_can_be_given_again():
    row = [{"statement": "x", "kind": "fact", "at": "2026-11-21T20:40:00.000000Z"}]

    assert checked({"facts": row, "source": "#3"}).answers == {"facts": row, "source": "#3"}


def test_an_answer_to_what_is_asked_no_more_is_taken_back():
    result = checked({"imminent": "no"}, {"imminent": True, "why_now": "tonight", "gone": "from an older version"})

    assert result.problems == []
    assert result.answers == {"imminent": False, "why_now": None, "gone": None}


def test_an_answer_may_come_together_with_what_makes_it_asked():
    assert checked({"why_now": "tonight", "imminent": "yes"}).problems == []


@pytest.mark.parametrize(
    ("at", "answers", "expected"),
    [
        ("open", {}, ["line"]),
        ("final", {}, ["line", "bluf"]),
        ("final", {"line": "x", "bluf": "x"}, []),
        ("final", {"line": "x", "bluf": "x", "imminent": True}, ["why_now"]),
        ("final", {"line": "", "bluf": "\u200b"}, ["line", "bluf"]),
        ("close", {"line": "x", "bluf": "x"}, ["review"]),
        ("final", {"line": "x", "bluf": "x", "imminent": False}, []),
    ],
)
def test_missing_counts_what_is_asked_by_then(at, answers, expected):
    assert missing(TEMPLATE, answers, at) == expected


def test_zero_and_no_are_answers():
    template = parse(
        "t",
        {
            "title": "T",
            "version": 1,
            "fields": {
                "n": {"type": "number", "required": "final"},
                "y": {"type": "yesno", "required": "final"},
            },
        },
    )

    assert missing(template, {"n": 0, "y": False}) == []


@pytest.mark.parametrize(
    ("field", "sensitive", "answers", "expected"),
    [
        ("line", False, {}, False),
        ("line", True, {}, True),
        ("line", False, {"harm": "cse:grooming"}, True),
        ("line", False, {"harm": "frd"}, False),
        ("bluf", True, {}, False),
        ("harm", True, {}, False),
        ("gone", False, {}, True),
    ],
)
def test_own_words_are_masked_where_the_harm_is_grave(field, sensitive, answers, expected):
    incident = INCIDENT.but(sensitive=sensitive)

    assert masked(TEMPLATE.field(field), incident, TEMPLATE, answers) is expected


def test_an_entry_bears_the_marking_the_groups_and_whether_it_holds_sensitive_words():
    answers = {"tlp": "amber+strict", "groups": ["desk-a"], "line": "x", "harm": "life"}

    assert labels(TEMPLATE, {"line": "x"}, answers, INCIDENT) == {
        "tlp:amber+strict",
        "ntk:desk-a",
        "sensitive",
    }
    assert labels(TEMPLATE, {"harm": "life"}, answers, INCIDENT) == {"tlp:amber+strict", "ntk:desk-a"}
    assert labels(TEMPLATE, {"line": "x"}, {"line": "x"}, INCIDENT) == frozenset()


@pytest.mark.parametrize("text", ["[", "{]", "[" * 100_000])
def test_broken_json_is_a_value_error(text):
    with pytest.raises(ValueError, match="not JSON"):
        parse_answer(TEMPLATE.field("facts"), text)
