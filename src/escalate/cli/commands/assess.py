"""`assess`: fill an assessment, look at it, see what changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
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
@click.option("--until", metavar="60m|T", help="With --final: how long that holds. Then you are told to look again.")
@click.option(
    "--diff",
    is_flag=False,
    flag_value="last",
    metavar="[SEQ]",
    help="Show what changed between the last two final versions, or since entry SEQ.",
)
@click.option("--reveal", metavar="WHY", help="Show masked answers. That you looked, and why, is recorded.")
@pass_session
def assess(
    session: Session,
    template: str,
    ref: str | None,
    settings: tuple[str, ...],
    source: str | None,
    final: bool,
    until: str | None,
    diff: str | None,
    reveal: str | None,
) -> None:
    """Fill the assessment TEMPLATE of an incident.

    On a terminal it asks question by question and keeps every answer at once: Enter goes on, `.` stops.
    Answers are a draft until --final. Without a terminal, and without answers, it shows what stands.
    With `--final --until 60m` it is final for an hour; then whoever assessed it is told to look again.

    Rows are given as `--set facts+='statement=…;kind=fact;source=#3'`.

    \b
    Example:
      escalate assess triage
      escalate assess triage --set imminent=yes --set child_involved=no
      escalate assess policy INC-12 --from answers.toml --final
      escalate assess threat-to-life --final --until 60m
      escalate assess threat-to-life --diff
    """
    from escalate.app import assessments
    from escalate.cli.guided import known, unchecked
    from escalate.cli.subject_value import ask_for_keys

    questions = session.wiring.library.template(template)
    if until is not None and not final:
        raise Usage("--until says how long a final assessment holds.", hint="As --final --until 60m")
    if diff is not None:
        if settings or source or final or reveal is not None:
            raise Usage("--diff only shows.", hint="Give answers in a command of their own.")
        _differ(session, questions, diff, ref)
        return
    incident = session.incident(ref)
    read_time = reader(session)
    if reveal is not None:
        if settings or source or final:
            raise Usage("--reveal only shows.", hint="Give answers in a command of their own.")
        session.wrote(*assessments.reveal(session.ledger, incident, questions, reveal), view=_view(questions))
        from escalate.cli.care import offered

        offered(session)
        return
    given, moment = _given(session, questions, settings, source), _until(session, until)
    if given.empty and session.interactive and not session.as_json:
        from escalate.cli.form import fill

        outcome = fill(session, questions, incident, read_time, final=final, until=moment)
        if outcome is not None:
            session.wrote(*outcome, view=_view(questions))
            return
    elif not given.empty or final:
        keep = partial(assessments.finalise, until=moment) if final else assessments.draft
        around = known(session)
        ask_for_keys(around, [*given.answers.values(), *given.more.values()])
        written, data = keep(session.ledger, incident, questions, given, read_time=read_time, known=around)
        _point_out(session, questions, written.incident, data["answers"], settings)
        unchecked(session, questions, [*given.answers, *given.more])
        session.wrote(written, data, _view(questions))
        return
    session.answer(assessments.look(session.store, incident, questions, session.now()), _view(questions))


def _until(session: Session, text: str | None) -> datetime | None:
    """`60m` counts from now; anything else is a time. That it is still to come is looked at when it is written."""
    if text is None:
        return None
    from escalate.cli.times import duration, parse_future

    try:
        return session.now() + duration(text)
    except Usage:
        return parse_future(text, session.now(), session.zone).at


def _differ(session: Session, template: Template, since: str, ref: str | None) -> None:
    from escalate.app.assessment_versions import difference
    from escalate.cli.views.assessment import changed

    number = since.removeprefix("#")
    if since != "last" and not number.isdecimal():
        if ref is not None:
            raise Usage(f"{since!r} is no entry.", hint="As --diff 14, or --diff alone.")
        since, ref = "last", since  # `--diff INC-12` means the incident
    seq = None if since == "last" else int(number)
    session.answer(difference(session.store, session.incident(ref), template, seq), changed)


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
    from escalate.cli.subject_value import refuse_value
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
        if "subject" in {field.type, field.of}:
            refuse_value(field.name, value)
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
