"""Calendars as other programs write them, and as hostile ones could."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.adapters import calendars
from escalate.app.exchange import Appointment, Calendar
from escalate.errors import Refused

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
UNTIL = NOW + timedelta(days=90)


def event(*lines, summary="Alice Ng", uid="1"):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT", ""])


def file(*parts):
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//EN\r\n" + "".join(parts) + "END:VCALENDAR\r\n"


def times(*parts, begin=NOW, until=UNTIL, zone=LONDON):
    found = calendars.read(file(*parts), zone, begin, until)
    return [f"{each.start:%m-%d %H:%M} {each.end:%m-%d %H:%M}" for each in found.occurrences]


def refusal(text):
    with pytest.raises(Refused) as refused:
        calendars.read(text, LONDON, NOW, UNTIL)
    assert refused.value.hint
    return refused.value.message


# ── written ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def appointment(**but):
    given = {"uid": "5f0c", "summary": "On call: ts: Alice Ng", "description": "", "start": NOW, "end": UNTIL}
    return Appointment(**{**given, **but})


def written(*appointments, name="On call"):
    return calendars.write(Calendar(name=name, made_at=NOW, appointments=appointments))


def test_a_shift_is_an_event_in_utc_that_takes_nobodys_time():
    text = written(appointment())

    [found] = icalendar.Calendar.from_ical(text.encode()).walk("VEVENT")
    assert {name: value.to_ical().decode() for name, value in found.items()} == {
        "UID": "5f0c", "DTSTAMP": "20261121T210000Z", "DTSTART": "20261121T210000Z", "DTEND": "20270219T210000Z",
        "SUMMARY": "On call: ts: Alice Ng", "TRANSP": "TRANSPARENT",
    }  # fmt: skip
    assert "PRODID:-//escalate//" in text
    assert "X-WR-CALNAME:On call\r\n" in text


def test_lines_end_in_crlf_and_are_folded_at_75_bytes():
    text = written(
        appointment(summary="On call: ts: " + "吉田 Zoë, the third; " * 12, address=("Zoë", "z@example.org"))
    )

    lines = text.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    assert [line.decode() for line in lines]  # no character is cut in two
    assert "吉田 Zoë\\, the third\\;" in re.sub("\r\n ", "", text)


def test_addresses_stand_in_it_only_where_they_are_given():
    assert "@" not in written(appointment())
    assert 'CN="Alice Ng":mailto:alice@example.org' in written(appointment(address=("Alice Ng", "alice@example.org")))


def test_names_cannot_add_lines():
    text = written(
        appointment(summary="x\r\nATTENDEE:mailto:m@example.org\x1b", address=('a"\r\nX:y', "a@example.org"))
    )

    names = {re.split("[:;]", line)[0] for line in re.sub("\r\n ", "", text).split("\r\n") if line}
    assert names == {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY",
        "TRANSP", "ATTENDEE",
    }  # fmt: skip
    assert "\x1b" not in text


# ── read ────────────────────────────────────────────────────────────────────────────────────────────────────────────

VTIMEZONE = """\
BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0400
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0400
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
""".replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["DTSTART:20261201T090000Z", "DTEND:20261201T170000Z"], "12-01 09:00 12-01 17:00", id="UTC"),
        pytest.param(["DTSTART:20270701T090000", "DTEND:20270701T170000"], "07-01 08:00 07-01 16:00", id="floating"),
        pytest.param(["DTSTART;VALUE=DATE:20270701"], "06-30 23:00 07-01 23:00", id="a day"),
        pytest.param(["DTSTART;VALUE=DATE:20270327", "DTEND;VALUE=DATE:20270329"], "03-27 00:00 03-28 23:00", id="two days"),
        pytest.param(
            ["DTSTART;TZID=America/New_York:20261201T090000", "DTEND;TZID=America/New_York:20261201T170000"],
            "12-01 14:00 12-01 22:00", id="a zone",
        ),
        pytest.param(
            ["DTSTART;TZID=W. Europe Standard Time:20261201T090000", "DURATION:PT8H"], "12-01 08:00 12-01 16:00", id="a Windows zone",
        ),
        pytest.param(["DTSTART;TZID=Office:20261201T090000", "DURATION:PT1H"], "12-01 06:00 12-01 07:00", id="its own zone"),
        pytest.param(["DTSTART;TZID=Office:20270701T090000", "DURATION:PT1H"], "07-01 05:00 07-01 06:00", id="in summer"),
        pytest.param(["DTSTART:20270327T090000", "DURATION:P1D"], "03-27 09:00 03-28 08:00", id="a day of 23 hours"),
        pytest.param(["DTSTART:20270327T090000", "DURATION:PT25H"], "03-27 09:00 03-28 10:00", id="hours are elapsed"),
        pytest.param(["DTSTART;TZID=Europe/\r\n London:20270701T090000Z", "DURATION:PT1H"], "07-01 09:00 07-01 10:00", id="Z counts"),
        pytest.param(["DTSTART:20270327T090000", "DURATION:PT24H"], "03-27 09:00 03-28 08:00", id="24 hours are a day"),
        pytest.param(["DTSTART:20261201T090030Z", "DTEND:20261201T165959Z"], "12-01 09:00 12-01 17:00", id="seconds"),
        pytest.param(
            ["DTSTART:20261201T090000Z", "DTEND;TZID=Europe/Paris:20261201T170000"], "12-01 09:00 12-01 16:00", id="two zones",
        ),
        pytest.param(["DTSTART:20270328T013000", "DURATION:PT1H"], "03-28 01:30 03-28 02:30", id="a time in a gap"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False], ids=["zones first", "zones last"])
def test_times(lines, expected, first):
    parts = [VTIMEZONE, event(*lines)] if first else [event(*lines), VTIMEZONE]

    assert times(*parts) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["RRULE:FREQ=WEEKLY;COUNT=2"], ["12-01 09:00", "12-08 09:00"], id="a rule"),
        pytest.param(["RRULE:FREQ=DAILY;UNTIL=20261203T090000Z"], ["12-01 09:00", "12-02 09:00", "12-03 09:00"], id="until"),
        pytest.param(["RRULE:FREQ=DAILY;UNTIL=20261202"], ["12-01 09:00", "12-02 09:00"], id="until a day"),
        pytest.param(["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261202T090000Z"], ["12-01 09:00", "12-03 09:00"], id="left out"),
        pytest.param(
            ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Paris:20261202T100000,20261203T100000"], ["12-01 09:00"],
            id="left out, in another zone",
        ),
        pytest.param(["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261202"], ["12-01 09:00", "12-03 09:00"], id="a day left out"),
        pytest.param(["RDATE:20261205T090000Z", "RDATE:20261206T100000Z"], ["12-01 09:00", "12-05 09:00", "12-06 10:00"], id="more"),
        pytest.param(["RRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=3"], ["12-01 09:00", "01-05 09:00", "02-02 09:00"], id="first Tuesdays"),
    ],
)  # fmt: skip
def test_what_recurs(lines, expected):
    found = times(event("DTSTART:20261201T090000Z", "DURATION:PT1H", *lines))

    assert [each[:11] for each in found] == expected


def test_what_recurs_keeps_its_time_of_day_when_the_clocks_change():
    lines = [
        "DTSTART;TZID=Europe/London:20260601T090000",
        "DTEND;TZID=Europe/London:20260602T090000",
        "RRULE:FREQ=DAILY",
    ]
    begin = datetime(2027, 3, 27, tzinfo=UTC)

    found = times(event(*lines), begin=begin, until=begin + timedelta(days=3))

    assert found == [
        "03-26 09:00 03-27 09:00",
        "03-27 09:00 03-28 08:00",
        "03-28 08:00 03-29 08:00",
        "03-29 08:00 03-30 08:00",
    ]


def test_what_recurs_is_followed_as_far_as_asked_and_no_further():
    found = calendars.read(
        file(event("DTSTART:20200101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")), LONDON, NOW, UNTIL
    )
    once = calendars.read(
        file(event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")), LONDON, NOW, UNTIL
    )

    assert len(found.occurrences) == 90
    assert (found.is_endless, once.is_endless) == (True, False)


def test_one_of_many_can_be_moved_or_cancelled():
    series = event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4", uid="a")
    moved = event("DTSTART:20261202T120000Z", "DURATION:PT1H", "RECURRENCE-ID:20261202T090000Z", uid="a")
    gone = event(
        "DTSTART:20261203T090000Z", "DURATION:PT1H", "RECURRENCE-ID:20261203T090000Z", "STATUS:CANCELLED", uid="a"
    )

    assert [each[:11] for each in times(series, moved, gone)] == ["12-01 09:00", "12-02 12:00", "12-04 09:00"]


def test_who_attends_is_told_but_rooms_and_who_declined_are_not():
    lines = [
        'ATTENDEE;CN="Ng, Alice":mailto:alice@example.org', "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org",
        "ATTENDEE;PARTSTAT=DECLINED:MAILTO:bob@example.org", "ORGANIZER:MAILTO:carol@example.org",
    ]  # fmt: skip
    [found] = calendars.read(
        file(event("DTSTART:20261201T090000Z", "DURATION:PT1H", *lines)), LONDON, NOW, UNTIL
    ).occurrences

    assert [(each.mail, each.name) for each in found.attendees] == [("alice@example.org", "Ng, Alice")]
    assert found.organizer.mail == "carol@example.org"


# ── what cannot be read ─────────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_that_cannot_be_read_is_named_at_once():
    said = refusal(
        file(
            event("DTSTART:20261201T090000Z", "DTEND:20261201T170000Z"),
            event("DTSTART:20261301T090000Z", "DURATION:PT1H", summary="no such month"),
            event("DTSTART:20261201T090000Z", summary="no end"),
            event("DTSTART;TZID=Mars/Olympus:20261201T090000", "DURATION:PT1H", summary="no such zone"),
            event("DTSTART;TZID=Europe:20261201T090000", "DURATION:PT1H", summary="a folder"),
            event("DTSTART:20261201T090000Z", "DTEND:20261201T080000Z", summary="backwards"),
            event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY", summary="every second"),
            event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0", summary="never on"),
            event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T090000Z", summary="later ones"),
            event("DTSTART:00010101T000000Z", "DURATION:PT1H", summary="long ago"),
            event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261205T090000Z/PT5H", summary="a period"),
            event("DTSTART:20261201T090000Z", "DTSTART:20261202T090000Z", "DURATION:PT1H", summary="two starts"),
        )
    )  # fmt: skip

    lines = said.splitlines()
    assert lines[0] == "Nothing was taken: 11 of its events cannot be read."
    names = "no such month|no end|no such zone|a folder|backwards|every second|never on|later ones|long ago|a period|two starts"
    assert all(any(f"'{name}': " in line for line in lines) for name in names.split("|"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("hello", id="text"),
        pytest.param("/etc/passwd", id="the name of a file"),
        pytest.param("BEGIN:VCALENDAR\r\n", id="cut off"),
        pytest.param("BEGIN:VEVENT\r\nEND:VEVENT\r\n", id="no calendar around it"),
        pytest.param(file(), id="no events"),
        pytest.param("BEGIN:VCALENDAR\r\n" * 3000 + "END:VCALENDAR\r\n" * 3000, id="nested"),
        pytest.param(file("BEGIN:VEVENT\r\n" * 400 + "END:VEVENT\r\n" * 400), id="events in events"),
        pytest.param(file(event("DTSTART:20261201") * 5001), id="too many events"),
        pytest.param(file(event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY") * 501), id="too many recur"),
        pytest.param(file(VTIMEZONE.replace("FREQ=YEARLY", "FREQ=SECONDLY")), id="clocks changed every second"),
        pytest.param(file(VTIMEZONE.replace("RRULE:FREQ", "RRULE:\r\n INTERVAL=0;FREQ")), id="folded, without an interval"),
        pytest.param(file(VTIMEZONE.replace("RRULE:", "RRULE;X=Y:")), id="a rule with parameters"),
        pytest.param(file("BEGIN:VTIMEZONE\r\nTZID:Odd\r\nEND:VTIMEZONE\r\n", event("DTSTART;TZID=Odd:20261201T090000", "DURATION:PT1H")), id="an empty zone"),
        pytest.param(file(event("DTSTART:20261201T090000Z", "DURATION:P99999999999D")), id="a long time"),
        pytest.param(file(event("DTSTART:20261201T090000Z", "DURATION:P1000000D", "RRULE:FREQ=DAILY")), id="long and often"),
        pytest.param(file(event("DTSTART:20261201T090000Z", "DTEND:99991231T235959Z")), id="the end of time"),
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_in_words(text):
    assert len(refusal(text)) < 1000


PIECES = st.sampled_from(
    [*file(VTIMEZONE, event("DTSTART;TZID=Office:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2",
     "EXDATE:20261202T090000Z", "RECURRENCE-ID:20261202T090000Z", "ATTENDEE;CN=A:mailto:a@example.org")).splitlines(),
     "DTSTART:", "DTEND;VALUE=DATE:2026", "TZID:", "RRULE:X", "RDATE:", "EXDATE;TZID=Office:x", ":", ";", "\x00", " x", "DTSTART;TZID=:1",
     "TZOFFSETTO:+9999", "DTSTART;VALUE=PERIOD:20261201T090000Z/PT1H", "DURATION:-P1D", "BEGIN:X", "END:X", "ATTENDEE:", 'SUMMARY;A="', "CATEGORIES"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=10), max_size=12), st.integers(0, 25), st.booleans())
def test_whatever_stands_in_it_there_is_no_traceback(pieces, place, whole):
    lines = file(VTIMEZONE, event("DTSTART;TZID=Office:20261201T090000", "DURATION:PT1H")).splitlines()
    text = "\r\n".join([*lines[:place], *pieces, *lines[place:]] if whole else pieces)

    with suppress(Refused):
        calendars.read(text, LONDON, NOW, UNTIL)
