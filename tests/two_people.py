"""A roster that knows Alice, Bob and Dana by their logins, Carol without one, and whoever writes as them."""

from escalate.app.ledger import Author, Ledger
from escalate.wiring import Wiring
from telling import roster as people

ROSTER = people().replace(
    "[people.alice]\n", '[people.alice]\nlogins = ["ang"]\n'
).replace("[people.bob]\n", '[people.bob]\nlogins = ["bo"]\n').replace("[people.dana]\n", '[people.dana]\nlogins = ["dw"]\n')  # fmt: skip

BOB = Author(actor="bob", person="bob", source="test", origin="desk")
STRANGER = Author(actor="os:guest", person=None, source="test", origin="desk")


def ledger_of(wiring, author=BOB):
    return Ledger(wiring.store, wiring.clock, author, wiring.texts)


def wired_as(environ, clock, author=BOB):
    return Wiring(environ, clock=clock, author=author)
