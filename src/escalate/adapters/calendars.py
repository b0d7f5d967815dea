"""iCalendar files, written and read. What is read is not trusted: it is bounded, and every mistake is named at once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from escalate.domain.oncall.calendar import Contact, Event, Found, instant
from escalate.domain.oncall.recurrence import Recurrence, from_parts
from escalate.domain.text.visible import one_line, visible
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalate.app.exchange import Calendar
    from escalate.domain.oncall.calendar import Occurrence

PRODUCT = "-//escalate//on call//EN"

DEEPEST = 8
MOST_EVENTS, MOST_RECURRING, MOST_CHANGES, MOST_OCCURRENCES = 5000, 300, 200, 10_000
"""Events, those that recur, clock changes of zones that the file brings along, and times that events take place."""

YEARS = range(1970, 3000)
A_DAY = timedelta(days=1)
TIMES = ("DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID")
MATTERS = frozenset([*TIMES, "DURATION", "RRULE", "ATTENDEE", "ORGANIZER"])
NOBODY = frozenset({"ROOM", "RESOURCE"})
"""What attends and is no person."""

YEARLY = (
    r"RRULE:FREQ=YEARLY(;(UNTIL=\d{8}(T\d{6}Z?)?|BYMONTH=\d{1,2}|BYDAY=[+-]?\d?(MO|TU|WE|TH|FR|SA|SU)|WKST=[A-Z]{2}"
    r"|BYMONTHDAY=-?\d\d?(,-?\d\d?){0,30}))*"
)
"""How clocks are changed. Other rules of a zone could keep the library busy for ever."""


def write(calendar: Calendar) -> str:
    """The text of an .ics file: lines end in CRLF and are at most 75 bytes long."""
    import icalendar

    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", visible(calendar.name))
    for each in calendar.appointments:
        event = icalendar.Event()
        event.add("uid", each.uid)
        event.add("dtstamp", calendar.made_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", each.start.astimezone(UTC))
        event.add("dtend", each.end.astimezone(UTC))
        event.add("summary", visible(each.summary))
        event.add("transp", "TRANSPARENT")
        if each.description:
            event.add("description", visible(each.description))
        if each.address:
            name, mail = each.address
            attendee = icalendar.vCalAddress(f"mailto:{mail}")
            attendee.params["CN"] = visible(name).replace('"', "'")
            event.add("attendee", attendee)
        made.add_component(event)
    return str(made.to_ical().decode())


def read(text: str, zone: tzinfo, begin: datetime, until: datetime) -> Found:
    """What takes place by an .ics file, in order. Of what recurs, only what touches [begin, until).

    All-day events and times without a zone are read in `zone`. What is cancelled is left out. Raises Refused with
    everything that cannot be read.
    """
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    _survey(unfolded)
    parts = _parsed(unfolded)
    zones: dict[str, Any] = {str(each.get("TZID", "")): each for part in parts for each in part.walk("VTIMEZONE")}
    read_: list[tuple[str, Event]] = []
    wrong: list[str] = []
    for number, component in enumerate((each for part in parts for each in part.walk("VEVENT")), start=1):
        name = f"event {number}, {one_line(str(component.get('SUMMARY', '')), 60)!r}"
        try:
            read_.append((name, _event(component, zone, zones)))
        except (ValueError, OverflowError) as error:
            wrong.append(f"{name}: {one_line(str(error), 200)}")
    if not read_ and not wrong:
        raise Refused("The calendar has no events.", hint="Each shift is a VEVENT in it. Export it again.")
    replaced = {(event.uid, event.replaces) for _, event in read_ if event.replaces}
    occurrences: list[Occurrence] = []
    is_endless = False
    for name, event in read_:
        try:
            found, goes_on = event.occurrences(begin, until, replaced)
        except (ValueError, OverflowError) as error:
            wrong.append(f"{name}: {error}")
            continue
        is_endless |= goes_on
        occurrences += found
        if len(occurrences) > MOST_OCCURRENCES:
            raise Refused("The calendar has too many shifts in that time.", hint="Take a part of it: --to T")
    if wrong:
        more = [f"… and {len(wrong) - 20} more"] if len(wrong) > 20 else []
        lines = "\n".join(f"  {each}" for each in [*wrong[:20], *more])
        raise Refused(
            f"Nothing was taken: {len(wrong)} of its events cannot be read.\n{lines}",
            hint="Mend them in the calendar, or leave them out of it.",
        )
    return Found(occurrences=tuple(sorted(occurrences, key=lambda each: each.start)), is_endless=is_endless)


def _survey(unfolded: str) -> None:
    """Refuse what would keep the library busy for ever, before it sees it."""
    lines = unfolded.upper().splitlines()
    depth = deepest = 0
    inside_zone = False
    for line in lines:
        begun, ended = line.startswith("BEGIN:"), line.startswith("END:")
        depth += begun - ended
        deepest = max(deepest, depth)
        if line.rstrip() in {"BEGIN:VTIMEZONE", "END:VTIMEZONE"}:
            inside_zone = begun
        if inside_zone and re.match("RRULE[;:]", line) and not re.fullmatch(YEARLY, line.rstrip()):
            raise _no_calendar("the clock changes of a zone in it are not yearly")
    starts = [line.rstrip() for line in lines if line.startswith(("BEGIN:", "RRULE", "RDATE"))]
    counted = {
        "events": (starts.count("BEGIN:VEVENT"), MOST_EVENTS),
        "events that recur": (sum(line.startswith("R") for line in starts), MOST_RECURRING + MOST_CHANGES),
        "clock changes": (starts.count("BEGIN:STANDARD") + starts.count("BEGIN:DAYLIGHT"), MOST_CHANGES),
    }
    if deepest > DEEPEST:
        raise _no_calendar("it is nested too deeply")
    for what, (number, most) in counted.items():
        if number > most:
            raise Refused(f"The calendar has {number:,} {what}; {most:,} can be read.", hint="Export a part of it.")


def _parsed(unfolded: str) -> list[Any]:
    from icalendar import Calendar

    # The library looks zones up as it reads, where one that is odd fails the whole; we do so event by event.
    text = re.sub(rf"(?im)^((?:{'|'.join(TIMES)})(?:;[^:\n]*)?;)TZID=", r"\1X-TZID=", unfolded)
    try:
        parts: list[Any] = Calendar.from_ical(text.encode(), multiple=True)
    except (ValueError, LookupError, OSError, ArithmeticError, TypeError, AttributeError) as error:
        raise _no_calendar(one_line(str(error), 120)) from error
    if not parts or any(part.name != "VCALENDAR" for part in parts):
        raise _no_calendar("it does not begin with BEGIN:VCALENDAR")
    return parts


def _no_calendar(why: str) -> Refused:
    return Refused(f"It cannot be read as a calendar: {why}.", hint="Export it again as iCalendar (.ics).")


def _event(component: Any, zone: tzinfo, zones: dict[str, Any]) -> Event:
    """Raises ValueError for what cannot be understood."""
    for name, error in component.errors:
        if name in MATTERS:
            raise ValueError(f"{name}: {error}")
    if "EXRULE" in component:
        raise ValueError("EXRULE cannot be followed; use EXDATE")
    moved = _one(component, "RECURRENCE-ID")
    if moved is not None and "RANGE" in moved.params:
        raise ValueError("a change to all later ones cannot be followed; split the event in two")
    given = _one(component, "DTSTART")
    if given is None:
        raise ValueError("DTSTART is missing")
    start, own = _wall(given, zone, zones)
    length, is_elapsed = _length(component, start, own, zone, zones)
    organizer = _contacts(component.get("ORGANIZER"))
    return Event(
        uid=str(component.get("UID", "")),
        summary=str(component.get("SUMMARY", "")),
        start=start,
        zone=own,
        length=length,
        is_elapsed=is_elapsed,
        rule=_rule(component.get("RRULE"), own),
        more=tuple(_further(component, start, own, zone, zones)),
        without=frozenset(_name(each, zone, zones) for each in _listed(component, "EXDATE")),
        replaces=_name(moved, zone, zones) if moved is not None else None,
        is_cancelled=str(component.get("STATUS", "")).upper() == "CANCELLED",
        attendees=tuple(_contacts(component.get("ATTENDEE"))),
        organizer=organizer[0] if organizer else None,
    )


def _one(component: Any, name: str) -> Any:
    value = component.get(name)
    if isinstance(value, list):
        raise ValueError(f"{name} stands twice")  # noqa: TRY004
    return value


def _wall(value: Any, zone: tzinfo, zones: dict[str, Any]) -> tuple[datetime, tzinfo]:
    """A date or time as the clock on the wall shows it, and in which zone."""
    at = value.dt
    if not isinstance(at, date):
        raise ValueError("it is no date and no time")  # noqa: TRY004
    if at.year not in YEARS:
        raise ValueError(f"it is in the year {at.year}")
    if not isinstance(at, datetime):
        return datetime.combine(at, time()), zone
    name = str(value.params.get("X-TZID", "") or "")
    if at.tzname() == "UTC":
        own: tzinfo = UTC
    else:
        own = _zone(name, zones) if name else zone
    return at.replace(tzinfo=None), own


def _zone(name: str, zones: dict[str, Any]) -> tzinfo:
    """The zone of that name; one that only the file knows is made of its VTIMEZONE, once."""
    from zoneinfo import ZoneInfo

    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name.strip("/")))
    except (KeyError, ValueError, OSError):  # unknown, outside the database, a folder of it
        if name not in zones:
            raise ValueError(f"there is no time zone {name!r}, and the file does not say what it is") from None
    if not isinstance(zones[name], tzinfo):
        zones[name] = zones[name].to_tz(lookup_tzid=False)
    found: tzinfo = zones[name]
    return found


def _length(
    component: Any, start: datetime, own: tzinfo, zone: tzinfo, zones: dict[str, Any]
) -> tuple[timedelta, bool]:
    """How long it is, and whether that is elapsed time and not, as for whole days, by the clock on the wall."""
    end, duration = _one(component, "DTEND"), _one(component, "DURATION")
    if end is not None:
        finish, other = _wall(end, zone, zones)
        if other == own:
            return finish - start, False
        return instant(finish, other) - instant(start, own), True
    if duration is not None:
        length: timedelta = duration.dt
        return length, bool(length % A_DAY)
    if not isinstance(component["DTSTART"].dt, datetime):
        return A_DAY, False
    raise ValueError("it does not say when it ends")


def _listed(component: Any, name: str) -> Iterable[Any]:
    values = component.get(name) or []
    for listed in values if isinstance(values, list) else [values]:
        for each in listed.dts:
            each.params = listed.params
            yield each


def _further(component: Any, start: datetime, own: tzinfo, zone: tzinfo, zones: dict[str, Any]) -> Iterable[datetime]:
    for each in _listed(component, "RDATE"):
        wall, other = _wall(each, zone, zones)
        if not isinstance(each.dt, datetime):
            yield datetime.combine(wall.date(), start.time())
        else:
            yield wall if other == own else instant(wall, other).astimezone(own).replace(tzinfo=None)


def _name(value: Any, zone: tzinfo, zones: dict[str, Any]) -> datetime | date:
    """What an occurrence is told by: its instant, or its day."""
    wall, own = _wall(value, zone, zones)
    return instant(wall, own) if isinstance(value.dt, datetime) else wall.date()


def _contacts(value: Any) -> list[Contact]:
    values = value if isinstance(value, list) else [value] if value is not None else []
    return [
        Contact(mail=re.sub(r"(?i)^mailto:", "", str(each)).strip(), name=str(each.params.get("CN", "")).strip())
        for each in values
        if str(each.params.get("CUTYPE", "")).upper() not in NOBODY
        and str(each.params.get("PARTSTAT", "")).upper() != "DECLINED"
    ]


def _rule(value: Any, own: tzinfo) -> Recurrence | None:
    if value is None:
        return None
    if isinstance(value, list):
        raise ValueError("it has two rules; split the event in two")  # noqa: TRY004
    given = {str(name).upper(): list(values) for name, values in value.items()}
    until = given.pop("UNTIL", [None])[0]
    if isinstance(until, datetime):
        until = until.astimezone(own).replace(tzinfo=None) if until.tzinfo else until
    elif isinstance(until, date):
        until = datetime.combine(until, time.max)
    return from_parts({name: [str(each) for each in values] for name, values in given.items()}, until)
