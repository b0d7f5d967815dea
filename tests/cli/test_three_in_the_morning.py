"""What somebody who has just been woken reads: what happened, to which page, and what to do next."""

from __future__ import annotations

import pytest

from telling import kinds

PEOPLE = """
[people.bob]
name = "Bob Okoro"
zone = "UTC"
[people.gus]
name = "Gus Poe"
zone = "UTC"
[policies.p]
[[policies.p.steps]]
wait = "5m"
targets = ["person:bob"]
[[policies.p.steps]]
wait = "5m"
targets = ["person:gus"]
"""


@pytest.fixture
def rostered(apply_roster):
    apply_roster(PEOPLE)


def test_resolving_names_the_pages_that_it_calls_off(escalate, rostered, incident, wiring):
    escalate("page policy:p person:gus")

    done = escalate("resolve")

    assert kinds(wiring, incident).count("page.cancelled") == 2
    assert "page INC-1/1  policy:p  cancelled" in done.stdout
    assert "page INC-1/2  person:gus  cancelled" in done.stdout


def test_what_is_not_woken_is_said_of_the_page_that_goes_on(escalate, rostered, incident):
    escalate("page policy:p")
    assert "not woken: Gus Poe" in escalate("page policy:p").stderr

    done = escalate("ack INC-1/1 --for bob --heard phone")

    assert "not woken for INC-1/2: Gus Poe" in done.stderr


def test_an_answer_where_nothing_is_open_asks_for_the_code(escalate, wiring):
    done = escalate("ack")

    assert done.exit_code == 3
    assert "No incident is open: no page waits for an answer." in done.stderr
    assert "escalate ack CODE" in done.stderr


@pytest.mark.parametrize("line", ["page critical", "page person:bob", "oncall who ts"])
def test_where_there_is_no_roster_that_is_the_reason(escalate, incident, line):
    done = escalate(line)

    assert done.exit_code == 3
    assert "roster" in done.stderr
    assert "escalate apply" in done.stderr


def test_a_name_among_many_is_not_answered_with_all_of_them(escalate, incident, apply_roster):
    apply_roster("".join(f'[people.person-{n}]\nname = "Person {n}"\nzone = "UTC"\n' for n in range(40)))

    done = escalate("page prson-7")

    assert "Did you mean person-7" in done.stderr
    assert "person-31" not in done.stderr
    assert "escalate roster" in done.stderr


def test_a_step_that_fell_due_meanwhile_is_not_shown_as_still_to_come(escalate, rostered, incident, clock):
    escalate("page policy:p")
    clock.advance(minutes=6)

    done = escalate("severity SEV1 --why worse")

    assert "no channel reaches Gus Poe" in done.stderr
    assert "next: gus" not in done.stdout


def test_a_zone_that_is_set_wrong_names_the_setting(escalate, environ, incident, clock):
    from escalate.wiring import Wiring

    done = escalate("show", wired=Wiring({**environ, "ESCALATE_ZONE": "Mars/Base"}, clock=clock))

    assert done.exit_code == 6
    assert "There is no time zone 'Mars/Base', as " in done.stderr
    assert "ESCALATE_ZONE" in done.stderr


def test_an_answer_where_several_are_open_and_none_waits(escalate, rostered, incident):
    escalate("open 'Another' --severity SEV3 --quiet-open")

    done = escalate("ack")

    assert (done.exit_code, "No page waits for an answer." in done.stderr) == (3, True)


@pytest.mark.parametrize(
    "words",
    [
        ["ping", "legal", "-i", "1", "-m", "bytes \udcff"],
        ["grant", "\udcff", "-i", "1"],
        ["open", "A title", "--label", "\udcff"],
        ["open", "A title", "--label", "two words"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_bytes_that_are_no_text_are_refused_and_nothing_comes_of_them(escalate, apply_roster, words):
    apply_roster(PEOPLE + '[teams.legal]\nname = "Legal"\npeople = ["bob"]\n')
    escalate("open One --restricted --quiet-open")
    before = escalate("timeline 1 --json").data

    done = escalate(words)

    assert done.exit_code == 2, done.stderr
    assert escalate("timeline 1 --json").data == before
    assert len(escalate("list --json").data) == 1


@pytest.mark.parametrize("line", ["report 1 -o", "summary 1 -o", "export 1 -o", "db backup", "verify"])
def test_a_name_that_no_disk_takes_is_refused(escalate, incident, line):
    done = escalate([*line.split(), "x" * 300])

    assert done.exit_code == 2
    assert "too long" in done.stderr


@pytest.mark.parametrize("verb", ["import", "verify"])
def test_what_never_ends_is_not_read_for_ever(escalate, incident, monkeypatch, verb):
    monkeypatch.setattr("escalate.cli.commands.transfer.LARGEST", 2**20)

    done = escalate([verb, "/dev/zero"])

    assert (done.exit_code, "larger than 1 MiB" in done.stderr) == (2, True)
