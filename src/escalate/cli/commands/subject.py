"""`subject`: whom an incident is about, by handles; whether somebody was here before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escalate.cli.commands.subject_key import key
from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.app.ledger import Written
    from escalate.cli.views import View


class Subjects(Family):
    """A word that it does not know may be a value: it is not repeated."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise Usage(
                f"`escalate subject` goes on with one of: {', '.join(self.list_commands(ctx))}.",
                hint="A value is never given on the command line: escalate subject seen --type email asks for it.",
            )
        return super().resolve_command(ctx, args)


@click.group("subject", cls=Subjects)
def subject() -> None:
    """Say whom an incident is about, and ask whether they were here before.

    A value (an address, an account, a number) is asked for without being shown and is never kept: a handle such as
    S-7KQ2 stands for it, the same one each time.

    \b
    Example:
      escalate subject seen --type email
      escalate subject add --type account --relation actor
      escalate subject show S-7KQ2
    """


subject.add_command(key)


@subject.command("add", cls=Command)
@click.argument("words", metavar="[REF]", nargs=-1)
@click.option(
    "--type",
    "type_",
    metavar="TYPE",
    help="email, phone, account, name, ip, domain, url, payment, device, hash or other.",
)
@click.option("--relation", metavar="R", help="What it is here: actor, target, reporter or infrastructure.")
@click.option("--from", "source", metavar="FILE", help="Take the value from a file; - reads stdin. Left out: it asks.")
@click.option("--note", metavar="TEXT", default="", help="What is to be said of it, without the value; - reads stdin.")
@click.option("--at", "happened", metavar="T", help="When it was seen; left out: now.")
@pass_session
def add(
    session: Session, words: tuple[str, ...], type_: str | None, relation: str | None, source: str | None, note: str,
    happened: str | None,
) -> None:  # fmt: skip
    """Record that somebody or something was seen in an incident, and whether it was here before.

    \b
    Example:
      escalate subject add --type account --relation actor
      pass show case/7 | escalate subject add INC-7 --type email --relation target --from -
    """
    from escalate.app import subjects
    from escalate.cli import subject_value as given
    from escalate.cli.judged import naming
    from escalate.cli.spoken import moment, stated
    from escalate.cli.views.subject import added

    given.refuse_more(words, 1, "escalate subject add INC-7 --type email --relation actor")
    if note == "-" and source == "-":
        raise Usage("Only one of them can be read from stdin.", hint="Give --from FILE.")
    incident = given.incident(session, words[0] if words else None)
    kind, what = given.kind(session, type_), given.relation(session, relation)
    when = moment(session, happened)
    _have_a_key(session)
    secret = given.secret(session, kind, source)
    said, labels = stated(session, incident, note, what="Note", option="--note", marks="")
    written, data = subjects.add(
        session.ledger, session.wiring.subject_keys, incident, secret, what,
        note=said, labels=labels, at=when.at if when else None,
    )  # fmt: skip
    name_of = naming(session)
    if written.queued:
        session.wrote(written, data, lambda one: added(one, name_of), happened=when)
    else:
        _wrote_quietly(session, written, data, lambda one: added(one, name_of))
    _keys_missing(session, data)


@subject.command("seen", cls=Command)
@click.argument("words", metavar="", nargs=-1)
@click.option(
    "--type",
    "type_",
    metavar="TYPE",
    help="email, phone, account, name, ip, domain, url, payment, device, hash or other.",
)
@click.option("--from", "source", metavar="FILE", help="Take the value from a file; - reads stdin. Left out: it asks.")
@pass_session
def seen(session: Session, words: tuple[str, ...], type_: str | None, source: str | None) -> None:
    """Ask whether somebody or something was here before, in the incidents that you may read.

    It is asked only: nothing is written on any incident that you can see.

    \b
    Example:
      escalate subject seen --type email
      escalate subject seen --type phone --from - --json < FILE
    """
    from escalate.app import subjects
    from escalate.cli import subject_value as given
    from escalate.cli.judged import naming
    from escalate.cli.views.subject import asked

    given.refuse_more(words, 0, "escalate subject seen --type email")
    kind = given.kind(session, type_)
    subjects.refuse_without_key(session.store)
    data = subjects.seen(session.ledger, session.wiring.subject_keys, given.secret(session, kind, source))
    name_of = naming(session)
    try:
        session.answer(data, lambda one: asked(one, name_of))
    finally:
        _deliver_quietly(session)
    _keys_missing(session, data)


@subject.command("show", cls=Command)
@click.argument("words", metavar="HANDLE", nargs=-1, required=True)
@pass_session
def show(session: Session, words: tuple[str, ...]) -> None:
    """Show where a handle was seen and what was decided there. The beginning of a handle will do.

    \b
    Example:
      escalate subject show S-7KQ2
      escalate subject show 7kq
    """
    from escalate.app import subjects
    from escalate.cli import subject_value as given
    from escalate.cli.judged import naming
    from escalate.cli.views.subject import shown

    given.refuse_more(words, 1, "escalate subject show S-7KQ2")
    name_of = naming(session)
    session.answer(subjects.show(session.ledger, words[0]), lambda one: shown(one, name_of))


