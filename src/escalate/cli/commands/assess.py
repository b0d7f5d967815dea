"""Assessments: `assess` fills one, `template` looks at the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.assessments import Given
    from escalate.cli.views import View
    from escalate.domain.assessment.template import Template
    from escalate.domain.incident.state import Incident


@click.command(cls=Command)
@click.argument("template")
@click.argument("ref", required=False)
@click.option(
    "--set",
    "settings",
    metavar="F=V",
    multiple=True,
    help="An answer; may be given again. F+=V adds a row or choice, F= takes the answer back.",
)
@click.option("--from", "source", metavar="FILE", help="Answers in a TOML or JSON file; - reads stdin.")
@click.option("--final", is_flag=True, help="Make it final. Refused while something that is needed is missing.")
@click.option("--reveal", metavar="WHY", help="Show masked answers. That you looked, and why, is recorded.")
@pass_session
def assess(
    session: Session,
    template: str,
    ref: str | None,
    settings: tuple[str, ...],
    source: str | None,
    final: bool,
    reveal: str | None,
) -> None:
    """Fill the assessment TEMPLATE of an incident.

    On a terminal it asks question by question and keeps every answer at once: Enter goes on, `.` stops.
    Answers are a draft until --final. Without a terminal, and without answers, it shows what stands.

    Rows are given as `--set facts+='statement=…;kind=fact;source=#3'`.

    \b
    Example:
      escalate assess triage
      escalate assess triage --set imminent=yes --set child_involved=no
      escalate assess policy INC-12 --from answers.toml --final
    """
    from escalate.app import assessments

    questions = session.wiring.library.template(template)
    incident = session.incident(ref)
    read_time = reader(session)
    if reveal is not None:
        if settings or source or final:
            raise Usage("--reveal only shows.", hint="Give answers in a command of their own.")
        session.wrote(*assessments.reveal(session.ledger, incident, questions, reveal), view=_view(questions))
        from escalate.cli.care import offered

        offered(session)
        return
    given = _given(session, questions, settings, source)
    if given.empty and session.interactive and not session.as_json:
        from escalate.cli.form import fill

        outcome = fill(session, questions, incident, read_time, final=final)
        if outcome is not None:
            session.wrote(*outcome, view=_view(questions))
            return
    elif not given.empty or final:
        keep = assessments.finalise if final else assessments.draft
        written, data = keep(session.ledger, incident, questions, given, read_time=read_time)
        _point_out(session, questions, written.incident, data["answers"], settings)
        session.wrote(written, data, _view(questions))
        return
    session.answer(assessments.look(session.store, incident, questions), _view(questions))


def reader(session: Session) -> Callable[[str, bool], datetime]:
    """Reads times as this person types them."""
    from escalate.cli.times import parse_future, parse_past

    def read(text: str, ahead: bool) -> datetime:
        return (parse_future if ahead else parse_past)(text, session.now(), session.zone).at

    return read


def _view(template: Template) -> Callable[[dict[str, Any]], View]:
    from escalate.cli.views.assessment import assessment

    return lambda data: assessment(template, data)


def _given(session: Session, template: Template, settings: tuple[str, ...], source: str | None) -> Given:
    """The answers of the file, and over them those of the command line."""
    from escalate.app.assessments import Given
    from escalate.domain.assessment.typed import joined, parse_answer, takes_several

    answers: dict[str, Any] = _from(session, source) if source else {}
    more: dict[str, Any] = {}
    set_here: set[str] = set()
    for setting in settings:
        name, equals, text = setting.partition("=")
        adds = name.endswith("+")
        name = name.removesuffix("+").strip()
        if not equals or not name:
            raise Usage(f"{setting!r} sets nothing.", hint="As --set imminent=yes")
        field = template.field(name) or template.field(name.replace("-", "_"))
        if field is None:
            answers[name] = text
            continue
        try:
            value = parse_answer(field, text)
        except ValueError as error:
            raise Usage(f"{field.name}: {error}.", hint="As --set facts='statement=…;kind=fact'") from error
        if adds and not takes_several(field):
            raise Usage(f"{field.name} has one answer.", hint=f"As --set {field.name}=…")
        if adds:
            more[field.name] = joined(more.get(field.name), value)
        elif field.name in set_here and not takes_several(field):
            raise Usage(f"{field.name} is set twice.", hint="Give it once.")
        else:
            again = field.name in set_here
            answers[field.name] = joined(answers[field.name], value) if again else value
            set_here.add(field.name)
    return Given(answers=answers, more=more)


def _from(session: Session, source: str) -> dict[str, Any]:
    """The answers in a file. JSON begins with a brace; anything else is TOML."""
    import json
    import tomllib

    if source == "-":
        from escalate.cli.spoken import stdin

        name, text = "stdin", stdin()
    else:
        name, text = source, session.wiring.library.text_at(source)
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"{name} is neither TOML nor JSON: {error}.", hint="As: imminent = true") from error
    if not data:
        raise Misconfigured(f"{name} holds no answers.", hint="As: imminent = true")
    return dict(data)


def _point_out(
    session: Session,
    template: Template,
    incident: Incident,
    answers: dict[str, Any],
    settings: tuple[str, ...],
) -> None:
    """Say what may not be meant: words left in the shell, identifiers in answers that leave the incident."""
    from escalate.cli.form import outside

    names = [setting.partition("=")[0].rstrip("+").replace("-", "_") for setting in settings]
    fields = [field for name in names if (field := template.field(name))]
    if incident.sensitive and any(field.sensitive for field in fields):
        session.say(
            "Note: words on the command line stay in the shell's history and can be seen in the process "
            "list. Without --set the command asks; --from - reads stdin."
        )
    for field in fields:
        if warning := outside(field, answers.get(field.name)):
            session.say(warning)


@click.group(cls=Family)
def template() -> None:
    """Look at assessment templates: the questions, and when an answer is needed.

    \b
    Example:
      escalate template list
    """


@template.command("list", cls=Command)
@pass_session
def list_(session: Session) -> None:
    """List the templates, the team's own first.

    \b
    Example:
      escalate template list
    """
    from escalate.cli.views.assessment import templates

    rows = []
    for name, (path, origin) in session.wiring.library.templates().items():
        row: dict[str, Any] = {
            "name": name,
            "title": None,
            "version": None,
            "origin": origin,
            "problem": None,
        }
        try:
            found = session.wiring.library.template_at(path)
            row |= {"title": found.title, "version": found.version}
        except Misconfigured as error:
            row["problem"] = error.message
        rows.append(row)
    session.answer(rows, templates)


@template.command("show", cls=Command)
@click.argument("name")
@pass_session
def show(session: Session, name: str) -> None:
    """Show the questions of NAME: what each takes, and when it must be answered.

    \b
    Example:
      escalate template show triage
    """
    from escalate.cli.views.assessment import questions

    found = session.wiring.library.template(name)
    session.answer(found.public(), lambda _: questions(found))


@template.command("check", cls=Command)
@click.argument("file")
@pass_session
def check(session: Session, file: str) -> None:
    """Check the template in FILE, and name every mistake in it.

    \b
    Example:
      escalate template check triage.toml
    """
    from pathlib import Path

    found = session.wiring.library.template_at(Path(file))
    session.answer(
        {"name": found.name, "title": found.title, "version": found.version, "fields": len(found.fields)},
        lambda data: [f"No mistakes: {data['title']} version {data['version']}, {data['fields']} questions."],
    )
