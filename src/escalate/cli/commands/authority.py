"""`authority`: whom to turn to outside, as the team wrote it down, and whether somebody is who they say they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, OnDemand
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.app.authorities import Wanted
    from escalate.domain.authorities.authority import Authority

WORDS = {
    "list": "authority:list_",
    "find": "authority:find",
    "show": "authority:show",
    "check": "authority:check",
    "verify": "authority:verify",
}


class Words(OnDemand):
    """By itself it lists them all."""

    places = WORDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and all(word.startswith("-") and word not in {"--help", "-h"} for word in args):
            args = [*args, "list"]
        return super().parse_args(ctx, args)


@click.group("authority", cls=Words, invoke_without_command=True)
def authority() -> None:
    """Authorities, hotlines and others outside whom the team turns to: who, by which way, at which hours, on which basis.

    They stand in authorities.toml in the home folder, in the team's own words. None comes with escalate, and none is made up.

    \b
    Example:
      escalate authority
      escalate authority find --place GB --harm life
      escalate authority verify example-desk INC-7
    """


@click.command("list", cls=Command)
@pass_session
def list_(session: Session) -> None:
    """List them all, with who is there now by their own clocks, and when somebody last made sure of the entry.

    \b
    Example:
      escalate authority list
    """
    _shown(session, list(session.wiring.authorities.all().values()))


@click.command(cls=Command)
@click.argument("ref", required=False)
@click.option(
    "--place", "places", metavar="P", multiple=True, help="A country or region, as GB or US-CA; may be repeated."
)
@click.option("--harm", "harms", metavar="H", multiple=True, help="A kind of harm, as life; may be repeated.")
@pass_session
def find(session: Session, ref: str | None, places: tuple[str, ...], harms: tuple[str, ...]) -> None:
    """Find those for a place and a kind of harm, the closest first. What is not given is as the incident says.

    The harms are the incident's, the places those its assessments name as jurisdictions.

    \b
    Example:
      escalate authority find --place US-CA --harm cse
      escalate authority find INC-7
    """
    from escalate.app.authorities import found, wanted

    known = session.wiring.authorities.all()
    given = ref or session.given_ref
    incident = session.incident(given) if given or not (places or harms) else None
    slugs = _harms(session, harms)
    what = wanted(session.store, incident, places, slugs) if incident else _without(places, slugs)
    _shown(session, found(known, what), what)


@click.command(cls=Command)
@click.argument("name")
@pass_session
def show(session: Session, name: str) -> None:
    """Show all that is known of one: how and when they are reached, on which basis, what to say, what they need at least.

    \b
    Example:
      escalate authority show example-desk
    """
    from escalate.cli.views.authority import whole

    session.answer(_named(session, name).public(session.now()), whole)


@click.command(cls=Command)
@click.argument("file", required=False)
@pass_session
def check(session: Session, file: str | None) -> None:
    """Name every mistake in a file of authorities; without FILE in the one that is used. Nobody is called.

    \b
    Example:
      escalate authority check authorities.toml
    """
    source = session.wiring.authorities
    path = Path(file) if file else source.path
    found = source.at(path)
    data = {"path": str(path), "authorities": len(found)}
    session.answer(
        data, lambda _data: [f"No mistakes: {path}, {len(found)} {'entry' if len(found) == 1 else 'entries'}."]
    )


@click.command(cls=Command)
@click.argument("name")
@click.argument("ref", required=False)
@click.option(
    "--outcome",
    type=click.Choice(["confirmed", "refused", "no-answer"]),
    help="What came of it: it was them, or not, or …",
)
@click.option("--how", metavar="TEXT", help="Whom you spoke to, and what they said; `-` reads it from stdin.")
@click.option("--reference", metavar="TEXT", default="", help="What they call it.")
@pass_session
def verify(session: Session, name: str, ref: str | None, outcome: str | None, how: str | None, reference: str) -> None:
    """Check somebody who says they come from an authority: shows the number that stands here, which is the one to call.

    A number from the mail or call that is to be checked proves nothing, and is never asked for. Without --outcome nothing is
    recorded; with it, what came of the call stands on the incident.

    \b
    Example:
      escalate authority verify example-desk
      escalate authority verify example-desk INC-7 --outcome confirmed --how "duty officer knows the request" --reference 114
    """
    from escalate.cli.views.authority import to_call

    one = _named(session, name)
    if outcome is None:
        if how or reference:
            raise Usage("What came of it?", hint="Say --outcome confirmed, refused or no-answer.")
        data = {"authority": one.public(session.now()), "check": None}
        session.answer(data, lambda given: to_call(given["authority"]))
        session.say(
            f"Nothing is recorded yet. Then: escalate authority verify {one.name} {ref or 'REF'} --outcome confirmed --how …"
        )
        return
    _checked(session, one, session.incident(ref), outcome, how, reference)


def _checked(session: Session, one: Authority, incident: str, outcome: str, how: str | None, reference: str) -> None:
    from escalate.app import authorities as app
    from escalate.cli.spoken import stated
    from escalate.cli.views.authority import checked
    from escalate.domain.authorities import shown

    text, labels = stated(session, incident, how, what="How was it checked", option="--how", marks="")
    written, found = app.check(
        session.ledger, incident, one, outcome=outcome, how=text, reference=reference, labels=labels
    )
    data = {"authority": one.public(session.now()), "check": shown.check(found, lambda _seq: False)}
    session.wrote(written, data, checked)
    if outcome == "refused":
        session.say("Note: treat the request as false. Give nothing out, and tell Legal and the lead.")
    elif outcome == "no-answer":
        session.say("Note: it is not verified. Until it is, nothing is given out on it.")


def _named(session: Session, name: str) -> Authority:
    from escalate.domain.authorities.authority import named

    source = session.wiring.authorities
    return named(source.all(), name, str(source.path))


def _harms(session: Session, words: tuple[str, ...]) -> tuple[str, ...]:
    from escalate.domain.incident.harm import harm

    slugs = [slug for word in words for slug in word.split(",")]
    return tuple(session.wiring.taxonomies.in_force().harm(slug) if ":" in slug else harm(slug) for slug in slugs)


def _without(places: tuple[str, ...], harms: tuple[str, ...]) -> Wanted:
    """On no incident at all, and without a record."""
    from escalate.app.authorities import places_given

    return places_given(places, harms)


def _shown(session: Session, found: list[Authority], what: Wanted | None = None) -> None:
    from escalate.cli.views import authority as views

    now, source = session.now(), session.wiring.authorities
    data: list[dict[str, Any]] = [one.public(now) for one in found]
    if what is not None and what.ref and not what.places:
        session.say(f"Note: where {what.ref} may be is not known, so all places are shown. Say it: --place GB")
    if found:
        session.answer(data, views.listed)
        return
    session.answer(data, lambda _data: [])
    asked = f" for {', '.join((*what.harms, *what.places))}" if what and (what.harms or what.places) else ""
    session.say(f"Nobody stands there{asked}. Who does, your team writes into {source.path}; none comes with escalate.")
