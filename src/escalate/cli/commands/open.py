"""`open`: the first minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from escalate.app.incidents import Opening
    from escalate.cli.aftermath import Outcome
    from escalate.cli.times import Moment

SOURCES = ("user", "classifier", "hash", "staff", "press", "authority", "red-team")


@click.command("open", cls=Command)
@click.argument("title_word", metavar="[TITLE]", required=False)
@click.option("--title", metavar="TEXT", help="The title, in neutral words; `-` reads it from stdin.")
@click.option("--severity", metavar="S", help="SEV0 (worst) to SEV4. Left out: SEV2, marked as nobody's judgement.")
@click.option("--harm", metavar="SLUG", multiple=True, help="Kind of harm, as cse or life; may be given again.")
@click.option("--primary", metavar="SLUG", help="The one of several harms that leads. Left out: the first.")
@click.option("--imminent", is_flag=True, help="Somebody may be harmed within hours.")
@click.option("--child", is_flag=True, help="A child is involved.")
@click.option("--ongoing", is_flag=True, help="It is happening now.")
@click.option("--reported-at", metavar="T", help="When it was reported to us, as 21:40 or '20m ago'.")
@click.option("--source", type=click.Choice(SOURCES), help="Who or what brought it to us.")
@click.option("--at", metavar="T", help="When it was opened, if that was earlier.")
@click.option("--quiet-open", is_flag=True, help="Tell nobody by itself; the timeline says that it was opened so.")
@click.option(
    "--restricted",
    is_flag=True,
    help="Mark it need-to-know: its texts are masked in reports for others, and messages do not tell them. "
    "In this record it is a mark; only the file's rights keep others from reading it.",
)
@click.option("--label", "labels", metavar="L", multiple=True, help="As for `log`, of the title; may be given again.")
@click.option("--dry-run", is_flag=True, help="Show whom the routes would page and ping, and the words; open nothing.")
@pass_session
def open_(session: Session, /, title_word: str | None, title: str | None, **given: object) -> None:
    """Open an incident and do what the routes say: page, ping, pick a runbook.

    \b
    Example:
      escalate open "Credible threat reported" --harm life --imminent --source user
    """
    from escalate.cli.spoken import asked, guarded, moment
    from escalate.domain.incident.harm import is_sensitive

    harm, taxonomy = _harm(session, given)
    words = asked(session, title or title_word, what="What is known, in neutral words", harm=harm, option="--title")
    happened = moment(session, given["at"])
    opening = _opening(session, words, harm, happened, given).but(
        primary=_primary(harm, given["primary"]), taxonomy=taxonomy
    )
    if not is_sensitive(harm):
        opening = opening.but(labels=guarded(session, words, opening.labels))
    if given["dry_run"]:
        _dry_run(session, opening)
        return
    from escalate.app.incidents import open_incident
    from escalate.cli.views import paging

    written = open_incident(session.ledger, opening)
    _take_up(session, written.incident.id)
    seen: list[Outcome | None] = []

    def data(outcome: Outcome | None) -> dict[str, Any]:
        seen.append(outcome)
        return written.incident.public()

    session.wrote(written, data, lambda _data: paging.after_opening(written.incident, seen[0]), happened=happened)


def _harm(session: Session, given: dict[str, object]) -> tuple[tuple[str, ...], str | None]:
    """By the team's own taxonomy, if it has one, and its name. The first levels are fixed: a file that cannot be used
    keeps nobody from opening an incident by them.
    """
    from escalate.domain.incident.harm import harm

    slugs = [slug for word in given["harm"] for slug in str(word).split(",")]  # type: ignore[attr-defined]
    if not slugs:
        return (), None
    try:
        taxonomy = session.wiring.taxonomies.in_force()
    except Misconfigured as error:
        if any(":" in slug for slug in slugs):
            raise
        session.say(f"Note: {error.message} {error.hint}")
        return tuple(dict.fromkeys(harm(slug) for slug in slugs)), None
    return tuple(dict.fromkeys(taxonomy.harm(slug) for slug in slugs)), taxonomy.name


def _primary(harm: tuple[str, ...], given: object) -> str | None:
    if not harm and not given:
        return None
    from escalate.domain.incident.harms import leading

    return leading(harm, str(given).strip().lower() if given else None)


def _opening(
    session: Session, title: str, harm: tuple[str, ...], at: Moment | None, given: dict[str, object]
) -> Opening:
    from escalate.app.incidents import Opening
    from escalate.cli.spoken import moment
    from escalate.domain.incident.severity import severity

    reported = moment(session, given["reported_at"])
    return Opening(
        title=title,
        severity=severity(str(given["severity"])) if given["severity"] else None,
        harm=harm,
        imminent=bool(given["imminent"]),
        child=bool(given["child"]),
        ongoing=bool(given["ongoing"]),
        reported_at=reported.at if reported else None,
        source=str(given["source"]) if given["source"] else None,
        at=at.at if at else None,
        precision=at.precision if at else "exact",
        quiet=bool(given["quiet_open"]),
        restricted=bool(given["restricted"]),
        labels=frozenset(str(label) for label in given["labels"]),  # type: ignore[attr-defined]
    )


def _take_up(session: Session, incident: str) -> None:
    """A terminal that holds nothing takes up what it opens."""
    from escalate.cli import choice

    if session.interactive and choice.read(session) is None:
        try:
            choice.keep(session, incident)
        except Misconfigured as error:
            session.say(f"Note: {error.message} {error.hint}")


def _dry_run(session: Session, opening: Opening) -> None:
    from escalate.app.previews import opening as preview
    from escalate.cli.views import paging

    session.answer(preview(session.ledger, opening), paging.previews)
