"""Documents to hand over: `report` and `summary`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.reports import Document
    from escalate.cli.views import View


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.argument("ref", required=False),
            click.option(
                "--format",
                "form",
                type=click.Choice(["md", "html", "json"]),
                default="md",
                show_default=True,
                help="Markdown, one self-contained HTML page, or JSON.",
            ),
            click.option(
                "-o",
                "--output",
                "target",
                metavar="FILE|-",
                help="Where to write it; - is standard output. Left out: a file here, named for you.",
            ),
            click.option(
                "--audience",
                default="default",
                show_default=True,
                metavar="TEAM",
                help="Who will read it. Leaves out and masks what that team of the roster may not read.",
            ),
            click.option("--force", is_flag=True, help="Write over a file that is there already."),
            click.option(
                "--why", metavar="TEXT", default="", help="Why it goes to an audience outside; for the second person."
            ),
        )
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@_options
@pass_session
def report(
    session: Session, ref: str | None, form: str, target: str | None, audience: str, *, force: bool, why: str
) -> None:
    """Write the post-incident report: everything on the record, as far as AUDIENCE may read it.

    What is left out is counted and listed. The export stands on the timeline with the digest of the document. For a team
    that is outside the organisation (external = true) it takes a second person, who approves this very file.

    \b
    Example:
      escalate report INC-12
      escalate report INC-12 --format html -o review.html --audience legal
    """
    _hand_over(session, "report", ref, form, target, audience, force=force, why=why)


@click.command(cls=Command)
@_options
@pass_session
def summary(
    session: Session, ref: str | None, form: str, target: str | None, audience: str, *, force: bool, why: str
) -> None:
    """Write the executive summary: one page, decisions first, no descriptions of the harm.

    \b
    Example:
      escalate summary INC-12
      escalate summary INC-12 -o - --audience legal
    """
    _hand_over(session, "summary", ref, form, target, audience, force=force, why=why)


def _hand_over(
    session: Session, kind: str, ref: str | None, form: str, target: str | None, audience: str, *, force: bool, why: str
) -> None:
    """In a pipe the document itself is the answer; on a terminal it goes into a file, and its path is."""
    from escalate.app.reports import is_external, make

    documents = session.wiring.documents
    if target is None and not session.as_json and not sys.stdout.isatty():
        target = "-"
    if target == "-" and session.as_json:
        raise Usage("--json and -o - both want standard output.", hint="Use --format json -o -, or --json -o FILE.")
    incident = session.incident(ref)
    outside = is_external(session.store, audience)
    if outside and target == "-":
        raise Usage(
            "A document for an audience outside is approved as a file, which the second person reads first.",
            hint="Name one: -o FILE.",
        )
    if outside and target and not force and _asked_before(session, incident, Path(target)):
        return
    if target not in {None, "-"}:
        documents.check(Path(str(target)), force=force)

    def place(document: Document) -> Path:
        return Path(target or documents.default_name(document.incident, kind, form, document.marking))

    def hand_over(document: Document) -> None:
        if target == "-":
            click.echo(document.text.encode("utf-8", "backslashreplace"), nl=False)
        else:
            documents.write(place(document), document.text, force=force)

    document = make(
        session.ledger,
        incident,
        kind=kind,
        format=form,
        audience=audience,
        zone=session.zone,
        library=session.wiring.library,
        papers=session.wiring.texts,
        hand_over=hand_over,
        why=why,
    )
    session.recorded = document.written is not None
    _say_what_it_is(session, document)
    if document.outcome is not None:
        _outside(session, document, str(place(document)))
        return
    if target == "-":
        return
    data = {
        "path": str(place(document)),
        "sha256": document.sha256,
        "marking": document.marking,
        "left_out": document.left_out,
        "head": {"seq": document.incident.head.seq, "digest": document.incident.head.digest},
        "recorded": document.written is not None,
    }
    session.answer(data, _written)


def _outside(session: Session, document: Document, path: str) -> None:
    """Written, and issued only once somebody else has read it and approved."""
    from escalate.cli.judged import second, shown
    from escalate.errors import Refused

    assert document.outcome is not None
    data = {
        "path": path,
        "sha256": document.sha256,
        "marking": document.marking,
        "left_out": document.left_out,
        "head": {"seq": document.incident.head.seq, "digest": document.incident.head.digest},
        "recorded": True,
        "issued": not document.waits,
        "approval": shown(document.outcome),
    }
    session.wrote(document.outcome.written, data, _written)
    second(
        session, document.outcome, what=f"NOT ISSUED: {path} is for the second person to read. Hand it to nobody else."
    )
    if document.waits:
        session.exit_code = Refused.exit_code


def _asked_before(session: Session, incident: str, path: Path) -> bool:
    """Whether the file that is there is one that a second person was asked for; then it is said how that stands."""
    from hashlib import sha256

    from escalate.app.reports import asked_of
    from escalate.errors import Refused

    if not path.is_file() or path.is_symlink():
        return False
    digest = sha256(path.read_bytes()).hexdigest()
    asked = asked_of(session.store, incident, digest)
    if asked is None:
        return False
    issued = asked["state"] == "given" or asked["broken"]
    data = {"path": str(path), "sha256": digest, "issued": issued, "approval": asked["id"]}
    session.answer(data, _written)
    if not issued:
        waits = "waits for somebody else" if asked["state"] == "asked" else "was rejected"
        session.say(f"NOT ISSUED: {asked['id']} {waits}. See it: escalate approvals")
        session.exit_code = Refused.exit_code
    else:
        session.say(f"Issued by {asked['id']}: this very file may be handed over.")
    return True


def _say_what_it_is(session: Session, document: Document) -> None:
    """Beside the document: which record it comes from, and what is not in it."""
    session.say(f"{document.incident.name} {document.incident.head.short} {document.marking}")
    if document.left_out:
        session.say(f"{document.left_out} entries are left out for this audience; the document lists them.")
    if document.unrecorded:
        session.say(document.unrecorded)


def _written(data: dict[str, Any]) -> View:
    return [data["path"], f"sha256 {data['sha256']}"]
