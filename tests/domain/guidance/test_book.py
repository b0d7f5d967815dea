from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalate.domain.guidance.book import COMING, IN_FORCE, SUPERSEDED, Guidance, versioned
from escalate.errors import NotFound, Refused, Usage
from guided import ALL, HARASSMENT, NEXT, book, clauses

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
BEFORE = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "name"),
    [
        ("har-3.2", NOW, "har-3.2@4"),
        ("har-3.2", LATER, "har-3.2@5"),
        (" HAR-3.2@4 ", NOW, "har-3.2@4"),
        ("har-3.2@4", LATER, "har-3.2@4"),
        ("har-3.2@04", NOW, "har-3.2@4"),
        ("thr-1.1", NOW, "thr-1.1@2"),
    ],
)
def test_a_name_means_a_version(text, at, name):
    assert book().named(text, at).name == name


@pytest.mark.parametrize(
    ("text", "at", "error", "says"),
    [
        ("har-32", NOW, NotFound, ("no clause 'har-32'", "Did you mean har-3.2?", "har-3.2@4 since 2026-03-01")),
        ("quite-other", NOW, NotFound, ("no clause", "Clauses: har-3.2, thr-1.1", "escalate clause list")),
        ("har-3.2@9", NOW, NotFound, ("no version '9'", "In force: har-3.2@4", "har-3.2@5 from 2026-12-01 08:00Z")),
        ("har-3.2@2026-04", NOW, NotFound, ("no version '2026-04'", "har-3.2@4")),
        ("har-3.2@", NOW, NotFound, ("no version ''", "har-3.2@4")),
        ("har-3.2@5", NOW, Refused, ("takes effect on 2026-12-01 08:00Z", "In force: har-3.2@4 since 2026-03-01")),
        (
            "har-3.2",
            BEFORE,
            Refused,
            ("No version of har-3.2 is in force", "In force: none; har-3.2@4 from 2026-03-01"),
        ),
    ],
)
def test_what_there_is_not_or_not_yet_is_refused_with_what_counts(text, at, error, says):
    with pytest.raises(error) as caught:
        book().named(text, at)

    for part in says:
        assert part in f"{caught.value.message} {caught.value.hint}"


def test_a_version_in_force_takes_the_place_of_the_one_before_it():
    guidance = book()
    four, five = guidance.versions("har-3.2")

    assert (guidance.state(four, NOW), guidance.state(five, NOW)) == (IN_FORCE, COMING)
    assert (guidance.state(four, LATER), guidance.state(five, LATER)) == (SUPERSEDED, IN_FORCE)
    assert (guidance.until(four), guidance.until(five)) == (LATER, None)
    assert guidance.newer("har-3.2@4", NOW) is None
    assert guidance.newer("har-3.2@4", LATER) == five
    assert guidance.newer("gone@1", LATER) is None


def test_to_look_at_a_clause_it_need_not_be_in_force():
    assert book().shown("har-3.2@5", NOW).version == 5
    assert book(NEXT).shown("har-3.2", NOW).version == 5


def test_of_two_that_take_effect_at_once_the_later_counts():
    both = HARASSMENT + HARASSMENT.replace("version = 4", "version = 5")

    assert book(both).named("har-3.2", NOW).version == 5


def test_what_is_here_already_is_told_from_what_is_new():
    new, same = book(HARASSMENT).sorted_out(clauses(ALL))

    assert [one.name for one in new] == ["har-3.2@5", "thr-1.1@2"]
    assert [one.name for one in same] == ["har-3.2@4"]


@pytest.mark.parametrize(
    ("known", "text", "says"),
    [
        (HARASSMENT, HARASSMENT.replace("clear no", "no"), "har-3.2@4 was applied with another content (text)"),
        (HARASSMENT, HARASSMENT.replace("clear no", "no").replace("desk", "team"), "(text, owner)"),
        (
            HARASSMENT,
            NEXT.replace("2026-12", "2026-02"),
            "har-3.2@5 would take effect on 2026-02-01 08:00Z, before har-3.2@4",
        ),
        (
            NEXT,
            HARASSMENT.replace("2026-03-01", "2027-01-01"),
            "har-3.2@5 would take effect on 2026-12-01 08:00Z, before",
        ),
        ("", HARASSMENT + NEXT.replace("2026-12", "2026-02"), "before har-3.2@4 (2026-03-01)"),
    ],
)
def test_what_does_not_fit_what_stands_is_refused(known, text, says):
    with pytest.raises(Refused) as caught:
        (book(known) if known else Guidance()).sorted_out(clauses(text))

    assert says in caught.value.message
    assert caught.value.message.count("\n") == 1


def test_everything_that_does_not_fit_is_named_at_once():
    with pytest.raises(Refused, match="2 clauses do not fit"):
        book().sorted_out(clauses(ALL.replace("clear no", "no")))


def test_a_record_that_was_tampered_with_says_so():
    row = {**clauses(HARASSMENT)[0].row(), "applied_at": "", "applied_by": "", "source": ""}

    assert Guidance.from_rows([row]).clauses[0].intact
    assert not Guidance.from_rows([{**row, "clause": row["clause"].replace("clear no", "maybe")}]).clauses[0].intact


@pytest.mark.parametrize("text", ["life-2", "@4", "life 2@4", "life@", "x" * 120 + "@4"])
def test_without_guidance_a_name_still_bears_its_version(text):
    with pytest.raises(Usage, match="which version"):
        versioned(text, "clause", "har-3.2@4")
