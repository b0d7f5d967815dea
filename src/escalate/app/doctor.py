"""Everything that would keep a page from arriving tonight, looked for while nobody is in a hurry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from escalate.app.couriers import living
from escalate.domain.roster import CONSOLE
from escalate.domain.value import Value
from escalate.errors import EscalateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from escalate.app.ports import Channel, Store
    from escalate.app.subject_keys import KeyPlace
    from escalate.domain.authorities.authority import Authorities
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.roster import Roster


class Finding(Value):
    """`state` is ok, warning or wrong."""

    state: str
    what: str
    found: str
    hint: str = ""


class Patient(Protocol):
    """What is examined."""

    @property
    def store(self) -> Store: ...
    @property
    def shown(self) -> Store:
        """As far as whoever looks may read it."""

    @property
    def sends(self) -> bool:
        """Whether whoever looks may send what is owed."""

    def file_problems(self) -> list[str]:
        """What is wrong with the record's file and the rights of the files beside it."""

    def doubts(self) -> list[tuple[str, str, str, str]]:
        """(state, what, found, what to do) of where a shared record is, and of who one is there."""

    def keyring(self) -> str:
        """What keeps secrets here. Raises Misconfigured where nothing does."""

    def secret(self, name: str) -> str | None:
        """Where the secret is kept; None where it is missing."""

    def channel(self, via: str, roster: Roster) -> Channel: ...
    def clock_rows(self) -> list[LegalClock]:
        """The library of legal clocks. Raises Misconfigured where it cannot be read."""

    def authorities(self) -> Authorities:
        """Whom the team turns to outside. Raises Misconfigured where the file cannot be used."""

    @property
    def subject_keys(self) -> KeyPlace: ...
    def alive(self, courier: dict[str, Any]) -> bool:
        """Whether a courier that gave a sign of life lives."""


def examine(patient: Patient, now: datetime, *, calls: bool, starts: bool = True) -> list[Finding]:
    """`calls` is whether channels are called, `starts` whether a courier is started by itself when one is needed."""
    found = list(_record(patient))
    if any(finding.state == "wrong" for finding in found):
        return found
    with patient.store.reading() as look:
        roster = look.roster()
    return [
        *found,
        *(Finding(state=state, what=what, found=said, hint=hint) for state, what, said, hint in patient.doubts()),
        *_keyring(patient, roster),
        *_roster(roster, now),
        *_coverage(patient, roster, now),
        *_channels(patient, roster, calls=calls),
        *_owed(patient, now, starts=starts),
        *_clocks(patient, roster, now),
        *_subjects(patient),
        *_authorities(patient, now),
    ]


def _record(patient: Patient) -> Iterator[Finding]:
    try:
        problems = patient.file_problems()
    except EscalateError as error:
        yield Finding(state="wrong", what="record", found=error.message, hint=error.hint)
        return
    for problem in problems:
        yield Finding(state="wrong", what="record", found=problem, hint="escalate db check")
    if not problems:
        sound = "the record is sound" if patient.store.shared else "the file is sound and only yours"
        yield Finding(state="ok", what="record", found=sound)


def _keyring(patient: Patient, roster: Roster) -> Iterator[Finding]:
    needed = sorted(
        {
            str(value).removeprefix("secret:")
            for channel in roster.channels.values()
            for value in channel.settings.values()
            if str(value).startswith("secret:")
        }
    )
    try:
        yield Finding(state="ok", what="keyring", found=patient.keyring())
    except EscalateError as error:
        yield Finding(state="warning", what="keyring", found=error.message, hint=error.hint)
    for name in needed:
        try:
            source = patient.secret(name)
        except EscalateError:
            source = None
        if source is None:
            yield Finding(state="wrong", what=f"secret {name}", found="it is missing", hint=f"escalate login {name}")
        else:
            yield Finding(state="ok", what=f"secret {name}", found=f"from the {source}")


def _roster(roster: Roster, now: datetime) -> Iterator[Finding]:
    if not roster.version:
        yield Finding(
            state="wrong", what="roster", found="there is none: every page is shown here and sent to nobody",
            hint="escalate apply roster.toml",
        )  # fmt: skip
        return
    said = f"version {roster.version}: {len(roster.people)} people, {len(roster.teams)} teams, {len(roster.policies)} policies"
    yield Finding(state="ok", what="roster", found=said)
    for person in roster.people.values():
        if [way.via for way in roster.reach(person.slug)] == [CONSOLE]:
            yield Finding(
                state="warning",
                what=f"person {person.slug}",
                found="no way reaches them",
                hint="give them a reach in the roster",
            )
    for policy in roster.policies.values():
        behind = [people for target in policy.steps[-1].targets for people in roster.people_behind(target, now)]
        if not behind:
            yield Finding(
                state="wrong",
                what=f"policy {policy.name}",
                found="its last step reaches nobody",
                hint="mend the roster",
            )
        if policy.fallback is None:
            yield Finding(
                state="warning",
                what=f"policy {policy.name}",
                found="nobody is told when it runs out",
                hint="give it a fallback",
            )
    if not roster.routes:
        yield Finding(
            state="warning",
            what="routes",
            found="nobody is paged by itself when an incident is opened",
            hint="add [[routes]]",
        )


