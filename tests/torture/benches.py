"""Records as they are before a command, a copy of one for each case: files, or databases of a server."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import defaultdict
from contextlib import closing, suppress
from itertools import count

import postgres
from escalate.app.incidents import note
from escalate.app.paging import page
from escalate.errors import Conflict
from torture.door import Door
from torture.invariants import Ran
from torture.plants import program
from torture.record import Place, quietly

KILL = "signal=KILL"

WRITES = {
    "pwrite64": (KILL, "error=EIO", "error=ENOSPC"),
    "write": (KILL, "error=EIO", "error=ENOSPC"),
    "fdatasync": (KILL, "error=EIO"),
    "fsync": (KILL, "error=EIO"),
    "ftruncate": (KILL, "error=EIO"),
    "unlink": (KILL, "error=EIO"),
    "rename": (KILL, "error=EIO"),
    "openat": (KILL, "error=EACCES"),
    "flock": (KILL, "error=ENOLCK"),
    "pread64": ("error=EIO",),
}
"""On the files of the record and the answer. To be killed at a read is to be killed between two writes."""

SENDS = {
    "connect": (KILL, "error=ECONNREFUSED", "error=ETIMEDOUT"),
    "sendto": (KILL, "error=ECONNRESET"),
    "recvfrom": (KILL, "error=ECONNRESET"),
}

BY_SOCKET = {
    "connect": (KILL, "error=ECONNREFUSED", "error=ETIMEDOUT"),
    "sendto": (KILL,),
    "poll": (KILL,),
    "recvfrom": (KILL, "error=ECONNRESET"),
}
"""To a server. Whoever waits for its answer is killed in `poll`, whether it has done by then what it was told or not. A call
that fails while the line is whole is no line that breaks, and a client would wait for ever: for that there is the door.
"""

NOWHERE = {"PGHOSTADDR": "255.255.255.255"}
"""Nobody is there, and that is known at once: so the server cannot be reached, and everybody else can."""


class Files:
    """Records that are files. `sent` and `ran` are what was sent and run before a command, by what it finds."""

    calls = (WRITES, SENDS)
    door = None

    def __init__(self, folder, receiver):
        self._folder, self._receiver = folder, receiver
        self._made, self.sent, self.ran = {}, {}, defaultdict(list)
        self._numbers = count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def place(self, command):
        """A copy of what there is before that command."""
        if command.before not in self._made:
            since = len(self._receiver.got)
            self._made[command.before] = self._prepared(command.before)
            self.sent[command.before] = self._receiver.got[since:]
        home = self._folder / f"case-{next(self._numbers)}"
        shutil.copytree(self._made[command.before].home, home)
        return self._copy(home, command.before)

    def put_away(self, place):
        shutil.rmtree(place.home)

    def files(self, place):
        """Of which calls are counted."""
        return [place.home / name for name in ("record.db", "record.db-journal", "record.db-wal", "record.db.lock")]

    def folders(self, place):
        return [place.home]

    def environ(self, place, _command):
        return place.environ

    def recover(self, place):
        place.recover()

    def settle(self, _place):
        """Nothing goes on in a file once whoever did it has gone."""

    def _prepared(self, before):
        place = Place(self._folder / before)
        if before == "empty":
            place.home.mkdir()
            return place
        return _begun(place, self._receiver.url, before)

    def _copy(self, home, _before):
        return Place(home)


class Databases(Files):
    """Records in databases of one server, by one name one after another: what a machine keeps, it keeps by that name."""

    calls = (WRITES, BY_SOCKET)

    def __enter__(self):
        self._server = postgres.server()
        import psycopg

        self._empty = postgres.database()
        self._name = f"{self._empty.name}_case"
        self.door = Door(self._server.url)
        self._keeper = psycopg.connect(self._server.url_of("postgres"), autocommit=True)
        return self

    def __exit__(self, *_error):
        self.door.close()
        for name in (self._name, *(f"{self._name}_{before}" for before in self._made)):
            self._keeper.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._keeper.close()
        self._empty.close()

    def files(self, place):
        from escalate.wiring.offline import Offline

        kept = Offline(str(place.home), place.database, {}, None, "")
        return [*(f"{kept.path}{more}" for more in ("", "-journal", ".lock")), kept.known_path]

    def folders(self, place):
        return [place.home / "spool"]

    def environ(self, place, command):
        return place.environ | NOWHERE if command.down else place.environ

    def recover(self, place):
        """What was kept comes in, and is sent once every lease and pause is over: the server goes by no clock but its own, so
        what is awaited comes nearer.
        """
        quietly(place, "sync")
        sooner(self._server.url_of(self._name))
        place.recover(ahead=(0,))

    def write(self, place):
        """Somebody else does, directly, on the first incident there is."""
        wiring = Place(place.home / "other", postgres.Database(self._server, self._name).url("alice")).wiring()
        with closing(wiring.store), suppress(Conflict):  # who was held is done, or was killed
            with wiring.store.reading() as look:
                incidents = look.incidents()
            if incidents:
                note(wiring.ledger, incidents[-1].id, "mark-between")

    def settle(self, _place):
        """A server may still be at what it was asked for by somebody who was killed."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            [busy] = self._keeper.execute(STILL_BUSY, [self._name]).fetchone()
            if not busy:
                return
            time.sleep(0.01)

    def _prepared(self, before):
        place = self._place(self._folder / before, before)
        if before == "empty":
            self._anew("template0")
            place.home.mkdir()
        else:
            self._anew(self._empty.name)
            _begun(place, self._receiver.url, before)
            if before == "waiting":
                self._kept(place)
            self.settle(place)
        self._keeper.execute(f'ALTER DATABASE "{self._name}" RENAME TO "{self._name}_{before}"')
        return place

    def _kept(self, place):
        """While the server cannot be reached."""
        for words in KEPT:
            done = subprocess.run(
                [*program(), *words], env=place.environ | NOWHERE, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            marker = words[1] if words[1].startswith("mark-") else ""
            self.ran["waiting"].append(Ran(words[0], marker, done.returncode, done.stdout, done.stderr))
            assert self.ran["waiting"][-1].done, done

    def _copy(self, home, before):
        self._anew(f"{self._name}_{before}")
        return self._place(home, before)

    def _place(self, home, before):
        database = postgres.Database(self._server, self._name)
        if before == "empty":
            return Place(home, self.door.url(database.url()))
        return Place(home, self.door.url(database.url("sender")), database.url("keeper"))

    def _anew(self, template):
        self._keeper.execute(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        with postgres.alone("template"):
            self._keeper.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{template}"')


KEPT = (
    ("log", "mark-kept", "-i", "INC-1"),
    ("open", "mark-opened-away", "--quiet-open"),
    ("page", "person:bob", "-i", "INC-1"),
)

STILL_BUSY = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"

SOONER = """
UPDATE escalate.messages
   SET due_at = escalate.instant(due_at::timestamptz - interval '80 minutes'),
       leased_until = escalate.instant(leased_until::timestamptz - interval '80 minutes')
 WHERE state IN ('queued', 'sending', 'unknown')
"""


def sooner(url):
    """Every lease and pause is over, also by a clock that nobody here can put forward. `url` is for a superuser."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(SOONER)


def _begun(place, url, before):
    place.make(url)
    quietly(place, "open", "A title", "--quiet-open")
    if before == "owing":
        wiring = place.wiring()
        with closing(wiring.store) as store:
            with store.reading() as look:
                [incident] = look.incidents()
            page(wiring.ledger, incident.id, ("policy:critical",))
        quietly(place, "list")  # and what a machine is to know of it, it knows
    return place
