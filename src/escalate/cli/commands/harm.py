"""`harm`: the kinds of harm an incident concerns, and which of them leads."""

from __future__ import annotations

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage


@click.group(cls=Family)
def harm() -> None:
    """Say which kinds of harm an incident concerns, and see which there are. `escalate show` says which stand.

    \b
    Example:
      escalate harm list
      escalate harm set life har INC-7 --primary life --why "the second report names a person"
    """


@harm.command("list", cls=Command)
@click.argument("slug", required=False)
@pass_session
def list_(session: Session, slug: str | None) -> None:
    """List the kinds of harm: what each is called, how severe it is at least, which legal clocks go with it.

    With SLUG (cse, or cse:grooming) one kind and what is below it. Clocks are a reason to look; that one applies, a person
    says: `escalate clock suggest`. What a kind is called elsewhere: `escalate taxonomy SLUG`.

    \b
    Example:
      escalate harm list
      escalate harm list life
    """
    from escalate.app.harms import listed
    from escalate.cli.views import taxonomy as views

    wiring = session.wiring
    taxonomy = wiring.taxonomies.in_force()
    if slug is not None and (slug := slug.strip().lower()) not in taxonomy.kinds:
        slug = taxonomy.harm(slug)
    found = listed(taxonomy, wiring.scale, wiring.clock_library.all(), session.now().date(), slug)
    session.answer(found, views.harms if slug is None else views.harm)


@harm.command("set", cls=Command)
@click.argument("words", metavar="HARM… [REF]", nargs=-1, required=True)
@click.option("--primary", metavar="HARM", help="The one that leads. Left out: the first.")
@click.option("--why", metavar="TEXT", help="The reason; `-` reads it from stdin. Left out: it asks.")
@pass_session
def set_(session: Session, words: tuple[str, ...], primary: str | None, why: str | None) -> None:
    """Say all the kinds of harm that an incident concerns from now on; those that are left out no longer count.

    An incident that becomes cse, life or cbrn becomes sensitive and TLP:RED, and stays so whatever is said later. Routes of
    the roster that fit only now are followed: they page and ping as if it had been opened so.

    \b
    Example:
      escalate harm set life har INC-7 --primary life --why "the second report names a person"
      escalate harm set frd:phishing --why "no accounts were taken over"
    """
    from escalate.app.harms import change
    from escalate.cli.spoken import stated

    slugs, ref = _read(session, words)
    taxonomy = session.wiring.taxonomies.in_force()
    harms = tuple(taxonomy.harm(slug) for slug in slugs)
    incident = session.incident(ref)
    text, labels = stated(session, incident, why, what="Why", option="--why", marks="")
    written = change(
        session.ledger, incident, harms,
        primary=primary.strip().lower() if primary else None, taxonomy=taxonomy.name, why=text, labels=labels,
    )  # fmt: skip
    _say(session, written.incident.sensitive, becomes=any(one.kind == "harm.changed" for one in written.entries))
    session.wrote(
        written, written.incident.public(), lambda data: [", ".join(data["harm"]) + f"; {data['primary']} leads"]
    )


def _read(session: Session, words: tuple[str, ...]) -> tuple[list[str], str | None]:
    """The harms, and REF where the last word is one."""
    from escalate.domain.incident.harm import HARMS

    slugs = [slug for word in words for slug in word.split(",") if slug.strip()]
    last = slugs[-1] if slugs else ""
    ref = None
    if last.partition(":")[0].strip().lower() not in HARMS:
        with session.store.reading() as look:
            known = look.ids(last)
        if known or any(letter.isdigit() for letter in last):
            ref = slugs.pop()
    if not slugs:
        raise Usage("Which kinds of harm?", hint="As: escalate harm set life har INC-7 --primary life --why …")
    return slugs, ref


def _say(session: Session, sensitive: bool, *, becomes: bool) -> None:
    if becomes and sensitive:
        session.say("Note: it is sensitive: texts are masked and cannot be searched, and documents of it are TLP:RED.")
