"""`oncall export` and `oncall import`, as they are typed. The clock stands at 2026-11-21T21:00Z."""

from __future__ import annotations

import json
import tomllib

import icalendar
import pytest

ROSTER = """
[people.alice]
name = "Alice Ng"
zone = "Europe/London"
email = "alice@example.org"
[people.bob]
name = "Bob Dee"
zone = "Europe/London"
email = "bob@example.org"
[rotations.ts]
zone = "Europe/London"
start = 2026-01-05T09:00:00
every = "1 week"
people = ["alice", "bob"]
[schedules.ts]
zone = "Europe/London"
[[schedules.ts.rules]]
from = "00:00"
to = "00:00"
target = "rotation:ts"
[schedules.solo]
zone = "UTC"
[[schedules.solo.rules]]
from = "00:00"
to = "00:00"
target = "person:alice"
"""


@pytest.fixture(autouse=True)
def _roster(apply_roster):
    apply_roster(ROSTER)


def events(text):
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


def ics(path, *parts):
    path.write_text("BEGIN:VCALENDAR\r\n" + "".join(parts) + "END:VCALENDAR\r\n", newline="")
    return path


def event(start, end, summary="On call: Alice Ng", *more):
    return "\r\n".join(
        ["BEGIN:VEVENT", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}", *more, "END:VEVENT", ""]
    )


# ── export ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_calendar_is_written_to_stdout(escalate):
    result = escalate("oncall export --ics ts --to 2026-12-07T09:00Z")

    assert result.exit_code == 0
    assert [(str(each["SUMMARY"]), f"{each['DTSTART'].dt:%m-%d %H:%M}") for each in events(result.stdout)] == [
        ("On call: ts: Bob Dee", "11-16 09:00"),
        ("On call: ts: Alice Ng", "11-23 09:00"),
        ("On call: ts: Bob Dee", "11-30 09:00"),
    ]
    assert "@" not in result.stdout


def test_all_schedules_are_in_it_and_ninety_days(escalate):
    found = events(escalate("oncall export").stdout)

    assert {str(each["SUMMARY"]).split(": ")[1] for each in found} == {"ts", "solo"}
    assert f"{max(each['DTEND'].dt for each in found):%Y-%m-%d}" == "2027-02-19"


def test_one_person_with_an_address(escalate):
    found = events(escalate("oncall export --ics ts --person bob --addresses").stdout)

    assert {str(each["ATTENDEE"]) for each in found} == {"mailto:bob@example.org"}


def test_a_later_export_has_the_same_names_for_the_same_shifts(escalate, clock):
    def names():
        return {str(each["UID"]): str(each["SUMMARY"]) for each in events(escalate("oncall export").stdout)}

    before = names()
    clock.advance(days=8)
    after = names()

    kept = before.keys() & after.keys()
    assert sorted(after[uid] for uid in after.keys() - kept) == ["On call: ts: Bob Dee"]  # has come into view
    assert sorted(before[uid] for uid in before.keys() - kept) == ["On call: ts: Bob Dee"]  # is over
    assert "On call: solo: Alice Ng" in {after[uid] for uid in kept}  # has no beginning


def test_a_file_is_for_its_owner_and_is_not_replaced_by_accident(escalate, tmp_path):
    file = tmp_path / "ts.ics"

    first, again = escalate(f"oncall export ts -o {file} --json"), escalate(f"oncall export ts -o {file}")

    assert file.stat().st_mode & 0o777 == 0o600
    assert first.data["events"] == len(events(file.read_bytes()))
    assert first.data.keys() == {"path", "sha256", "events"}
    assert (again.exit_code, escalate(f"oncall export ts -o {file} --force").exit_code) == (4, 0)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("oncall export nowhere", 3),
        ("oncall export person:alice", 3),
        ("oncall export --person nobody", 3),
        ("oncall export --from 2027-01-02T00:00Z --to 2027-01-01T00:00Z", 2),
        ("oncall export --to 2036-01-01T00:00Z", 2),
        ("oncall export --json", 2),
        ("oncall import", 2),
        ("oncall import --ics a --pagerduty b", 2),
        ("oncall import --ics missing.ics", 2),
        ("oncall import --ics missing.ics --schedule ts", 3),
        ("oncall import --ics missing.ics --schedule nowhere", 3),
        ("oncall import --ics / --schedule ts", 6),
        ("oncall import --ics a.ics --schedule ts -o b", 2),
        ("oncall import --ics a.ics --schedule ts --person alice", 2),
        ("oncall import --ics a.ics --schedule ts --to 2036-01-01T00:00Z", 4),
        ("oncall import --pagerduty missing.json", 3),
        ("oncall import --pagerduty missing.json --schedule ts", 2),
    ],
)
def test_failures_have_documented_exit_codes(escalate, line, code):
    result = escalate(line)

    assert result.exit_code == code
    assert "Traceback" not in result.stderr
    assert line.endswith("--json") or result.stdout == ""


