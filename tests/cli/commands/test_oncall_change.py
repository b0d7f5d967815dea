"""`oncall override`, `temporary`, `swap`, `preferences`: as people type them."""

from __future__ import annotations

import pytest

from on_call import roster


@pytest.fixture(autouse=True)
def rostered(apply_roster, environ):
    import getpass

    login = getpass.getuser()
    apply_roster(
        roster().replace('zone = "Europe/London"\nslack', f'zone = "Europe/London"\nlogins = ["{login}"]\nslack')
    )


ADD = "oncall override add ts --replace alice --with bob"


def test_an_override_in_one_line(escalate):
    done = escalate(f"{ADD} --from 22:00 --to 23:30 --why 'the dentist' --json")

    assert done.exit_code == 0, done.stderr
    assert done.data == {
        "id": "O-1", "schedule": "ts", "add": "bob", "remove": "alice", "from": "2026-11-21T22:00:00+00:00",
        "to": "2026-11-21T23:30:00+00:00", "swap": None, "why": "the dentist", "by": "alice", "state": "planned",
    }  # fmt: skip
    assert escalate("oncall override list --json").data == [done.data]


def test_it_is_said_where_it_went_and_what_was_understood(escalate):
    done = escalate(f"{ADD} --from 22:00 --to 01:00 --zone Europe/Berlin")

    assert done.stdout.splitlines()[0] == "ONCALL #2 21:00:00Z"
    assert "bob in place of alice" in done.stdout
    # 22:00 in Berlin is this minute: the next one is tomorrow's; a bare --to is the next after that.
    assert "2026-11-22 21:00Z to 2026-11-23 00:00Z (22:00 to 2026-11-23 01:00 CET)" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param("--from now --to 22:00", 2, "exactly one of three", id="none of the three forms"),
        pytest.param("--add bob --remove alice --from now --to 22:00", 2, "exactly one of three", id="two of them"),
        pytest.param("--replace alice --from now --to 22:00", 2, "exactly one of three", id="by whom"),
        pytest.param("--add bob --with carol --from now --to 22:00", 2, "exactly one of three", id="instead of whom"),
        pytest.param("--replace bob --with bob --from now --to 22:00", 2, "cannot take the place", id="by themselves"),
        pytest.param("--add zed --from now --to 22:00", 3, "no person 'zed'", id="a person nobody knows"),
        pytest.param("--add bob --from 'in 3h' --to 'in 1h'", 2, "--to a later time", id="backwards"),
        pytest.param("--add bob --from '3h ago' --to '1h ago'", 4, "the past stays as it was", id="over"),
        pytest.param("--add bob --from soon --to 22:00", 2, "No time can be read in 'soon'", id="no time"),
    ],
)
def test_what_cannot_be_done_says_what_can(escalate, words, code, says):
    done = escalate(f"oncall override add ts {words}")

    assert done.exit_code == code
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""


def test_an_unknown_schedule_is_not_found(escalate):
    done = escalate("oncall override add tz --add bob --from now --to 22:00")

    assert done.exit_code == 3
    assert "Known: day, ts." in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("--add bob --from '1h ago' --to 22:00", "counts from now on", id="it began in the past"),
        pytest.param(
            "--replace carol --with bob --from now --to 22:00", "changes nothing: carol is not on call", id="idle"
        ),
        pytest.param(
            "--remove alice --from now --to 22:00", "nobody is on call in ts from 2026-11-21 21:00Z", id="a gap"
        ),
    ],
)
def test_what_whoever_made_it_should_know_is_said_beside_it(escalate, words, says):
    done = escalate(f"oncall override add ts {words} --json")

    assert done.exit_code == 0
    assert says in done.stderr
    assert done.data["id"] == "O-1"


def test_another_override_of_the_same_person_is_pointed_out(escalate):
    escalate(f"{ADD} --from 22:00 --to 23:00")

    done = escalate("oncall override add ts --replace alice --with carol --from 22:30 --to 23:30")

    assert "O-1 names alice for some of that time too" in done.stderr


def test_taking_back_half_a_swap_says_that_both_are(escalate):
    swapped = escalate("oncall swap ts bob carol --json")
    assert [(one["id"], one["add"], one["swap"]) for one in swapped.data] == [
        ("O-1", "carol", "S-1"),
        ("O-2", "bob", "S-1"),
    ]

    done = escalate("oncall override remove O-2 --json")

    assert done.data["state"] == "removed"
    assert "O-1 was the other half of swap S-1" in done.stderr
    assert escalate("oncall override list --json").data == []
    assert [one["state"] for one in escalate("oncall override list ts --all --json").data] == ["removed", "removed"]
    assert "it was so already" in escalate("oncall override remove O-2").stdout


