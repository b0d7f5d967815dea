"""`oncall simulate`: exactly who would be told, when and how, and nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured, NotFound, Usage

if TYPE_CHECKING:
    from datetime import timedelta

    from escalate.app.simulation import Question
    from escalate.domain.oncall.scenario import Scenario

LARGEST = 1 << 20
"""Bytes of a case."""


@click.command(cls=Command)
@click.argument("target", required=False)
@click.option("--at", metavar="T", help="When it is paged, past or future; now if left out.")
@click.option("--ack", metavar="DURATION", help="So long after that, the person told last acknowledges, as 12m.")
@click.option(
    "--decline", "declines", metavar="PERSON=DURATION", multiple=True,
    help="So long after that, PERSON says that they cannot take it; may be given again.",
)  # fmt: skip
@click.option(
    "--harm", metavar="SLUG", multiple=True, help="Kind of harm, as cse or life: some are not given to everybody."
)
@click.option(
    "--scenario",
    "file",
    metavar="FILE.json",
    help="A case to run instead: policy, users, on_call, events; - reads stdin.",
)
@pass_session
def simulate(
    session: Session,
    target: str | None,
    at: str | None,
    ack: str | None,
    declines: tuple[str, ...],
    harm: tuple[str, ...],
    file: str | None,
) -> None:
    """Show who would be told, when, how and by which step, if TARGET were paged at T and nobody, or somebody, answered.

    TARGET is whatever can be paged: policy:NAME, schedule:NAME, a bare name that fits only one. The roster in force, the
    overrides and the preferences count; the engine is the one that pages. Nothing is sent and nothing is recorded.

    \b
    Example:
      escalate oncall simulate policy:critical-harm --at 'tomorrow 03:00'
      escalate oncall simulate schedule:ts --at 03:00 --decline bob=2m --ack 12m
      escalate oncall simulate --scenario case.json --json
    """
    from escalate.app import simulation
    from escalate.cli.views.simulation import came_to

    wiring = session.wiring
    if file is not None:
        if target or at or ack or declines or harm:
            raise Usage(
                "A case says itself who is paged, when, and who answers.",
                hint="Give --scenario FILE.json alone, or TARGET without it.",
            )
        found = simulation.perform(wiring.rehearsal, _scenario(file))
    else:
        question = _question(session, target, at, ack, declines, harm)
        found = simulation.simulate(session.store, wiring.roster_in_force(), wiring.rehearsal, question)
    for note in found.notes:
        session.say(f"Note: {note}")
    session.answer(
        [told.plain() | {"at": told.at.isoformat()} for told in found.told], lambda _data: came_to(found, session.zone)
    )


def _question(
    session: Session,
    target: str | None,
    at: str | None,
    ack: str | None,
    declines: tuple[str, ...],
    given: tuple[str, ...],
) -> Question:
    from escalate.app.simulation import Question
    from escalate.cli.times import duration, parse_future
    from escalate.domain.incident.harm import harm

    if target is None:
        raise Usage(
            "Nobody is named.", hint="Give whom to page, as policy:critical-harm, or a case: --scenario FILE.json"
        )
    return Question(
        target=target,
        at=parse_future(at, session.now(), session.zone).at if at is not None else session.now(),
        ack=duration(ack) if ack is not None else None,
        declines=tuple(_decline(one) for one in declines),
        harm=tuple(harm(slug) for word in given for slug in word.split(",")),
    )


def _decline(text: str) -> tuple[str, timedelta]:
    from escalate.cli.times import duration

    person, equals, after = text.partition("=")
    if not (person and equals):
        raise Usage(f"--decline {text!r} does not say who, and after how long.", hint="As in: --decline bob=8m")
    return person.removeprefix("person:"), duration(after)


def _scenario(file: str) -> Scenario:
    import json

    from escalate.domain.oncall.scenario import scenario

    name, text = _text(file)
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise Usage(
            f"{name}:{error.lineno}:{error.colno} is not JSON: {error.msg}.", hint="Mend it, then run it again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise Usage(f"{name} cannot be read: a number too long, or too deep.", hint="Write a smaller case.") from error
    return scenario(data, name)


def _text(file: str) -> tuple[str, str]:
    """What to call it, and what it says."""
    from pathlib import Path

    from escalate.cli.spoken import decoded, stdin
    from escalate.domain.text.visible import visible

    if file == "-":
        return "stdin", stdin(LARGEST)
    path, name = Path(file), visible(file)
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {name}.", hint="Give the path of a case in JSON, or - for stdin.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "that is no path"
        raise Misconfigured(
            f"{name} cannot be read: {why}.", hint="Give the path of a case in JSON, or - for stdin."
        ) from error
    if len(raw) > LARGEST:
        raise Usage(f"{name} is larger than {LARGEST // 2**20} MiB.", hint="Write a smaller case.")
    return name, decoded(raw, name)