# ── calendars in ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_exported_comes_back_as_the_same_shifts(escalate, tmp_path):
    file = tmp_path / "ts.ics"
    escalate(f"oncall export ts -o {file} --to 2026-12-14T09:00Z")

    data = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json").data

    assert [(each["person"], each["start"][:16]) for each in data["shifts"]] == [
        ("bob", "2026-11-21T21:00"), ("alice", "2026-11-23T09:00"), ("bob", "2026-11-30T09:00"), ("alice", "2026-12-07T09:00"),
    ]  # fmt: skip
    assert (data["id"], data["gaps"], data["left_out"]) == (None, [], 0)


def test_a_calendar_becomes_a_temporary_schedule(escalate, tmp_path):
    file = ics(
        tmp_path / "holidays.ics",
        event("20261224T000000Z", "20261225T000000Z", "anything", "ATTENDEE:mailto:BOB@example.org"),
        event("20261226T000000Z", "20261227T000000Z"),
    )

    result = escalate(f"oncall import --ics {file} --schedule ts --json")

    assert result.exit_code == 0
    assert result.data["id"] == "T-1"
    assert result.data["gaps"] == [{"start": "2026-12-25T00:00:00+00:00", "end": "2026-12-26T00:00:00+00:00"}]
    assert "nobody is on call once, first from 2026-12-25 00:00Z" in result.stderr

    def who(day):
        return [each["person"] for each in escalate(f"oncall who schedule:ts --at 2026-12-{day}T12:00Z --json").data]

    assert [who(day) for day in (23, 24, 25, 26)] == [["alice"], ["bob"], [], ["alice"]]


def test_a_dry_run_shows_it_and_changes_nothing(escalate, store, tmp_path):
    file = ics(tmp_path / "a.ics", event("20261224T000000Z", "20261225T000000Z"))

    result = escalate(f"oncall import --ics {file} --schedule ts --dry-run")

    assert "Nothing was changed." in result.stdout
    assert "2026-12-24 00:00Z  2026-12-25 00:00Z  alice" in result.stdout
    with store.reading() as look:
        assert look.on_call_record() is None


def test_everybody_who_is_unknown_is_named_at_once_and_nothing_is_stored(escalate, store, tmp_path):
    file = ics(
        tmp_path / "a.ics",
        event("20261224T000000Z", "20261225T000000Z"),
        event("20261225T000000Z", "20261226T000000Z", "On call: A. Ng"),
        event("20261226T000000Z", "20261227T000000Z", "x", "ATTENDEE:mailto:dan@example.org"),
    )
    line = f"oncall import --ics {file} --schedule ts"

    refused = escalate(line)
    taken = escalate(f"{line} --person 'On call: A. Ng=alice' --person dan@example.org=bob --json")

    assert refused.exit_code == 3
    assert "On call: A. Ng; dan@example.org" in refused.stderr
    assert "--person 'On call: A. Ng'=NAME" in refused.stderr
    assert [each["person"] for each in taken.data["shifts"]] == ["alice", "alice", "bob"]
    assert taken.data["id"] == "T-1"


@pytest.mark.parametrize(
    ("summary", "more", "person"),
    [
        pytest.param("Alice Ng", [], "alice", id="a name"),
        pytest.param("primary - bob", [], "bob", id="ends with a slug"),
        pytest.param("on call bob@example.org", [], "bob", id="ends with an address"),
        pytest.param("On Call - Bob Dee - Harm desk", [], "bob", id="between dashes"),
        pytest.param("ALICE  NG", [], "alice", id="in capitals"),
        pytest.param("x", ["ORGANIZER:mailto:bob@example.org"], "bob", id="who made it"),
        pytest.param("Alice Ng", ["ORGANIZER:mailto:bob@example.org"], "alice", id="a name goes before who made it"),
        pytest.param("x", ["ATTENDEE;CN=Bob Dee:mailto:b@example.org"], "bob", id="a name beside an address"),
        pytest.param("notbob", [], None, id="a part of a word"),
        pytest.param("Alice Ng or Bob Dee?", [], None, id="neither"),
    ],
)
def test_who_it_is(escalate, tmp_path, summary, more, person):
    file = ics(tmp_path / "a.ics", event("20261224T000000Z", "20261225T000000Z", summary, *more))

    result = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json")

    assert result.exit_code == (0 if person else 3)
    assert person is None or [each["person"] for each in result.data["shifts"]] == [person]


