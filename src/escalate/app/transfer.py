"""Incidents in and out as JSONL: what others wrote becomes notes; what we exported comes back with its chain."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from escalate.app.verification import Findings, verify_entries
from escalate.domain.incident import rules
from escalate.domain.timeline import chain
from escalate.domain.timeline.entry import EXACT, Draft, Entry
from escalate.domain.timeline.events import IncidentNumbered, IncidentOpened, NoteAdded
from escalate.domain.value import Value
from escalate.errors import Conflict, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store

FORMAT = "escalate-export-1"

LONGEST_LINE = 1_000_000
KNOWN = frozenset({"at", "text", "kind", "precision", "actor", "approximate", "labels"})


class Line(Value):
    number: int
    at: datetime
    text: str
    draft: Draft


# ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def export(store: Store, incident_id: str) -> Iterator[str]:
    """One line that says what this is, then a line per entry, each with the bytes its digest was made of."""
    with store.reading() as look:
        incident = look.incident(incident_id)
    assert incident is not None
    yield json.dumps(
        {
            "format": FORMAT,
            "incident": incident_id,
            "ref": incident.ref,
            "code_name": incident.code_name,
            "head": {"seq": incident.head.seq, "digest": incident.head.digest},
            "read": "`body` is what happened; `digest` = SHA-256 of escalate-entry-1 and the fields "
            + ", ".join(chain.HASHED)
            + ", joined by line feeds; `body_digest` = SHA-256 of the salt's bytes and the body",
        },
        sort_keys=True,
    )
    for page in store.pages_of(incident_id):
        for entry in page:
            salt = base64.b64encode(entry.salt).decode() if entry.salt is not None else None
            yield json.dumps({**entry.__dict__, "salt": salt}, sort_keys=True, ensure_ascii=True)


# ── in, from elsewhere ──────────────────────────────────────────────────────────────────────────────────────────────


def bring_in(
    ledger: Ledger, lines: list[str], *, title: str, source: str, read_time: Callable[[str], datetime]
) -> tuple[Written, int]:
    """All lines as notes of a new incident, or none: every line that cannot be taken is named. Nobody is told."""
    from uuid import uuid4

    from escalate.app.incidents import Opening, _code_name

    found, wrong = _read(lines, read_time)
    if wrong:
        more = f" … and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Refused(
            f"Nothing was imported. {'; '.join(wrong[:20])}{more}",
            hint="Mend those lines, or give --zone for times without one.",
        )
    if not found:
        raise Refused(
            "There is nothing to import: no line holds an entry.",
            hint='A line looks like {"at": "2026-11-21T20:55Z", "text": "…"}',
        )
    earliest = min(line.at for line in found)
    with ledger.writing() as record:
        number = record.tx.next_number()
        opening = Opening(title=title, quiet=True)
        event = rules.open_(opening, number=number, code_name=_code_name(record, number, drill=False))
        id_ = str(uuid4())
        opened = Draft(event=event.but(imported_from=source), at=earliest)
        written = record.append(None, opened, *(line.draft for line in found), id_=id_)
        record.tx.number(number, id_)
        return written, len(found)


def _read(lines: list[str], read_time: Callable[[str], datetime]) -> tuple[list[Line], list[str]]:
    found, wrong = [], []
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            found.append(_line(number, raw, read_time))
        except (Usage, ValueError) as error:
            said = error.message if isinstance(error, Usage) else str(error)
            wrong.append(f"line {number}: {said}")
    return found, wrong


def _line(number: int, raw: str, read_time: Callable[[str], datetime]) -> Line:
    if len(raw) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE:,} characters")
    try:
        data = json.loads(raw, parse_constant=_no_constant, parse_float=_float_text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at column {error.colno})") from error
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004
    text, at = data.get("text"), data.get("at")
    if not isinstance(text, str) or not isinstance(at, str):
        raise ValueError("`at` and `text` are needed, both as text")  # noqa: TRY004
    text = text.replace("\x00", "␀")
    instant = read_time(at)
    event = NoteAdded(
        text=rules.said(text),
        tag=_optional(data, "kind"),
        author=_optional(data, "actor"),
        approximate=data.get("approximate") is True,
        extra={key: value for key, value in data.items() if key not in KNOWN} or None,
    )
    draft = Draft(
        event=event,
        at=instant,
        precision=_precision(data.get("precision")),
        labels=_labels(data.get("labels")),
    )
    from escalate.domain.timeline.codec import encode

    encode(event.plain())
    return Line(number=number, at=instant, text=text, draft=draft)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _float_text(text: str) -> str:
    """Fractions cannot stand in a body; an unread one is kept as the text it was."""
    return text


def _optional(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{key}` is not text")
    return value


def _precision(value: object) -> str:
    if value is None:
        return EXACT
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", value):
        raise ValueError("`precision` is not a word such as day, hour or minute")
    return value


def _labels(value: object) -> frozenset[str]:
    names = value.split() if isinstance(value, str) else value
    if names is None:
        return frozenset()
    if not isinstance(names, list) or not all(isinstance(n, str) and re.fullmatch(r"[a-z0-9+:._-]+", n) for n in names):
        raise ValueError("`labels` is not a list of labels such as sensitive")
    return frozenset(names)


# ── in, with its chain ──────────────────────────────────────────────────────────────────────────────────────────────


def is_export(first: str) -> bool:
    try:
        head = json.loads(first)
    except ValueError:
        return False
    return isinstance(head, dict) and head.get("format") == FORMAT


def entries(lines: list[str]) -> list[Entry]:
    """The entries of an export. Raises Refused, naming the line that cannot be read."""
    found = []
    for number, raw in enumerate(lines[1:], start=2):
        if not raw.strip():
            continue
        try:
            data = json.loads(raw)
            salt = base64.b64decode(data["salt"], validate=True) if data["salt"] is not None else None
            entry = Entry(**{**data, "salt": salt})
            if not isinstance(entry.seq, int) or not all(isinstance(getattr(entry, name), str) for name in TEXTS):
                raise ValueError("a field is not text")  # noqa: TRY301
            found.append(entry)
        except (ValueError, TypeError, KeyError) as error:
            raise Refused(
                f"Line {number} of the export cannot be read: {error}.",
                hint="Was the file cut off or edited? Nothing was imported.",
            ) from error
    return found


TEXTS = tuple(name for name in Entry._fields if name not in {"seq", "body", "salt"})


def check(lines: list[str], expect: tuple[int, str] | None = None) -> Findings:
    """Whether an export fits together, and ends where its first line says."""
    from escalate.app.verification import Fault

    read = entries(lines)
    ids = {entry.incident for entry in read}
    incident = read[0].incident if read else ""
    rows = ({**entry.__dict__, "lines": chain.lines(getattr(entry, name) for name in chain.HASHED)} for entry in read)
    found = verify_entries(rows, incident, expect)
    head = json.loads(lines[0]).get("head", {})
    said = f"{head.get('seq')}:{head.get('digest')}"
    if len(ids) > 1:
        found = found.but(
            bad=[
                *found.bad,
                Fault(incident=incident, seq=0, field="incident", what="entries of several incidents"),
            ]
        )
    if read and found.heads[incident] != said:
        found = found.but(
            bad=[
                *found.bad,
                Fault(incident=incident, seq=read[-1].seq, field="head", what="it does not end where it says"),
            ]
        )
    return found


def bring_back(ledger: Ledger, lines: list[str]) -> tuple[Written, int]:
    """An export with its chain, byte for byte. It keeps its number where that is the next one here, and gets the next
    one otherwise, which is an entry. Nothing becomes owed.
    """
    found = check(lines)
    if not found.sound:
        what = "; ".join(f"entry {fault.seq}: {fault.what}" for fault in found.bad[:5]) or "it holds no entries"
        raise Refused(
            f"The chain of this export does not verify: {what}.",
            hint="Nothing was imported. Get the file from its source again.",
        )
    read = entries(lines)
    opened = read[0].event
    if not isinstance(opened, IncidentOpened):
        raise Refused("The export does not begin with an incident being opened.", hint="Nothing was imported.")
    from escalate.app.ledger import Written, searchable
    from escalate.domain.incident.fold import apply

    with ledger.writing() as record:
        if record.tx.incident(read[0].incident) is not None:
            raise Conflict(
                "That incident is in this record already.",
                hint=f"Look at it: escalate show {read[0].incident}",
            )
        incident = None
        for entry in read:
            record.tx.insert(entry, searchable(entry.event, entry) if entry.body is not None else None)
            incident = apply(incident, entry)
        assert incident is not None
        number = record.tx.next_number()
        record.tx.number(number, incident.id)
        if number == incident.number:
            record.tx.save(incident)
            return Written(incident=incident, entries=read), len(read)
        written = record.append(incident, IncidentNumbered(number=number))
        return written.but(entries=[*read, *written.entries]), len(read)
