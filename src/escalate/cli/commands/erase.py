"""`erase`: take somebody's words out of the record for good. One person asks, another does it."""

from __future__ import annotations

from typing import Any

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session


@click.command(cls=Command)
@click.argument("entry")
@click.argument("ref", required=False)
@click.option(
    "--why", metavar="TEXT", help="Why it must go; `-` reads it from stdin. Left out: it asks. Do not repeat the words."
)
@click.option("--confirm", is_flag=True, help="Be the second person: erase what somebody else asked for.")
@pass_session
def erase(session: Session, entry: str, ref: str | None, why: str | None, *, confirm: bool) -> None:
    """Erase the words of an entry, for good: from the timeline, the search index, and the messages that repeat them.

    Who wrote it, when, of what kind and its digest stay, and so does what nobody typed: the record still verifies. Nobody
    erases alone, and nothing is erased while a hold stands. Copies elsewhere are yours to find: documents and exports
    that were made, messages that were sent, backups, and what the disk keeps of freed blocks.

    \b
    Example:
      escalate erase 14 INC-7 --why "names somebody who has nothing to do with it"
      escalate erase 14 INC-7 --confirm
    """
    from escalate.app import erasing as app
    from escalate.cli.spoken import stated

    id_ = session.incident(ref)
    if confirm:
        words, _ = stated(session, id_, why or "", what="Why", option="--why", marks=None)
        written, _approval = app.confirm(session.ledger, id_, entry, words)
        _erased(session, written)
        return
    words, labels = stated(session, id_, why, what="Why", option="--why", marks="")
    done, beside = app.ask(session.ledger, id_, entry, words, labels=labels)
    from escalate.cli.judged import naming, second, shown
    from escalate.cli.views.decision import approval as view

    asked = shown(done, hide=done.written.incident.sensitive)
    data = {"ref": done.written.incident.ref, "erased": False, "approval": asked, "beside": beside}
    session.wrote(done.written, data, lambda _data: view(asked or {}, naming(session)))
    if beside:
        numbers = ", ".join(f"#{seq}" for seq in beside)
        correct = (
            "corrects it, in words of its own; that" if len(beside) == 1 else "correct it, in words of their own; each"
        )
        session.say(f"Note: {numbers} {correct} is erased by itself.")
    second(session, done, what="Nothing was erased yet.")


def _erased(session: Session, written: Any) -> None:
    [event] = [entry.event for entry in written.entries if entry.kind == "entry.erased"]
    data = {"ref": written.incident.ref, "erased": True, "entry": event.entry, "approval": None, "beside": []}
    session.wrote(written, data, lambda _data: [("Erased, for good.", "bold")])
    session.say(
        "Copies elsewhere are not: documents and exports that were made, messages that were sent, backups, freed blocks "
        "of the disk."
    )
