"""Incidents in and out as JSONL: what others wrote becomes notes; what we exported comes back with its chain."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from escalate.app.verification import Findings, verify_entries
from escalate.domain.incident import rules
from escalate.domain.incident.timers import timers
from escalate.domain.timeline import chain
from escalate.domain.timeline.arrival import IncidentBroughtIn
from escalate.domain.timeline.codec import misshapen
from escalate.domain.timeline.entry import Draft, Entry, misfit
from escalate.domain.timeline.events import IncidentNumbered, PageCancelled
from escalate.domain.value import Value
from escalate.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.domain.incident.state import Incident
    from escalate.domain.timeline.event import Event

FORMAT = "escalate-export-1"


class Brought(Value):
    """What an import wrote; `count` are the lines of the file that hold an entry, `remarks` what was altered in them."""

    written: Written
    count: int
    remarks: list[str] = []


# ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def export(store: Store, incident: Incident) -> Iterator[str]:
    """One line that says what this is, then a line per entry, each with the bytes its digest was made of. It ends at the
    head of `incident`, also where others write on meanwhile.
    """
    yield json.dumps(
        {
            "format": FORMAT,
            "incident": incident.id,
            "ref": incident.ref,
            "code_name": incident.code_name,
            "head": {"seq": incident.head.seq, "digest": incident.head.digest},
            "read": "`body` is what happened; `digest` = SHA-256 of escalate-entry-1 and the fields "
            + ", ".join(chain.HASHED)
            + ", joined by line feeds; `body_digest` = SHA-256 of the salt's bytes and the body",
        },
        sort_keys=True,
    )
    for page in store.pages_of(incident.id):
        for entry in page:
            if entry.seq > incident.head.seq:
                return
            salt = base64.b64encode(entry.salt).decode() if entry.salt is not None else None
            yield json.dumps({**entry.__dict__, "salt": salt}, sort_keys=True, ensure_ascii=True)


# ── in, from elsewhere ──────────────────────────────────────────────────────────────────────────────────────────────


def bring_in(
    ledger: Ledger, lines: list[str], *, title: str, source: str, read_time: Callable[[str], datetime]
) -> Brought:
    """All lines as notes of a new incident, or none: every line that cannot be taken is named. Nobody is told."""
    from uuid import uuid4

    from escalate.app import foreign
    from escalate.app.incidents import Opening, fresh_code_name
    from escalate.app.ledger import AHEAD

    def may_mark(labels: frozenset[str]) -> bool:
        return "privileged" not in labels or "privileged" in _reads(ledger)

    found, wrong = foreign.read(lines, read_time, ledger.clock.now() + AHEAD, may_mark)
    if wrong:
        zoneless = any("has no zone" in one for one in wrong)
        more = f" … and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Refused(
            f"Nothing was imported. {'; '.join(wrong[:20])}{more}",
            hint="Mend those lines" + (", or say their zone: --zone Europe/London" if zoneless else "."),
        )
    if not found:
        raise Refused(
            "There is nothing to import: no line holds an entry.",
            hint='A line looks like {"at": "2026-11-21T20:55Z", "text": "…"}',
        )
    with ledger.writing() as record:
        number = record.tx.next_number()
        opening = Opening(title=title, quiet=True)
        event = rules.open_(opening, number=number, code_name=fresh_code_name(record, number, drill=False))
        id_ = str(uuid4())
        opened = Draft(event=event.but(imported_from=source), at=min(line.at for line in found))
        written = record.append(None, opened, *(line.draft for line in found), id_=id_)
        record.tx.number(number, id_)
    altered = [str(line.number) for line in found if line.is_altered]
    places = ", ".join(altered[:20]) + (" …" if len(altered) > 20 else "")
    remarks = [f"U+0000 cannot be kept and stands as ␀ now, in line {places}."] if altered else []
    return Brought(written=written, count=len(found), remarks=remarks)


def _reads(ledger: Ledger) -> frozenset[str]:
    with ledger.store.reading() as look:
        return look.roster().reads(ledger.author.person)


# ── in, with its chain ──────────────────────────────────────────────────────────────────────────────────────────────


def is_export(first: str) -> bool:
    return _header(first).get("format") == FORMAT


def _header(line: str) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return head if isinstance(head, dict) else {}


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
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused(
                f"Line {number} of the export cannot be read: {error}.",
                hint="Was the file cut off or edited? Nothing was imported.",
            ) from error
    return found


TEXTS = tuple(name for name in Entry._fields if name not in {"seq", "body", "salt"})


def check(lines: list[str], expect: tuple[int, str] | None = None) -> Findings:
    """Whether an export fits together, is what escalate writes, and ends where its first line says."""
    head, read = _header(lines[0]), entries(lines)
    names = {read[0].incident: f"{head.get('ref')} {head.get('code_name')}"} if read and "ref" in head else {}
    return _checked(read, head.get("head"), expect).but(names=names)


def _checked(read: list[Entry], said: object, expect: tuple[int, str] | None = None) -> Findings:
    from escalate.app.verification import Fault

    incident = read[0].incident if read else ""
    rows = ({**entry.__dict__, "lines": chain.lines(getattr(entry, name) for name in chain.HASHED)} for entry in read)
    found = verify_entries(rows, incident, expect)
    named = {(fault.seq, fault.field) for fault in found.bad}
    more = [
        Fault(incident=incident, seq=entry.seq, field=field, what="escalate does not write that")
        for entry in read
        if (field := misfit(entry)) and (entry.seq, field) not in named
    ]
    if len({entry.incident for entry in read}) > 1:
        more.append(Fault(incident=incident, seq=0, field="incident", what="entries of several incidents"))
    if read and said != {"seq": read[-1].seq, "digest": read[-1].digest}:
        more.append(Fault(incident=incident, seq=read[-1].seq, field="head", what="it does not end where it says"))
    return found.but(bad=[*found.bad, *more])


def bring_back(ledger: Ledger, lines: list[str]) -> Brought:
    """An export with its chain, byte for byte. It keeps its number where that is the next one here, and gets the next
    one otherwise, which is an entry. Nothing becomes owed, and nobody is paged from here: what still paged in the
    record it comes from is called off in this one, and what would happen by itself rests, which are entries, too. That a
    restricted one was broken into is told all the same, where nobody has been told of it.
    """
    read = entries(lines)
    found = _checked(read, _header(lines[0]).get("head"))
    if not found.sound:
        what = "; ".join(f"entry {fault.seq}: {fault.what}" for fault in found.bad[:5]) or "it holds no entries"
        raise Refused(
            f"The chain of this export does not verify: {what}.",
            hint="Nothing was imported. Get the file from its source again.",
        )
    incident = _folded(read)
    from escalate.app.ledger import Written, keep

    with ledger.writing() as record:
        # The second also where it is closed to whoever brings it in again.
        if record.tx.entries(incident.id, limit=1) or record.tx.entries_there([read[0].id]):
            raise Refused("That incident is in this record already.", hint=f"Look at it: escalate show {incident.id}")
        record.tx.copy()
        for entry in read:
            keep(record.tx, incident, entry, entry.event, telling=False)
        if incident.access is not None:
            record.tx.keep_closed(incident.id, incident.access)
        number = record.tx.next_number()
        record.tx.number(number, incident.id)
        later: list[Event] = [] if number == incident.number else [IncidentNumbered(number=number)]
        later += [PageCancelled(page=page.id, why=ELSEWHERE) for page in incident.pages.values() if page.due_at]
        stills = _goes_on_by_itself(incident)
        later += [IncidentBroughtIn()] if stills else []
        if not later:
            record.tx.save(incident)
            return Brought(written=Written(incident=incident, entries=read), count=len(read))
        written = record.append(incident, *later, owing=False)
        remarks = [AT_REST.format(ref=written.incident.ref)] if stills else []
        return Brought(written=written.but(entries=[*read, *written.entries]), count=len(read), remarks=remarks)


AT_REST = (
    "Its clocks and reviews alert nobody from here until somebody works on it in this record. What is late is shown: "
    "escalate clock list {ref}"
)


def _goes_on_by_itself(incident: Incident) -> bool:
    """Whether something would happen to it once a moment has come, or guidance changes."""
    if incident.resting:
        return False
    if incident.judgement is not None:
        from escalate.domain.decision.triggers import watched_clauses

        if watched_clauses(incident):
            return True
    return bool(timers(incident.but(access=None)))


ELSEWHERE = "brought in from another record, where it goes on"


def _folded(read: list[Entry]) -> Incident:
    from escalate.app.verification import MISUNDERSTOOD
    from escalate.domain.incident.fold import fold

    try:
        odd = [entry.seq for entry in read if entry.body is not None and misshapen(entry.kind, entry.event)]
        if odd:
            raise ValueError(f"entry {odd[0]} is not what its kind says")
        incident = fold(read)
        assert incident is not None
        incident.plain()
        incident.public()
    except MISUNDERSTOOD as error:
        raise Refused(
            f"The export cannot be understood: {error}.",
            hint="Nothing was imported. Was it written by a newer escalate, or made up?",
        ) from error
    return incident
