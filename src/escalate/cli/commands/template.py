"""`template`: the questions of assessments."""

from __future__ import annotations

from typing import Any

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured


@click.group(cls=Family)
def template() -> None:
    """Look at assessment templates, and write your own: the questions, and when an answer is needed.

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


@template.command("new", cls=Command)
@click.argument("name")
@click.option("--like", metavar="NAME", help="Begin with the questions of another template.")
@pass_session
def new(session: Session, name: str, like: str | None) -> None:
    """Write the beginnings of a template NAME into the team's own folder, to be edited there.

    What stands there already is never replaced.

    \b
    Example:
      escalate template new house-rules
      escalate template new policy --like policy
    """
    path, text = session.wiring.library.begun(name, like)
    session.wiring.documents.write(path, text)
    session.answer(
        {"name": path.stem, "path": str(path), "like": like},
        lambda data: [f"Edit {data['path']}", f"Then: escalate template check {data['path']}"],
    )
