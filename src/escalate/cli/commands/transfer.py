"""In, out, and whether it is whole: `import`, `export`, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.domain.text.many import many
from escalate.domain.text.visible import visible
from escalate.errors import Misconfigured, NotFound, Refused, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.app.access import Closed
    from escalate.app.exports import Exported
    from escalate.app.verification import Findings

LARGEST = 512 * 1024 * 1024


def _lines(source: str) -> list[str]:
    """The lines of a file, or of stdin for `-`. Raises NotFound for no file, Usage for what is not UTF-8."""
    from escalate.cli.spoken import decoded, stdin

    if source == "-":
        return stdin(LARGEST).split("\n")
    path = Path(source)
    try:
        with path.open("rb") as file:  # what is no file on a disk does not say how long it is
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Usage(f"{source} is larger than {LARGEST // 2**20} MiB.", hint="Split it.")
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no file {source}.", hint="Give the path of a JSONL file, or `-` for stdin."
        ) from error
    except OSError as error:
        raise Misconfigured(
            f"{source} cannot be read: {error.strerror}.",
            hint="Give the path of a JSONL file, or `-` for stdin.",
        ) from error
    return decoded(raw, source).split("\n")


@click.command("import", cls=Command)
@click.argument("file")
@click.option("--title", metavar="TEXT", help="The title of the new incident; the file's name if left out.")
@pass_session
def import_(session: Session, file: str, title: str | None) -> None:
    """Import FILE.jsonl as a new incident: lines of {at, text, kind?, precision?, actor?, approximate?, labels?}.

    All lines or none. Times need a zone; with --zone those without one are local there. Nothing is sent, and no fact is
    inferred: state milestones with `fact`. An export of escalate comes back with its chain; its clocks and reviews alert nobody
    here until somebody works on it.

    \b
    Example:
      escalate import notes.jsonl --title "Outage of the report form" --zone Europe/Berlin
    """
    from escalate.app import transfer
    from escalate.app.access import closed_to
    from escalate.cli.views.incident import opened

    lines = _lines(file)
    if lines and transfer.is_export(lines[0]):
        brought = transfer.bring_back(session.ledger, lines)
    else:
        name = visible(Path(file).name) if file != "-" else "stdin"
        words = title or (visible(Path(file).stem) if file != "-" else "Imported")
        brought = transfer.bring_in(session.ledger, lines, title=words, source=name, read_time=_reader(session))
    for remark in brought.remarks:
        session.say(f"Note: {remark}")
    incident = brought.written.incident
    closed = closed_to(session.store, session.ledger.author, incident)
    shut = (
        {"closed_to_you": closed is not None, "readers": closed.readers if closed else []}
        if incident.restricted
        else {}
    )
    session.wrote(
        brought.written,
        lambda _outcome: {**incident.public(), "imported": brought.count, "remarks": brought.remarks, **shut},
        lambda _data: [*opened(incident), f"{many(brought.count, 'entry')} imported."],
    )
    if closed is not None:
        _say_closed(session, incident.ref, closed)


def _say_closed(session: Session, ref: str, closed: Closed) -> None:
    """What comes in restricted stays so, also to whoever brought it in: that is told, and how to be let in."""
    session.say(
        f"{ref} is restricted, and closed to you. Those who may read it: {', '.join(closed.readers) or 'nobody'}."
    )
    if closed.known:
        session.say(f"One of them lets you in: escalate grant {closed.as_whom} {ref}")
    else:
        session.say("Among them is nobody of this record's roster: nobody here can let you in.")
    session.say(f"Where that cannot wait, and loudly: escalate break-glass {ref} --why TEXT")


def _reader(session: Session) -> Any:
    """Reads one line's time; one without a zone only where `--zone` was given."""
    from escalate.cli.times import parse_past

    now, given = session.now(), session.given_zone is not None
    zone = session.zone if given else None

    def read(text: str) -> datetime:
        from datetime import datetime as moment

        try:
            said = moment.fromisoformat(text)
        except ValueError:
            said = None
        if said is None or len(text) < 11:
            raise Usage(f"{text[:40]!r} is not a time such as 2026-11-21T20:55:00Z")
        if said.tzinfo is None and not given:
            raise Usage(f"{text!r} has no zone")
        return parse_past(text, now, zone).at

    return read


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE|-",
    default=None,
    help="Where to; INC-7.jsonl in this folder if left out, `-` is stdout.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@pass_session
