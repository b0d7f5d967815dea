"""A record to torture, wherever its store is, and what stands in it afterwards."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from escalate.app.ledger import Author
from escalate.app.roster import apply
from escalate.app.verification import verify_incident, verify_store
from escalate.wiring import Wiring

ROSTER = """
[channels.hook]
kind = "webhook"
url = "{url}"
secret = "secret:hook"

[people.alice]
name = "Alice Ng"
zone = "Europe/London"
reach = [{{ via = "hook", after = "0m" }}]

[people.bob]
name = "Bob Okoro"
zone = "Europe/Berlin"
reach = [{{ via = "hook", after = "0m" }}]

[people.carol]
name = "Carol Reyes"
zone = "America/Los_Angeles"
reach = [{{ via = "hook", after = "0m" }}]

[teams.crew]
name = "Crew"
people = ["bob"]

[policies.critical]
repeat = 0
fallback = "person:carol"

[[policies.critical.steps]]
wait = "10s"
targets = ["person:alice"]

[[policies.critical.steps]]
wait = "10s"
targets = ["person:bob"]
"""

ALL = 1_000_000

PATHS = os.pathsep.join(str(Path(__file__).resolve().parents[up] / name) for up, name in ((1, ""), (2, "src")))


class Later:
    """A clock that is ahead of the wall's: leases and pauses are over."""

    def __init__(self, ahead=timedelta(0)):
        self._ahead = ahead

    def now(self):
        return datetime.now(UTC) + self._ahead

    def real(self, seconds):
        return 0.0


class Facts(NamedTuple):
    """`faults` is what `verify` and the database itself find wrong; `numbers` name incidents by id; `kept` is what this
    machine wrote down while the record could not be reached, and `waiting` what of it has not come in.
    """

    entries: list
    messages: list
    numbers: dict
    faults: list
    kept: Facts | None = None
    waiting: str = ""

    @property
    def places(self):
        return [self, self.kept] if self.kept else [self]

    @property
    def all_entries(self):
        """Each once: it keeps its id when it comes in."""
        return {entry.id: entry for one in reversed(self.places) for entry in one.entries}.values()

    @property
    def all_messages(self):
        """By key, as the record knows them where it does."""
        return {message.id: message for one in reversed(self.places) for message in one.messages}

    @property
    def stamps(self):
        """(incident, seq) of each entry, by every name that an incident had."""
        return {
            (name, entry.seq)
            for one in self.places
            for entry in one.entries
            for name in (one.numbers[entry.incident], f"OFF-{entry.incident[:4].upper()}")
        }


class Place:
    """`database` is the URL of a store, or empty for a file in `home`; `keeper` the URL of who may apply a roster there."""

    def __init__(self, home, database="", keeper=""):
        self.home, self.database, self._keeper = Path(home), database, keeper or database
        self.environ = {
            "ESCALATE_HOME": str(home),
            "HOME": str(home),
            "ESCALATE_COURIER": "off",
            "ESCALATE_SECRET_HOOK": "only-for-the-test",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": PATHS,
            "TZ": "UTC",
            "PATH": os.environ["PATH"],
            **({"ESCALATE_DATABASE": database} if database else {}),
        }

    @property
    def file(self):
        return None if self.database else self.home / "record.db"

    def wiring(self, clock=None, database=""):
        environ = {**self.environ, "ESCALATE_DATABASE": database} if database else self.environ
        author = None if self.database else Author(actor="os:tester", source="test", origin="desk")
        return Wiring(environ, clock=clock, author=author)

    def make(self, url, wait=None):
        """A record with a roster whose steps wait so many seconds, which is shorter than a file may say."""
        wiring = self.wiring(database=self._keeper)
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        roster = self.home / "roster.toml"
        roster.write_text(ROSTER.format(url=url))
        roster.with_name("other.toml").write_text(ROSTER.format(url=url).replace("Ng", "Ng-Reyes"))
        with closing(wiring.store):
            if not self.database:
                wiring.store.create()
            checked = wiring.read_roster([roster])
            for step in checked.roster["policies"]["critical"]["steps"]:
                step["wait"] = wait or step["wait"]
            apply(wiring.ledger, checked)
        return self

    def run(self, *words, clock=None):
        """A command in this process; its exit code."""
        from escalate.cli.main import main

        wiring = self.wiring(clock)
        try:
            return main([*words], wiring)
        finally:
            if "store" in wiring.__dict__:
                wiring.store.close()

    def facts(self):
        wiring = self.wiring()
        with closing(wiring.store if self.file else wiring.shared.store) as store:
            found = verify_store(store)
            faults = [f"verify: {found.name_of(one)} #{one.seq} {one.field}: {one.what}" for one in found.bad]
            entries, messages, numbers = _all(store)
        if self.file is not None:
            return Facts(entries, messages, numbers, [*faults, *_integrity(self.file)])
        offline = wiring.line.offline
        with closing(offline):
            if not offline.is_there:
                return Facts(entries, messages, numbers, faults)
            return Facts(entries, messages, numbers, faults, *_kept(offline))

    def recover(self, ahead=(10, 80)):
        """What a courier does once every lease and pause is over, so many minutes from now."""
        from escalate.app.delivery import Courier

        for minutes in ahead:
            wiring = self.wiring(Later(timedelta(minutes=minutes)))
            with closing(wiring.store):
                courier = Courier(wiring.courier_ledger(), wiring.channel, threads=4)
                courier.run(5.0)
                courier.let_go(1.0)
            if "http" in wiring.__dict__:
                with suppress(Exception):
                    wiring.http.close()


def _all(store):
    with store.reading() as look:
        incidents = look.incidents(limit=ALL)
        entries = [entry for one in incidents for entry in look.entries(one.id, limit=ALL)]
        return entries, look.messages(limit=ALL), {one.id: one.ref for one in incidents}


def _kept(offline):
    """What lies on this machine, and what of it has not come in."""
    entries, messages, numbers = _all(offline.spool)
    faults = [
        f"on this machine: {numbers[id_]} #{one.seq} {one.field}: {one.what}"
        for id_ in dict.fromkeys(entry.incident for entry in entries)
        for one in verify_incident(offline.spool, id_).bad
        if one.field != "number"  # it is given when it comes in
    ]
    kept = Facts(entries, messages, numbers, [*faults, *_integrity(offline.path)])
    return kept, offline.waiting.said if offline.waiting.any else ""


def _integrity(path):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]


def quietly(place, *words):
    """A command in this process: its exit code, and all it said."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = place.run(*words)
    return code, out.getvalue() + err.getvalue()
