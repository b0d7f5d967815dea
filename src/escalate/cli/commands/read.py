"""Looking: `show`, `list`, `timeline`, `search`."""

from __future__ import annotations

import time
from typing import Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--as-of", metavar="T", help="What was known then.")
@click.option(
    "--last",
    type=click.IntRange(0, 200),
    default=5,
    show_default=True,
    help="How many of the latest entries to show.",
)
@pass_session
def show(session: Session, ref: str | None, as_of: str | None, last: int) -> None:
    """Show an incident: its state, facts, roles, pages and latest entries.

    \b
    Example:
      escalate show INC-7
      escalate show --as-of "yesterday 18:00"
    """
    from escalate.app import reading
    from escalate.cli.pace import targets_of
    from escalate.cli.spoken import moment
    from escalate.cli.views.detail import detail

    id_ = session.incident(ref)
    when = moment(session, as_of)
    if when:
        told = reading.timeline(session.store, id_, as_of=when.at, everything=True)
        told = told.but(lines=told.lines[-last:] if last else [])
    else:
        told = (
            reading.latest(session.store, id_, last)
            if last
            else reading.Told(incident=reading.incident(session.store, id_), lines=[])
        )
    zone = session.zone
    now = when.at if when else session.now()
    targets = targets_of(session, told.incident, now)
    data = {**told.incident.public(), "targets": [one.public() for one in targets]}
    session.answer(data, lambda _data: detail(told, zone, now, targets))


@click.command("list", cls=Command)
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@pass_session
def list_(session: Session, everything: bool, limit: int) -> None:
    """List incidents, newest first: those that are not closed, or all.

    \b
    Example:
      escalate list --all --limit 200
    """
    from escalate.cli.views.incident import rows

    with session.store.reading() as look:
        found = look.incidents(statuses=() if everything else ("open",), limit=limit + 1)
    found = _cut(session, found, limit, 1000)
    session.answer([incident.public() for incident in found], lambda _data: rows(found))


def _cut(session: Session, found: list[Any], limit: int, most: int) -> list[Any]:
    """As many as were asked for; whoever reads them is told that they are not all."""
    if len(found) > limit:
        session.say(
            f"These are {limit}, and there are more{f': --limit {min(2 * limit, most)}' if limit < most else '.'}"
        )
    return found[:limit]


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option("--all", "everything", is_flag=True, help="First wordings, withdrawn lines and corrections too.")
@click.option("--as-of", metavar="T", help="Only what had been recorded by then.")
@click.option("--follow", is_flag=True, help="Stay, and show new entries as they come; Ctrl-C ends it.")
@click.option("--reveal", is_flag=True, help="Show masked text; that you looked, and why, goes on the timeline.")
@click.option("--why", metavar="TEXT", help="Why you need to see it (with --reveal).")
@pass_session
def timeline(
    session: Session,
    ref: str | None,
    everything: bool,
    as_of: str | None,
    follow: bool,
    reveal: bool,
    why: str | None,
) -> None:
    """Show the timeline, in the order things happened.

    \b
    Example:
      escalate timeline INC-7 --all
      escalate timeline --follow
    """
    from escalate.app import reading
    from escalate.cli.spoken import moment, stated
    from escalate.cli.views.timeline import rows

    id_ = session.incident(ref)
    when = moment(session, as_of)
    at = when.at if when else None
    reason = ""
    if reveal:
        reason, _ = stated(session, id_, why, what="Why do you need to see it", option="--why", marks=None)
        reading.reveal(session.ledger, id_, reason, everything=everything, as_of=at)
    told = reading.timeline(session.store, id_, everything=everything, as_of=at, revealed=reveal)
    zone = session.zone
    session.answer([line.public() for line in told.lines], lambda _data: rows(told, zone))
    if reveal:
        from escalate.cli.care import offered

        offered(session)
    if follow:
        _follow(session, id_, told.incident.head.seq, reason)


def _follow(session: Session, id_: str, after: int, reason: str) -> None:
    """New lines as they are recorded, masked where no `reason` to see them was given; what is seen that was not there
    when it was given goes on the timeline again. A look every half second costs one indexed read.
    """
    from escalate.app import reading
    from escalate.cli.views.timeline import following

    zone = session.zone
    try:
        while True:
            with session.store.reading() as look:
                entries = look.entries(id_, after=after)
                state = look.incident(id_) if entries else None
            if entries and state:
                after = entries[-1].seq
                lines = reading.lines_of(session.store, state, entries, everything=True, revealed=False)
                # That others look is no news to look at: two who follow would go on for ever.
                masked = {line.seq: line for line in lines if line.is_masked and line.kind != "text.revealed"}
                if reason and masked:
                    reading.reveal_lines(session.ledger, id_, masked.values(), reason)
                    plain = reading.lines_of(session.store, state, entries, everything=True, revealed=True)
                    lines = [new if new.seq in masked else old for old, new in zip(lines, plain, strict=True)]
                for line in lines:
                    click.echo(following(line, zone) if not session.as_json else _json(line))
            time.sleep(0.5)
    except KeyboardInterrupt:
        return


def _json(line: object) -> str:
    import json

    return json.dumps(line.public(), ensure_ascii=True)  # type: ignore[attr-defined]


@click.command(cls=Command)
@click.argument("words", nargs=-1, required=True)
@click.option("--kind", metavar="KIND", help="Only entries of that kind, as note.added.")
@click.option("--actor", metavar="NAME", help="Only what that person wrote.")
@click.option("--since", metavar="T", help="Only what happened at or after T.")
@click.option("--until", metavar="T", help="Only what happened at or before T.")
@click.option("--rank", is_flag=True, help="Best match first, instead of newest first.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many.")
@pass_session
def search(
    session: Session, words: tuple[str, ...], kind: str | None, actor: str | None, since: str | None, until: str | None,
    rank: bool, limit: int,
) -> None:  # fmt: skip
    """Search everything people wrote, in all incidents or in one (-i). What is sensitive is not searchable.

    \b
    Example:
      escalate search desk called --since "yesterday 08:00"
      escalate search '"case number"' -i INC-7
    """
    from escalate.app import reading
    from escalate.cli.spoken import moment
    from escalate.cli.views.timeline import hits
    from escalate.domain.instants import to_text

    earliest, latest = moment(session, since), moment(session, until)
    found = reading.search(
        session.store,
        " ".join(words),
        incident=session.incident() if session.given_ref else None,
        kind=kind,
        actor=actor,
        since=to_text(earliest.at) if earliest else None,
        until=to_text(latest.at) if latest else None,
        rank=rank,
        limit=limit + 1,
    )
    found = _cut(session, found, limit, 500)
    data = [
        {"ref": told.incident.ref, "code_name": told.incident.code_name, **told.lines[0].public()} for told in found
    ]
    zone = session.zone
    session.answer(data, lambda _data: hits(found, zone))