@subject.command("link", cls=Command)
@click.argument("words", metavar="HANDLE OTHER [REF]", nargs=-1, required=True)
@click.option("--why", metavar="TEXT", help="What they have in common; - reads stdin. Left out: it asks.")
@pass_session
def link(session: Session, words: tuple[str, ...], why: str | None) -> None:
    """Put down that two handles are held to be one subject. It stands on the incident's timeline.

    \b
    Example:
      escalate subject link S-7KQ2 S-M4XD --why "the same bank account in both reports"
    """
    from escalate.app import subjects
    from escalate.cli import subject_value as given
    from escalate.cli.spoken import stated

    given.refuse_more(words, 3, 'escalate subject link S-7KQ2 S-M4XD INC-7 --why "…"')
    if len(words) < 2:
        raise Usage("Two handles are linked.", hint='As: escalate subject link S-7KQ2 S-M4XD --why "…"')
    incident = given.incident(session, words[2] if len(words) > 2 else None)
    said, labels = stated(session, incident, why, what="Why", option="--why", marks="")
    written, data = subjects.link(session.ledger, incident, words[0], words[1], said, labels)
    session.wrote(written, data, lambda one: [f"{one['handle']} is held to be {one['other']}."])


@subject.command("withdraw", cls=Command)
@click.argument("words", metavar="HANDLE [REF]", nargs=-1, required=True)
@click.option("--entry", metavar="SEQ", type=int, help="Which entry, where several say it.")
@click.option("--why", metavar="TEXT", help="What was wrong with it; - reads stdin. Left out: it asks.")
@pass_session
def withdraw(session: Session, words: tuple[str, ...], entry: int | None, why: str | None) -> None:
    """Take back a sighting or a link that was a mistake. The entry stays; the handle is not found there any more.

    \b
    Example:
      escalate subject withdraw S-7KQ2 INC-7 --why "a typing mistake"
    """
    from escalate.app import subjects
    from escalate.cli import subject_value as given
    from escalate.cli.spoken import stated

    given.refuse_more(words, 2, 'escalate subject withdraw S-7KQ2 INC-7 --why "…"')
    incident = given.incident(session, words[1] if len(words) > 1 else None)
    said, _labels = stated(session, incident, why, what="Why", option="--why", marks=None)
    written, data = subjects.withdraw(session.ledger, incident, words[0], said, entry)
    session.wrote(written, data, lambda one: [f"{one['handle']}: #{one['withdrawn']} is withdrawn."])


def _have_a_key(session: Session) -> None:
    """Where there is none yet, a person at a terminal may make it now."""
    with session.store.reading() as look:
        if look.subject_keys():
            return
    if session.interactive and click.confirm(
        "This record has no key for subjects yet. Make one now, in this machine's keyring?", default=True, err=True
    ):
        from escalate.app import subject_keys

        made = subject_keys.make(session.ledger, session.wiring.subject_keys)
        session.say(f"Key {made['id']} is made. Others who share the record need it: escalate subject key export")


def _keys_missing(session: Session, data: dict[str, Any]) -> None:
    if data["missing_keys"]:
        session.say(
            f"NOT ALL WAS SEARCHED: the key {', '.join(data['missing_keys'])} is not on this machine. "
            "Bring it: escalate subject key export where it is, then import here."
        )


def _wrote_quietly(session: Session, written: Written, data: Any, view: Callable[[Any], View]) -> None:
    """A sighting may be told to somebody of whom whoever writes must not learn: what is delivered is not spoken of."""
    try:
        session.stamp(written)
        session.answer(data, view)
    finally:
        _deliver_quietly(session)


def _deliver_quietly(session: Session) -> None:
    """What is due is sent, and nothing said about it, whatever it was."""
    from escalate.cli import aftermath
    from escalate.cli.drivers import make_sure
    from escalate.errors import EscalateError

    if session.wiring.store.shared:
        session.store.wake()  # others send there
        return
    with session.wiring.store.reading() as look:
        if look.next_due(session.now()) is None:
            return
    from escalate.app.delivery import Courier

    wiring = session.wiring
    wiring.timeout = aftermath.IN_COMMAND
    courier = Courier(wiring.courier_ledger(), wiring.channel, log=lambda _line: None, patience=aftermath.GRACE)
    try:
        with courier:
            courier.run(aftermath.IN_COMMAND)
    except EscalateError:
        pass  # it goes on with the next courier
    with session.wiring.store.reading() as look:
        left = look.next_due(session.now())
    if left is not None:
        make_sure(session)
