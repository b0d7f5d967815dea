"""Nine bugs, put into the program from outside, in a process of their own: what torture does not see, it does not test.

`python -m torture.plants NAME WORD…` is the command line with that bug in it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta


def two_transactions():
    """The entry is on disk before what it owes."""
    from escalate.app.ledger import Record

    owe = Record._owe

    def apart(self, incident, entry, event):
        if shared := getattr(self.tx, "_server", None):
            self.tx.flush()
        connection = shared or self.tx._connection
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        return owe(self, incident, entry, event)

    Record._owe = apart


def sent_before_sending():
    from escalate.app.crew import Crew
    from escalate.app.delivery import Outcome
    from escalate.app.ports import Taken

    take = Crew.take

    def early(self, parcel, roster):
        courier = self._send.__self__
        courier._settled([Outcome(**parcel.__dict__, taken=Taken())])
        take(self, parcel, roster)

    Crew.take = early


def new_key_per_attempt():
    from uuid import uuid4

    from escalate.adapters.channels.webhook import Webhook

    send = Webhook.send
    Webhook.send = lambda self, message: send(self, message.but(id=str(uuid4())))


def lease_that_never_ends():
    from escalate.app import delivery

    delivery.LEASE = timedelta(days=36500)


def head_read_outside_the_lock():
    """The state is looked up before the lock is had."""
    from escalate.app.ledger import Ledger, Record

    @contextmanager
    def hasty(self):
        with self.store.reading() as look:
            seen = {one.id: one for one in look.incidents(limit=1000)}
        with self.store.writing() as tx:
            record = Record(tx, self.author, self.texts)
            at_once, record.incident = record.incident, lambda id_: seen.pop(id_, None) or at_once(id_)
            yield record

    Ledger.writing = hasty


def success_before_the_commit():
    from escalate.app.ledger import Record

    append = Record.append

    def boastful(self, *given, **more):
        written = append(self, *given, **more)
        if not self._author.actor.startswith("courier:"):
            last = written.entries[-1]
            sys.stdout.write(f"{written.incident.name} #{last.seq} {last.recorded_at[11:19]}Z\n")
            sys.stdout.flush()
        return written

    Record.append = boastful


def error_taken_for_sent():
    from escalate.adapters.channels.webhook import Webhook
    from escalate.app.ports import Taken
    from escalate.errors import EscalateError

    send = Webhook.send

    def hopeful(self, message):
        try:
            return send(self, message)
        except EscalateError:
            return Taken()

    Webhook.send = hopeful


def _prepared(*pragmas):
    from escalate.adapters.store import sqlite

    def prepare(connection):
        connection.execute(f"PRAGMA busy_timeout = {sqlite.READERS}")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").fetchone()

    sqlite._prepare = prepare


def synchronous_off():
    """And what is the same on a server: it says that it is recorded, and writes it down later."""
    from escalate.adapters.store import postgres

    greet = postgres.greet

    def carefree(connection, *about):
        found = greet(connection, *about)
        connection.execute("SET synchronous_commit = off")
        return found

    postgres.greet = carefree
    _prepared("synchronous = OFF")


def synchronous_normal_in_wal():
    _prepared("journal_mode = WAL", "synchronous = NORMAL")


PLANTS = {
    name.replace("_", "-"): bug
    for name, bug in {
        "two_transactions": two_transactions,
        "sent_before_sending": sent_before_sending,
        "new_key_per_attempt": new_key_per_attempt,
        "lease_that_never_ends": lease_that_never_ends,
        "head_read_outside_the_lock": head_read_outside_the_lock,
        "success_before_the_commit": success_before_the_commit,
        "error_taken_for_sent": error_taken_for_sent,
        "synchronous_off": synchronous_off,
        "synchronous_normal_in_wal": synchronous_normal_in_wal,
    }.items()
}


def program(plant=None, *, soon=False):
    """What stands before the words of a command line; `soon`: one that does not wait long for a server to come back."""
    if plant:
        return [sys.executable, "-m", "torture.plants", plant]
    return [sys.executable, "-m", "torture.hurry" if soon else "escalate"]


if __name__ == "__main__":
    from escalate.__main__ import start
    from torture.hurry import give_up_soon

    give_up_soon()
    PLANTS[sys.argv.pop(1)]()
    start()