def test_a_shift_is_named_by_a_moment_in_it(escalate):
    done = escalate("oncall swap ts alice bob --first now --second '2026-11-24 12:00' --json")

    assert [one["from"] for one in done.data] == ["2026-11-21T21:00:00+00:00", "2026-11-23T09:00:00+00:00"]
    assert escalate("oncall swap ts alice dana").exit_code == 4


def test_a_temporary_schedule_in_one_line(escalate):
    done = escalate(
        "oncall temporary add ts --from '2026-12-24 00:00' --to 00:00 --shift alice=00:00..12:00 "
        "--shift 'bob=2026-12-24T12:00Z..2026-12-26T00:00Z' --json"
    )

    assert done.exit_code == 0, done.stderr
    assert done.data["id"] == "T-1"
    assert done.data["shifts"] == [
        {"person": "alice", "start": "2026-12-24T00:00:00+00:00", "end": "2026-12-24T12:00:00+00:00"},
        {"person": "bob", "start": "2026-12-24T12:00:00+00:00", "end": "2026-12-25T00:00:00+00:00"},
    ]
    assert done.stderr == ""
    assert escalate("oncall temporary list ts --json").data == [done.data]
    assert escalate("oncall temporary remove T-1 --json").data["state"] == "removed"
    assert "no temporary schedule" in escalate("oncall temporary list").stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param("", 2, "--nobody", id="nobody, unsaid"),
        pytest.param("--shift alice", 2, "is not a shift", id="no shift at all"),
        pytest.param("--shift alice=09:00", 2, "is not a shift", id="half a shift"),
        pytest.param("--shift 'alice=2026-12-26 00:00..2026-12-27 00:00'", 4, "lies outside", id="outside"),
        pytest.param("--shift 'zed=00:00..12:00'", 3, "no person 'zed'", id="a person nobody knows"),
        pytest.param("--nobody", 0, "nobody is on call in ts", id="nobody, and meant so"),
    ],
)
def test_a_temporary_schedule_of_nobody_must_be_meant(escalate, words, code, says):
    done = escalate(f"oncall temporary add ts --from '2026-12-24 00:00' --to '2026-12-25 00:00' {words}")

    assert done.exit_code == code
    assert says in done.stderr


def test_preferences_are_ones_own_and_masked(escalate):
    done = escalate("oncall preferences --not-for gra --not-for cse --json")
    assert done.data == {"person": "alice", "not_for": ["cse", "gra"], "roster": []}
    assert escalate("oncall preferences alice --json").data == done.data
    assert escalate("oncall preferences bob").exit_code == 4
    assert escalate("oncall preferences bob --none").exit_code == 4
    assert escalate("oncall preferences --none --not-for cse").exit_code == 2
    assert escalate("oncall preferences --not-for spiders").exit_code == 2

    for line in (
        "timeline ONCALL",
        "timeline ONCALL --json",
        "show ONCALL",
        "search gra",
        "report ONCALL -o - --format md",
    ):
        shown = escalate(line)
        assert shown.exit_code == 0, shown.stderr
        assert not {"gra", "cse"} & set(shown.stdout.replace('"', " ").split())

    assert escalate("oncall preferences --none --json").data["not_for"] == []


@pytest.mark.parametrize("word", ["override", "temporary"])
def test_a_word_that_only_leads_on_says_where(escalate, word):
    done = escalate(f"oncall {word}")

    assert done.exit_code == 2
    assert "add, list, remove" in done.stderr


def test_the_record_reads_verifies_and_can_be_handed_over(escalate, tmp_path):
    escalate(f"{ADD} --from 22:00 --to 23:00 --why 'the dentist'")
    escalate("oncall preferences --not-for gra")
    escalate("oncall handoff ts")

    assert "Bob Okoro in place of Alice Ng: the dentist" in escalate("timeline ONCALL").stdout
    assert escalate("show ONCALL --json").data["ref"] == "ONCALL"
    assert escalate("verify").exit_code == escalate("verify oncall").exit_code == 0
    assert escalate("db rebuild").exit_code == 0
    assert escalate("verify ONCALL").exit_code == 0
    assert escalate(f"export ONCALL -o {tmp_path}/oncall.jsonl").exit_code == 0
    assert escalate(f"verify {tmp_path}/oncall.jsonl").exit_code == 0
    assert escalate("search dentist --json").data[0]["ref"] == "ONCALL"
    assert escalate("list --all --json").data == []
