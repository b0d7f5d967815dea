"""An assessment asked question by question, on stderr. Each answer is kept before the next question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.app import assessments
from escalate.app.assessments import Given
from escalate.app.guidance import in_record
from escalate.cli import guided
from escalate.domain.assessment.answers import asked, masked, missing
from escalate.domain.guidance.elements import unjudged
from escalate.domain.text.visible import visible
from escalate.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from escalate.app.assessments import ReadTime
    from escalate.app.ledger import Written
    from escalate.cli.session import Session
    from escalate.domain.assessment.shape import Column, Field, Shape
    from escalate.domain.assessment.template import Template
    from escalate.domain.guidance.clause import Clause
    from escalate.domain.incident.state import Incident

STOP, BACK = ".", "-"


class Stopped(Exception):
    """The person stopped; what they answered is kept."""


def fill(
    session: Session,
    template: Template,
    incident_id: str,
    read_time: ReadTime,
    *,
    final: bool,
    until: datetime | None = None,
) -> tuple[Written, dict[str, Any]] | None:
    """Ask for what is asked, given the answers so far. None where nothing was written."""
    with session.store.reading() as look:
        incident = look.incident(incident_id)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
    _wrapped(f"{incident.name} {incident.severity}: {template.title}. {template.help}")
    _wrapped(f"Enter goes on, {STOP} stops, {BACK} takes an answer back. Every answer is kept at once.")
    form = _Form(session, template, incident, read_time)
    try:
        form.ask()
    except Stopped:
        session.say("Stopped; what you answered is kept.")
    return form.finish(final=final, until=until)


def outside(field: Field, answer: Any) -> str:
    """A warning where an answer that leaves the incident seems to hold an identifier; else nothing."""
    if field.sensitive or field.choices or not isinstance(answer, str):
        return ""
    from escalate.domain.text.guard import found

    kinds = ", ".join(dict.fromkeys(one.kind for one in found(answer)))
    if not kinds:
        return ""
    return f"Note: {field.name} is read outside this incident, and holds what looks like: {kinds}."


class _Form:
    def __init__(self, session: Session, template: Template, incident: Incident, read_time: ReadTime) -> None:
        self._session = session
        self._template = template
        self._incident = incident
        self._read_time = read_time
        self._known = guided.known(session)
        self._guidance = in_record(session.store)
        self._last: tuple[Written, dict[str, Any]] | None = None

    @property
    def _answers(self) -> dict[str, Any]:
        answers: dict[str, Any] = self._incident.assessments.get(self._template.name, {}).get("answers", {})
        return answers

    def ask(self) -> None:
        complete = False
        for field in self._template.fields:
            now_asked = asked(self._template, self._answers)
            if field not in now_asked:
                continue
            if not complete and not self._missing():
                complete = True
                click.echo(err=True)
                _wrapped(f"All that is needed is there; {STOP} stops, Enter goes through the rest.")
            self._introduce(field, f"{now_asked.index(field) + 1}/{len(now_asked)}")
            self._put(field)

    def finish(self, *, final: bool, until: datetime | None) -> tuple[Written, dict[str, Any]] | None:
        absent = self._missing()
        standing = self._incident.assessments.get(self._template.name, {}).get("status")
        if standing != "final" and not absent:
            final = final or click.confirm("Nothing is missing. Make it final?", default=False, err=True)
        if final and not absent:
            return assessments.finalise(
                self._session.ledger,
                self._incident.id,
                self._template,
                Given(),
                read_time=self._read_time,
                until=until,
                known=self._known,
            )
        if final:
            _wrapped(f"Not final yet; missing: {', '.join(absent)}.")
        return self._last

    def _introduce(self, field: Field, place: str) -> None:
        needed = " (needed)" if field.required in {"open", "final"} else ""
        needed = " (needed before closing)" if field.required == "close" else needed
        click.echo(err=True)
        _wrapped(f"[{place}] {field.label}{needed}")
        if field.help:
            _wrapped(field.help, "  ")
        _choices(field)
        if field.name in self._answers:
            click.echo(f"  now: {visible(self._current(field))}", err=True)

    def _current(self, field: Field) -> str:
        from escalate.cli.views.assessment import in_words

        if masked(field, self._incident, self._template, self._answers):
            return "[answered; masked]"
        return in_words(self._answers[field.name])

    def _keep(self, field: Field, value: Any) -> bool:
        """Whether the answer fitted. It is on disk when this returns."""
        if value == "":
            return True
        given = Given(answers={field.name: value})
        try:
            written, data = assessments.draft(
                self._session.ledger, self._incident.id, self._template, given,
                read_time=self._read_time, known=self._known,
            )  # fmt: skip
        except Refused as error:
            click.echo(f"  {visible(error.message, lines=True)}", err=True)
            return False
        self._incident = written.incident
        if written.entries:
            self._last = (written, data)
            click.echo(f"  kept (#{written.entries[-1].seq})", err=True)
        if warning := outside(field, value):
            self._session.say(warning)
        guided.unchecked(self._session, self._template, [field.name] if value is not None else [])
        return True

    def _put(self, field: Field) -> None:
        """Ask until the answer fits; where there may be many, keep each by itself until one is left empty."""
        if clause := self._clause(field):
            self._judge(field, clause)
            return
        one_by_one = field.type == "rows" or field.of in {"text", "subject"}
        while True:
            said = self._item(field) if one_by_one else self._one(field)
            adds = one_by_one and said not in ("", None)
            fitted = self._keep(field, [*self._answers.get(field.name, []), said] if adds else said)
            if fitted and not adds:
                return

    def _clause(self, field: Field) -> Clause | None:
        """The clause whose elements the field asks for."""
        name = self._answers.get(field.elements_of) if field.elements_of else None
        return self._guidance.find(name) if name else None

    def _missing(self) -> list[str]:
        absent = missing(self._template, self._answers)
        for field in asked(self._template, self._answers):
            rows = self._answers.get(field.name, [])
            if (clause := self._clause(field)) and unjudged(clause, rows, field.columns[0].name):
                absent += [] if field.name in absent else [field.name]
        return absent

    def _judge(self, field: Field, clause: Clause) -> None:
        """Ask about each element of a clause; what is left empty stays as it was."""
        first, verdict, *others = field.columns
        for number, element in enumerate(clause.elements, 1):
            _wrapped(f"Element {number} of {len(clause.elements)}, {element.id}: {element.text}", "  ", "    ")
            fitted = False
            while not fitted:
                _choices(verdict)
                said = _said(f"{element.id}: {verdict.label}")
                if said == "":
                    break
                row = {
                    first.name: element.id,
                    verdict.name: _chosen(verdict, said),
                    **(self._rest(others) if said else {}),
                }
                stand = [one for one in self._answers.get(field.name, []) if clause.element(one.get(first.name, ""))]
                rest = [one for one in stand if one[first.name] != element.id]
                fitted = self._keep(field, [*rest, row] if said else rest or None)

    def _one(self, field: Field) -> Any:
        """What the person says: "" to go on, None to take the answer back."""
        match field.type:
            case "confidence":
                level = _said("low, moderate or high")
                return {"level": level, "why": _said("why")} if level else level
            case "several":
                said = _said(f"{field.name} (commas between)")
                return [_chosen(field, part.strip()) for part in said.split(",") if part.strip()] if said else said
            case "subject":
                return self._subject(field, field.label)
        return _chosen(field, _said(field.name))

    def _subject(self, field: Field, prompt: str) -> Any:
        """A handle, or the type of a value, which is then asked for without being shown."""
        from escalate.cli.subject_value import named
        from escalate.domain.subjects.rules import TYPES

        said = _said(f"{prompt}: S-…, or {', '.join(TYPES)}")
        if said is None or said not in TYPES:
            return said
        return named(self._session, said, field.relation, self._known)

    def _item(self, field: Field) -> Any:
        """One more row, or one more answer."""
        number = len(self._answers.get(field.name, [])) + 1
        if field.of == "subject":
            return self._subject(field, f"{field.name} {number} (Enter ends)")
        if not field.columns:
            return _said(f"{field.name} {number} (Enter ends)")
        first, *others = field.columns
        said = _said(f"{first.label} {number} (Enter ends)")
        if not said:
            return said
        row: dict[str, Any] = {first.name: _chosen(first, said)}
        return {**row, **self._rest(others)}

    @staticmethod
    def _rest(columns: Sequence[Column]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for column in columns:
            _wrapped(column.help, "    ")
            _choices(column)
            answer = _said(f"  {column.label}{' (needed)' if column.needed else ''}")
            row[column.name] = _chosen(column, answer) if answer else None
        return row


def _said(prompt: str) -> str | None:
    text = str(click.prompt(visible(prompt), default="", show_default=False, err=True)).strip()
    if text == STOP:
        raise Stopped
    return None if text == BACK else text


def _chosen(shape: Shape, said: str | None) -> str | None:
    """A choice may be given by its number in the list that was shown."""
    if said and shape.choices and said.isdecimal() and said not in shape.choices:
        number = int(said) if len(said) < 4 else 0
        if 1 <= number <= len(shape.choices):
            return list(shape.choices)[number - 1]
    return said


def _wrapped(text: str, first: str = "", others: str | None = None) -> None:
    """As wide as the terminal is, and no wider than can be read."""
    from shutil import get_terminal_size

    width = max(min(get_terminal_size().columns - 1, 100), 20)
    click.echo(click.wrap_text(visible(text), width, first, first if others is None else others), err=True)


def _choices(shape: Shape) -> None:
    if shape.type == "yesno":
        click.echo("  yes or no", err=True)
    for number, (choice, meaning) in enumerate(shape.choices.items(), 1):
        _wrapped(f"{choice}{': ' if meaning else ''}{meaning}", f"  {number:>2} ", "     ")
