"""`clock` as a person types it."""

import pytest

BRUSSELS = "--zone Europe/Brussels"
GDPR = f"clock explain eu_hours --n 72 --unit hours --start 2026-11-20T13:20Z {BRUSSELS}"


def test_both_deadlines_with_the_offset_of_the_zone(escalate):
    result = escalate(f"{GDPR} --json")

    assert result.exit_code == 0
    assert set(result.data) == {"strict", "outer", "trace"}
    assert result.data["strict"] == "2026-11-23T14:20:00+01:00"
    assert result.data["outer"] == "2026-11-23T15:00:00+01:00"
    assert {key for step in result.data["trace"] for key in step} == {"step", "at", "why", "cite"}
    assert result.data["trace"][0]["at"] == "2026-11-20T14:20:00+01:00"


def test_no_record_is_needed(escalate, home):
    assert escalate(GDPR).exit_code == 0
    assert not home.exists()


def test_the_trace_can_be_read_and_says_that_it_is_no_advice(escalate):
    result = escalate(
        f"clock explain eu_days --n 2 --unit days --start '2026-12-23 09:05' {BRUSSELS} --holiday 2026-12-25"
    )

    assert "strict  2026-12-25 22:59:59Z (23:59:59 CET)" in result.stdout
    assert "outer   2026-12-28 22:59:59Z (23:59:59 CET)" in result.stdout
    assert "Fri 25 Dec 2026 is a public holiday (named with --holiday)" in result.stdout
    assert "[Reg. (EEC, Euratom) 1182/71 Art. 3(4)]" in result.stdout
    assert "not legal advice" in result.stdout


def test_the_holidays_of_a_country(escalate):
    line = f"clock explain eu_days --n 1 --unit days --start '2026-12-24 09:05' {BRUSSELS} --json"

    assert escalate(line).data["outer"] == "2026-12-25T23:59:59+01:00"
    assert escalate(f"{line} --calendar BE").data["outer"] == "2026-12-28T23:59:59+01:00"


def test_the_sec_has_its_holidays_by_itself_and_takes_those_that_are_named_besides(escalate):
    line = (
        "clock explain us_sec_business_days --n 4 --unit business_days --start '2026-11-20 17:00' "
        "--zone America/New_York --json"
    )

    assert escalate(line).data["strict"] == "2026-11-27T17:30:00-05:00"
    assert escalate(f"{line} --holiday 2026-11-26").data["strict"] == "2026-11-27T17:30:00-05:00"
    assert escalate(f"{line} --holiday 2026-11-27").data["strict"] == "2026-11-30T17:30:00-05:00"


def test_a_clock_of_the_library_knows_its_number(escalate):
    result = escalate(
        f"clock explain eu-dora-initial --start '2026-11-21 06:00' --aware '2026-11-20 08:00' {BRUSSELS} --json"
    )

    assert (result.data["strict"], result.data["outer"]) == ("2026-11-21T08:00:00+01:00", "2026-11-23T12:00:00+01:00")


