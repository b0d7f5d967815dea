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
from escalate.app.verification import verify_store
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
    """`faults` is what `verify` and the database itself find wrong; `numbers` name incidents by id."""

    entries: list
    messages: list
    numbers: dict
    faults: list


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
        with closing(wiring.store) as store:
            found = verify_store(store)
            faults = [f"verify: {found.name_of(one)} #{one.seq} {one.field}: {one.what}" for one in found.bad]
            with store.reading() as look:
                incidents = look.incidents(limit=ALL)
                entries = [entry for one in incidents for entry in look.entries(one.id, limit=ALL)]
                messages = look.messages(limit=ALL)
        if self.file is not None:
            with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
                faults += [
                    f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"
                ]
        return Facts(entries, messages, {one.id: one.ref for one in incidents}, faults)

    def recover(self, receiver_url=None):
        """What a courier does once every lease and pause is over."""
        from escalate.app.delivery import Courier

        for minutes in (10, 80):
            wiring = self.wiring(Later(timedelta(minutes=minutes)))
            with closing(wiring.store):
                courier = Courier(wiring.courier_ledger(), wiring.channel, threads=4)
                courier.run(5.0)
                courier.let_go(1.0)
            if "http" in wiring.__dict__:
                with suppress(Exception):
                    wiring.http.close()


def quietly(place, *words):
    """A command in this process: its exit code, and all it said."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = place.run(*words)
    return code, out.getvalue() + err.getvalue()