AHEAD = 14
"""Days of on call that are looked at."""

GRAVE = frozenset({"nobody", "last-step", "unreachable"})


def _coverage(patient: Patient, roster: Roster, now: datetime) -> Iterator[Finding]:
    """What `oncall check` would say."""
    if not (roster.schedules or roster.rotations):
        return
    from escalate.app.coverage import findings
    from escalate.app.coverage_findings import CLOCK_CHANGE

    with patient.store.reading() as look:
        found = [each for each in findings(look, roster, now, AHEAD) if each.kind != CLOCK_CHANGE]
    alike: dict[tuple[str, str], list[Any]] = {}
    for each in found:
        alike.setdefault((each.where, each.text), []).append(each)
    for (where, text), stretches in alike.items():
        often = f", {len(stretches)} times in {AHEAD} days" if len(stretches) > 1 else ""
        state = "wrong" if stretches[0].kind in GRAVE else "warning"
        since = f"{stretches[0].start:%a %Y-%m-%d %H:%MZ}"
        yield Finding(state=state, what=where, found=f"{text} (from {since}{often})", hint="escalate oncall check")
    if not found:
        yield Finding(state="ok", what="on call", found=f"somebody is on call at every hour of the next {AHEAD} days")


def _channels(patient: Patient, roster: Roster, *, calls: bool) -> Iterator[Finding]:
    for name, configured in roster.channels.items():
        if configured.kind == CONSOLE:
            yield Finding(state="ok", what=f"channel {name}", found="shown to whoever is at the terminal")
            continue
        try:
            channel = patient.channel(name, roster)
            said = channel.probe() if calls else "set up; not called"
            yield Finding(state="ok", what=f"channel {name}", found=said)
        except EscalateError as error:
            yield Finding(state="wrong", what=f"channel {name}", found=error.message, hint=error.hint)
        except Exception as error:  # noqa: BLE001  (a channel that was added may do anything; the others are looked at)
            found = f"it fails ({type(error).__name__})"
            yield Finding(state="wrong", what=f"channel {name}", found=found, hint="ask whoever wrote the channel")


def _owed(patient: Patient, now: datetime, *, starts: bool) -> Iterator[Finding]:
    with patient.store.reading() as look:
        owed = look.tally(now)
        couriers = living(look, now, patient.alive)
        due = look.due_pages(now)
    if due and not couriers:
        yield Finding(state="wrong", what="pages", found=f"{len(due)} with a step that is due", hint="escalate work")
    if owed.messages:
        yield Finding(
            state="wrong" if owed.due and not couriers else "warning", what="messages", found=f"{owed.messages} still owed",
            hint="escalate messages --all",
        )  # fmt: skip
    else:
        yield Finding(state="ok", what="messages", found="nothing is owed")
    if couriers:
        beat = int((now - couriers[0]["beat_at"]).total_seconds())
        yield Finding(state="ok", what="courier", found=f"{couriers[0]['id']}, alive {max(beat, 0)} s ago")
    elif not patient.sends:
        yield Finding(
            state="wrong", what="courier", found="none has given a sign of life within 60 s, and your login may not send",
            hint="have somebody start one who may: escalate work --install",
        )  # fmt: skip
    else:
        then = "one is started when needed" if starts else "couriers are switched off: none is started by itself"
        yield Finding(
            state="warning", what="courier", found=f"none has given a sign of life within 60 s; {then}",
            hint="to keep one running: escalate work --install",
        )  # fmt: skip


def _clocks(patient: Patient, roster: Roster, now: datetime) -> Iterator[Finding]:
    from escalate.app.clock_doubts import doubts

    with patient.shown.reading() as look:
        incidents = look.incidents(statuses=("open",))
    try:
        rows = patient.clock_rows()
    except EscalateError as error:
        yield Finding(state="wrong", what="clock library", found=error.message, hint=error.hint)
        return
    for what, found, hint in doubts(incidents, rows, roster, now.date()):
        yield Finding(state="warning", what=what, found=found, hint=hint)


def _authorities(patient: Patient, now: datetime) -> Iterator[Finding]:
    from escalate.domain.authorities.doubts import doubts

    try:
        known = patient.authorities()
    except EscalateError as error:
        yield Finding(state="wrong", what="authorities", found=error.message, hint=error.hint)
        return
    with patient.shown.reading() as look:
        incidents = look.incidents(statuses=("open",))
    for what, found, hint in doubts(known, incidents, now.date()):
        yield Finding(state="warning", what=what, found=found, hint=hint)


def _subjects(patient: Patient) -> Iterator[Finding]:
    """Without its key nobody can say whether somebody was here before, nor give anybody a handle."""
    from escalate.app.subject_keys import doubts

    for state, found, hint in doubts(patient.store, patient.subject_keys):
        yield Finding(state=state, what="key of subjects", found=found, hint=hint)