def export(session: Session, ref: str | None, output: str | None, force: bool) -> None:
    """Export an incident as JSONL: every entry with its digests, readable without escalate; `import` takes it back.

    It is the whole record, also what reports leave out or mask: hand it only to who may read all of it.

    \b
    Example:
      escalate export INC-7 -o INC-7.jsonl
    """
    from escalate.app.exports import export as make

    if output == "-" and session.as_json:
        raise Usage("`-o -` is the file itself; --json is about it.", hint="Leave one of them out.")
    documents, incident = session.wiring.documents, session.incident(ref)
    if output and output != "-":
        documents.check(Path(output), force=force)

    def place(made: Exported) -> Path:
        return Path(output or f"{made.incident.ref}.jsonl")

    def hand_over(made: Exported) -> None:
        if output == "-":
            click.echo(made.text, nl=False)
        else:
            documents.write(place(made), made.text, force=force)

    made = make(session.ledger, incident, hand_over)
    session.recorded = not made.unrecorded
    session.say(
        f"{made.incident.name} {made.incident.head.short} {made.incident.marking}: the whole record, nothing masked"
    )
    if made.unrecorded:
        session.say(made.unrecorded)
    if output == "-":
        return
    path = str(place(made))
    data = {"path": path, "sha256": made.sha256, "entries": made.entries, "recorded": not made.unrecorded}
    session.answer(data, lambda _data: [path, f"sha256 {made.sha256}"])


@click.command(cls=Command)
@click.argument("what", metavar="[REF|FILE]", required=False)
@click.option(
    "--expect-head",
    metavar="SEQ:DIGEST",
    help="A head noted elsewhere, as on a message or report: #14:3fa9c1d2b7e0.",
)
@pass_session
def verify(session: Session, what: str | None, expect_head: str | None) -> None:
    """Check that nothing was changed, removed or cut off: one incident, an exported file, or everything.

    Each entry and field that does not fit is named; then the exit code is 4.

    \b
    Example:
      escalate verify
      escalate verify INC-7 --expect-head '#14:3fa9c1d2b7e0'
      escalate verify INC-7.jsonl
    """
    from escalate.app import transfer, verification
    from escalate.cli.views.verification import findings

    expect = verification.noted_head(expect_head) if expect_head else None
    target = what or session.given_ref
    if target and _is_file(target):
        lines = _lines(target)
        if not any(line.strip() for line in lines):
            raise Refused(f"{target} is empty.", hint="That is not the same as being in order. Get it from its source.")
        if not transfer.is_export(lines[0]):
            raise Usage(f"{target} is not an export of escalate.", hint="Make one: escalate export INC-7")
        found = transfer.check(lines, expect)
    elif target:
        found = verification.verify_incident(session.wiring.store, _chain(session, target), expect)
        found = found.unguarded(session.wiring.upkeep.guards(session.wiring.store))
    elif expect is not None:
        raise Usage("A head belongs to one incident.", hint="Say which: escalate verify INC-7 --expect-head …")
    else:
        found = verification.verify_store(session.wiring.store)
        found = found.unguarded(session.wiring.upkeep.guards(session.wiring.store))
    _tell(session, found, findings)


def _is_file(target: str) -> bool:
    return "/" in target or target.endswith(".jsonl") or (Path(target).is_file() and not target.isdigit())


def _chain(session: Session, ref: str) -> str:
    """The incident of REF, also where its kept state is damaged or gone: the numbers and heads know it."""
    with session.wiring.store.reading() as look:
        found = look.ids(ref)
    if found:
        return found[0]
    digits = ref.upper().removeprefix("INC-")
    rows = session.wiring.store.rows("numbers")
    known = [row["incident"] for row in rows if str(row["number"]) == digits or row["incident"] == ref]
    return known[0] if known else session.incident(ref)


def _tell(session: Session, found: Findings, view: Any) -> None:
    data = {
        "entries": found.entries,
        "erased": found.erased,
        "bad": [{"incident": f.incident, "seq": f.seq, "field": f.field, "what": f.what} for f in found.bad],
    }
    session.answer(data, lambda _data: view(found))
    if not found.sound:
        session.exit_code = Refused.exit_code
        if found.entries == 0 and not found.bad:
            session.say("There is nothing to verify: no entries. That is not the same as being in order.")