@pytest.mark.parametrize(
    ("line", "exit_code", "says", "hint"),
    [
        pytest.param("eu_hours --n 72 --unit hours --start 2026-11-20T13:20Z", 2, "In which zone", "--zone Europe/Brussels", id="no zone"),
        pytest.param(f"eu_hours --n 72 --unit hours --start '2026-10-25 02:30' {BRUSSELS}", 2, "is there twice", "2026-10-25T02:30:00+02:00", id="a time that comes twice"),
        pytest.param(f"eu_hours --n 72 --unit hours --start '2026-03-29 02:30' {BRUSSELS}", 2, "There is no 02:30", "2026-03-29T03:00:00+02:00", id="a time that never comes"),
        pytest.param(f"eu_hours --n 72 --unit hours --start soon {BRUSSELS}", 2, "No time can be read", "Write", id="no time"),
        pytest.param(f"eu_hour --n 72 --unit hours --start 2026-11-20T13:20Z {BRUSSELS}", 2, "There is no rule 'eu_hour'.", "Did you mean eu_hours?", id="no such rule"),
        pytest.param(f"eu_hours --n 72 --unit days --start 2026-11-20T13:20Z {BRUSSELS}", 2, "eu_hours counts hours, not days.", "--unit hours", id="another unit"),
        pytest.param(f"eu_hours --unit hours --start 2026-11-20T13:20Z {BRUSSELS}", 2, "How long is the period", "--n 72", id="no number"),
        pytest.param(f"eu_days --n 2 --unit days --start 2026-11-20T13:20Z {BRUSSELS} --holiday 20261225", 2, "No day can be read", "--holiday 2026-12-25", id="no day"),
        pytest.param(f"eu_days --n 2 --unit days --start 2026-11-20T13:20Z {BRUSSELS} --calendar XX", 3, "There is no holiday calendar 'XX'.", "--holiday", id="no such country"),
        pytest.param(f"dora_min --n 4 --unit hours --start 2026-11-20T13:20Z {BRUSSELS}", 2, "also runs from awareness", "--aware", id="without awareness"),
        pytest.param(f"us_sec_business_days --n 4 --unit business_days --start 2026-11-20T13:20Z {BRUSSELS} --calendar DE", 2, "DE has no part in it", "Leave --calendar out", id="not their holidays"),
        pytest.param(f"eu-gdpr-34-persons --start 2026-11-20T13:20Z {BRUSSELS}", 2, "has no number: the law says 'without undue delay'", "not law", id="a clock without a number"),
        pytest.param(f"eu-gdpr-33-authority --n 96 --unit hours --start 2026-11-20T13:20Z {BRUSSELS}", 2, "eu-gdpr-33-authority is 72 hours.", "Leave --n", id="another number than the law's"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed(escalate, line, exit_code, says, hint):
    result = escalate(f"clock explain {line}")

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert says in result.stderr
    assert hint in result.stderr


def test_a_mistake_in_the_team_s_own_file_does_not_keep_a_rule_from_being_computed(escalate, home):
    (home / "templates" / "clocks").mkdir(parents=True)
    (home / "templates" / "clocks" / "ours.toml").write_text("schema = 2")

    assert escalate(GDPR).exit_code == 0
    assert escalate("clock library").exit_code == 6


def test_the_library_lists_every_clock_with_its_standing(escalate):
    result = escalate("clock library")

    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert "in force since 2026-09-11" in lines["eu-cra-14-incident"]
    assert "NOT CONFIRMED: from memory" in lines["uk-gdpr-33-ico"]
    assert "NOT YET in force, from 2027-01-01" in lines["us-ny-raise-72h"]
    assert "no number in law; internal target only" in lines["us-2258a-cybertip"]
    assert "2026-11-21 (0 d ago)" in lines["eu-gdpr-33-authority"]
    assert "63 clocks, 29 of them not confirmed by anybody." in result.stdout
    assert "not legal advice" in result.stdout


@pytest.mark.parametrize(("place", "least"), [("us-ny", 4), ("US", 10), ("eu", 15), ("UK", 4)])
def test_the_clocks_of_a_place(escalate, place, least):
    found = {row["jurisdiction"] for row in escalate(f"clock library --jurisdiction {place} --json").data}

    assert found
    assert all(name.lower().startswith(place.lower()) for name in found)
    assert len(escalate(f"clock library --jurisdiction {place} --json").data) >= least


def test_a_place_without_clocks(escalate):
    result = escalate("clock library --jurisdiction U")

    assert result.exit_code == 3
    assert "EU/EEA" in result.stderr


def test_old_rows_alone(escalate, clock):
    assert escalate("clock library --stale --json").data == []
    assert "No clock is to be shown." in escalate("clock library --stale").stdout

    clock.advance(days=181)

    assert len(escalate("clock library --stale --json").data) == 63
    assert "OLD: look again" in escalate("clock library --stale").stdout


def test_one_clock_whole(escalate):
    result = escalate("clock library eu-gpai-55-cop-ci")

    assert "NOT CONFIRMED: from secondary sources" in result.stdout
    assert "enforcement powers since 2026-08-02" in result.stdout
    assert "not legal advice" in result.stdout


def test_one_clock_for_programs(escalate):
    row = escalate("clock library us-ny-raise-72h --json").data

    assert (row["n"], row["unit"], row["rule"], row["start"]) == (
        72,
        "hours",
        "elapsed_hours",
        "determination-or-reasonable-belief",
    )
    assert (row["in_force"], row["in_force_from"], row["confirmed"], row["stale"], row["age_days"]) == (
        False,
        "2027-01-01",
        False,
        False,
        0,
    )


def test_a_clock_that_is_not_there(escalate):
    result = escalate("clock library eu-gdpr-33-authorty")

    assert result.exit_code == 3
    assert "Did you mean eu-gdpr-33-authority?" in result.stderr


@pytest.mark.parametrize("line", ["clock --help", "clock explain --help", "clock library --help"])
def test_help_says_that_it_is_no_advice(escalate, line):
    assert "not legal advice" in " ".join(escalate(line).stdout.split()).lower()


@pytest.mark.parametrize(
    ("typed", "meant"), [("libary", "library"), ("aplies", "applies"), ("submited x", "submitted")]
)
def test_a_word_that_was_mistyped_is_no_incident(escalate, typed, meant):
    result = escalate(f"clock {typed}")

    assert result.exit_code == 2
    assert f"Did you mean {meant}?" in result.stderr
