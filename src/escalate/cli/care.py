"""After a text was revealed: say when it has been many, and who could take over. Nobody is kept from anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.text.many import many

if TYPE_CHECKING:
    from escalate.cli.session import Session


def offered(session: Session) -> None:
    from escalate.app.care import offer

    found = offer(session.store, session.ledger.author, session.now())
    if found is None:
        return
    session.say(
        f"You have looked at masked texts {many(found.count, 'time')} in 24 hours; {found.most} are meant to be enough."
    )
    for one in found.reliefs:
        if one.person is None or one.until is None:
            session.say(f"Nobody follows you on {one.schedule}; ask your lead for somebody.")
            continue
        me = session.ledger.author.person
        session.say(
            f"{one.person} is next on {one.schedule} and can take over now: escalate oncall override add {one.schedule} "
            f"--replace {me} --with {one.person} --from now --to {one.until:%Y-%m-%dT%H:%MZ}"
        )
    for there in found.on_call:
        _, _, name = there.target.partition(":")
        if there.people:
            session.say(
                f"On call on {name} now: {', '.join(there.people)}. They can go on: escalate assign lead "
                f"{there.people[0]}, or escalate page {there.target}"
            )
        else:
            session.say(f"Nobody else is on call on {name} now.")
    if not found.reliefs and not any(there.people for there in found.on_call):
        session.say("Somebody else can go on: escalate assign lead PERSON, or escalate page TARGET")