def test_what_recurs_without_an_end_is_taken_for_ninety_days_and_said(escalate, tmp_path):
    file = ics(tmp_path / "a.ics", event("20261123T090000Z", "20261123T170000Z", "alice", "RRULE:FREQ=DAILY"))

    result = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json")
    until = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json --to 2026-11-25T00:00Z")

    assert result.data["to"].startswith("2027-02-19T21:00")
    assert "recurs without an end" in result.stderr
    assert [len(each.data["shifts"]) for each in (result, until)] == [89, 2]


def test_all_days_are_in_the_zone_of_the_schedule(escalate, tmp_path):
    lines = ["BEGIN:VEVENT", "DTSTART;VALUE=DATE:20270701", "SUMMARY:alice", "END:VEVENT", ""]
    file = ics(tmp_path / "a.ics", "\r\n".join(lines))

    data = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json").data

    assert (data["from"][:16], data["to"][:16]) == ("2027-06-30T23:00", "2027-07-01T23:00")


def test_what_is_over_is_left_out(escalate, tmp_path):
    over = event("20261101T000000Z", "20261102T000000Z")
    file = ics(tmp_path / "a.ics", over, event("20261121T000000Z", "20261122T000000Z"))

    some = escalate(f"oncall import --ics {file} --schedule ts --dry-run --json")
    none = escalate(f"oncall import --ics {ics(tmp_path / 'b.ics', over)} --schedule ts --dry-run")

    assert (some.data["from"][:16], some.data["left_out"]) == ("2026-11-21T21:00", 1)
    assert none.exit_code == 4


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b"x" * ((1 << 20) + 1), 2, id="too large"),
        pytest.param(b"BEGIN:VCALENDAR\r\nX:\xff\r\nEND:VCALENDAR", 2, id="not UTF-8"),
        pytest.param("BEGIN:VCALENDAR".encode("utf-16"), 2, id="UTF-16"),
        pytest.param(b"BEGIN:VCALENDAR", 4, id="cut off"),
        pytest.param(b"", 4, id="empty"),
        pytest.param(b"{" * 100_000, 4, id="nested"),
    ],
)
@pytest.mark.parametrize("what", ["--schedule ts --ics", "--pagerduty"])
def test_files_that_are_something_else_are_refused_in_words(escalate, tmp_path, raw, code, what):
    (tmp_path / "odd").write_bytes(raw)

    result = escalate(f"oncall import {what} {tmp_path / 'odd'}")

    assert result.exit_code == code
    assert result.stdout == ""


# ── PagerDuty ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pagerduty(tmp_path):
    people = [{"user": {"id": "P1", "summary": "Alice Ng"}}, {"user": {"id": "P2", "summary": "Dan Ek"}}]
    begun = "2026-01-05T09:00:00Z"
    layer = {
        "name": "L1",
        "start": begun,
        "rotation_virtual_start": begun,
        "rotation_turn_length_seconds": 604800,
        "users": people,
    }
    file = tmp_path / "pd.json"
    file.write_text(
        json.dumps({"schedule": {"name": "Harm desk", "time_zone": "Europe/London", "schedule_layers": [layer]}})
    )
    return file


def test_a_schedule_of_pagerduty_becomes_a_part_of_a_roster_that_applies(escalate, pagerduty, tmp_path):
    part = tmp_path / "part.toml"

    written = escalate(f"oncall import --pagerduty {pagerduty} -o {part} --json")

    assert written.data["schedules"] == ["harm-desk"]
    assert written.data["people"] == ["alice-ng", "dan-ek"]
    assert part.stat().st_mode & 0o777 == 0o600
    assert escalate(f"apply --check {part}").exit_code == 0


def test_on_stdout_it_is_the_part_itself_and_people_are_not_doubled(escalate, pagerduty, tmp_path):
    result = escalate(f"oncall import --pagerduty {pagerduty} --person 'Alice Ng=alice'")

    assert list(tomllib.loads(result.stdout)["people"]) == ["dan-ek"]
    roster, part = tmp_path / "roster.toml", tmp_path / "part.toml"
    roster.write_text(ROSTER)
    part.write_text(result.stdout)
    assert escalate(f"apply --check {roster} {part}").exit_code == 0
