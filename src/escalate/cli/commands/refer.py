"""`refer`: the words for an authority, what is disclosed with them, and what came of it. A person sends them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, OnDemand
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.app.ledger import Written
    from escalate.app.referrals import Drafted
    from escalate.cli.times import Moment

WORDS = {"draft": "refer:draft", "sent": "refer:sent", "answered": "refer:answered", "list": "refer:list_"}

TAKES_A_WORD = frozenset({"-i", "--incident", "--zone"})


class Words(OnDemand):
    """A name of an authority drafts a referral to it; by itself it lists those of an incident."""

    places = WORDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and not {"--help", "-h"}.intersection(args[:1]):
            place = _first(args)
            if place is None:
                args = [*args, "list"]
            elif args[place] not in WORDS:
                args = ["draft", *args]
        return super().parse_args(ctx, args)


def _first(args: list[str]) -> int | None:
    """Where the first word is that is neither an option nor what one takes."""
    skip = False
    for place, word in enumerate(args):
        if not skip and not word.startswith("-"):
            return place
        skip = word in TAKES_A_WORD
    return None


@click.group("refer", cls=Words, invoke_without_command=True)
def refer() -> None:
    """Refer to an authority: `refer NAME` drafts the words and lists what is disclosed; a person sends them and says so.

    NAME is one of `escalate authority`. escalate sends nothing to any authority.

    \b
    Example:
      escalate refer example-desk INC-7 --basis "credible, within hours" --disclose "account handle" --disclose "time zone"
      escalate refer sent R-1 INC-7 --reference "desk 114" --call-back "in 2h"
      escalate refer answered R-1 INC-7 --outcome "they are on their way"
      escalate refer list INC-7
    """


@click.command(cls=Command)
@click.argument("name")
@click.argument("ref", required=False)
@click.option(
    "--basis", metavar="TEXT", help="Why the legal basis applies here; `-` reads it from stdin. Left out: it asks."
)
@click.option(
    "--disclose", "disclosed", metavar="TEXT", multiple=True, help="A kind of data that goes with it, never the data."
)
@click.option("--decision", metavar="D-1", help="The decision that it rests on.")
@click.option("-o", "--output", metavar="FILE", help="Write the words into a file, readable for you alone.")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@pass_session
def draft(
    session: Session, name: str, ref: str | None, basis: str | None, disclosed: tuple[str, ...], decision: str | None,
    output: str | None, force: bool,
) -> None:  # fmt: skip
    """Draft the words for an authority. They hold no title, no text of the record and no names: kinds of harm and of data.

    `escalate refer NAME` is the same. What is in [brackets] the sender completes. The record keeps basis, what is disclosed,
    and the digest of the words. A team's own words go into templates/reports/referral.txt.j2 in the home folder.

    \b
    Example:
      escalate refer draft example-desk INC-7 --basis "credible, within hours" --disclose "account handle" -o referral.txt
    """
    from escalate.app.referrals import Referring
    from escalate.app.referrals import draft as ask
    from escalate.cli.spoken import guarded, stated
    from escalate.domain.authorities.authority import named

    source = session.wiring.authorities
    authority = named(source.all(), name, str(source.path))
    incident = session.incident(ref)
    target, documents = _file(output), session.wiring.documents
    if target is not None:
        documents.check(target, force=force)
    text, labels = stated(session, incident, basis, what="Why does the legal basis apply", option="--basis", marks="")
    labels = guarded(session, "\n".join(disclosed), labels, marks="")
    given = Referring(basis=text, disclosed=disclosed, decision=decision, labels=labels)

    def hand_over(words: str) -> None:
        if target is not None:
            documents.write(target, words, force=force)

    drafted = ask(session.ledger, incident, authority, given, session.wiring.texts, hand_over)
    data = {
        **_public(session, drafted.written, drafted.referral),
        "contact": {
            "channel": authority.channel,
            "phone": authority.phone or None,
            "address": authority.address or None,
        },
        "path": str(target) if target else None,
        "text": None if target else drafted.text,
        "not_least": drafted.more,
        "least_missing": drafted.missing,
    }
    session.wrote(drafted.written, data, lambda _data: [])
    _hand_over(session, drafted, target)
    reached = f"{authority.channel} {authority.contact}"
    session.say(f"Nothing was sent. {authority.body}: {reached}. Once a person has sent it: {_then(drafted)}")


def _file(output: str | None) -> Path | None:
    if output == "-":
        raise Usage("Without -o the words are shown.", hint="-o takes the name of a file.")
    return Path(output) if output else None


def _hand_over(session: Session, drafted: Drafted, target: Path | None) -> None:
    """The words themselves, as they are: what is shown is what the digest is of."""
    from escalate.domain.text.visible import visible

    if target is not None:
        session.tell(str(target))
    elif not session.as_json:
        click.echo(visible(drafted.text, lines=True), nl=False, file=sys.stdout)
    if drafted.missing:
        session.say(f"Note: they need at least: {'; '.join(drafted.missing)}. Only what you --disclose is named.")
    if drafted.more:
        session.say(f"Note: more than the least they need: {'; '.join(drafted.more)}.")
    if drafted.reviewed:
        session.say(
            "Note: one person may send it at once; when it was, a second is asked to look at it within 24 hours."
        )


def _then(drafted: Drafted) -> str:
    ref = drafted.written.incident.ref
    return f"escalate refer sent {drafted.referral['referral']} {ref} --reference … --call-back T"


@click.command(cls=Command)
@click.argument("words", metavar="[R-1] [REF]", nargs=-1)
@click.option("--reference", metavar="TEXT", help="What they call it; `-` reads it from stdin. Left out: it asks.")
@click.option("--call-back", metavar="T", help="When they said they would call back; past that it is shown as late.")
@click.option("--how", metavar="TEXT", default="", help="How it was sent, and who took it.")
@click.option("--at", metavar="T", help="When it was sent, if that was earlier.")
@pass_session
def sent(
    session: Session, words: tuple[str, ...], reference: str | None, call_back: str | None, how: str, at: str | None
) -> None:
    """Say that a person sent a referral. Without R-1 it is the only one that is drafted.

    At SEV0 and SEV1 a second person is asked to look at it within 24 hours: escalate approve. Nothing waits for that.

    \b
    Example:
      escalate refer sent R-1 INC-7 --reference "desk 114" --call-back "in 2h" --how "by phone, duty officer"
    """
    from escalate.app import referrals as app
    from escalate.cli.judged import ahead, two
    from escalate.cli.spoken import guarded, moment, stated

    which, ref = two(words, "R-1 and REF", "R")
    incident, when, back = session.incident(ref), moment(session, at), ahead(session, call_back)
    text, labels = stated(session, incident, reference, what="Under which reference", option="--reference", marks="")
    labels = guarded(session, how, labels, marks="")
    written, one, approval = app.sent(
        session.ledger, incident, which, reference=text, how=how, call_back=back,
        at=when.at if when else None, precision=when.precision if when else "exact", labels=labels,
    )  # fmt: skip
    _wrote(session, written, one, when)
    if approval is not None:
        due = approval["due"][:16].replace("T", " ")
        answer = f"escalate approve {approval['id']} {written.incident.ref}"
        session.say(f"One person referred. Somebody else is to look at it by {due}Z: {answer}, or reject it.")


@click.command(cls=Command)
@click.argument("words", metavar="[R-1] [REF]", nargs=-1)
@click.option("--outcome", metavar="TEXT", help="What they said or did; `-` reads it from stdin. Left out: it asks.")
@click.option("--reference", metavar="TEXT", default="", help="What they call it, if that is new.")
@click.option("--at", metavar="T", help="When they answered, if that was earlier.")
@pass_session
def answered(session: Session, words: tuple[str, ...], outcome: str | None, reference: str, at: str | None) -> None:
    """Say what an authority answered. Without R-1 it is the only one that was sent and not answered.

    \b
    Example:
      escalate refer answered R-1 INC-7 --outcome "received; they ask for nothing more" --reference "case 2026-114"
    """
    from escalate.app import referrals as app
    from escalate.cli.judged import two
    from escalate.cli.spoken import moment, stated

    which, ref = two(words, "R-1 and REF", "R")
    incident, when = session.incident(ref), moment(session, at)
    text, labels = stated(session, incident, outcome, what="What did they answer", option="--outcome", marks="")
    written, one = app.answered(
        session.ledger, incident, which, outcome=text, reference=reference,
        at=when.at if when else None, precision=when.precision if when else "exact", labels=labels,
    )  # fmt: skip
    _wrote(session, written, one, when)


@click.command("list", cls=Command)
@click.argument("ref", required=False)
@click.option("--reveal", metavar="WHY", help="Show masked words. That you looked, and why, is recorded.")
@pass_session
def list_(session: Session, ref: str | None, reveal: str | None) -> None:
    """List the referrals of an incident: drafted, sent, answered, and which call-back is late.

    \b
    Example:
      escalate refer list INC-7
    """
    from escalate.app import referrals as app
    from escalate.cli.judged import hidden
    from escalate.cli.views.authority import referrals
    from escalate.domain.authorities import shown

    incident, found = app.listed(session.ledger, session.incident(ref))
    hide = hidden(session, incident, [seq for one in found for seq in shown.seqs(one)], reveal)
    now = session.now()
    session.answer([shown.referral(one, incident, now, hide) for one in found], referrals)


def _public(session: Session, written: Written, one: dict[str, Any]) -> dict[str, Any]:
    """What was just said is shown to whoever said it; what stood there before as to anybody."""
    from escalate.cli.judged import hidden
    from escalate.domain.authorities import shown

    fresh = {entry.seq for entry in written.entries}
    hide = hidden(session, written.incident, [seq for seq in shown.seqs(one) if seq not in fresh], None)
    return shown.referral(one, written.incident, session.now(), lambda seq: seq not in fresh and hide(seq))


def _wrote(session: Session, written: Written, one: dict[str, Any], when: Moment | None) -> None:
    from escalate.cli.views.authority import referral

    session.wrote(written, _public(session, written, one), referral, happened=when)
