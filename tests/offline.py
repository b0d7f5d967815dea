"""A laptop beside a shared record: what it remembers, what it keeps, and a line between the two that can be cut."""

import os
import signal
import socket
import threading
from contextlib import contextmanager, suppress

from escalate.app.delivery import Courier
from escalate.app.ledger import Author, Ledger
from escalate.app.syncing import sync
from escalate.app.verification import verify_store
from escalate.errors import Unreachable
from escalate.wiring.offline import Offline
from telling import Lines

ADDRESS = "postgresql://ang@db.example.org/team"

ALICE = Author(actor="alice", person="alice", source="test", origin="laptop")


class Laptop:
    """`wiring` is that of the shared record. Nothing here reaches it but by `remember` and `sync`."""

    def __init__(self, wiring, folder, clock, *, login="ang", author=ALICE, address=ADDRESS):
        self.wiring, self.login, self.author, self.clock = wiring, login, author, clock
        self.offline = Offline(str(folder), address, {}, clock, "laptop")

    def remember(self):
        self.offline.remember(self.wiring.store, self.author, self.login)
        self.close()
        return self

    def close(self):
        self.offline.close()
        self.offline.__dict__.pop("spool", None)

    @property
    def spool(self):
        return self.offline.spool

    @property
    def ledger(self):
        return Ledger(self.spool, self.clock, self.author, self.wiring.texts)

    @property
    def there(self):
        return Ledger(self.wiring.store, self.wiring.clock, self.wiring.author, self.wiring.texts)

    def deliver(self, lines):
        return Courier(self.ledger, Lines(lines), threads=2).run(1.0)

    def sync(self):
        return sync(self.spool, self.there)

    @property
    def waiting(self):
        return self.offline.waiting

    def id_of(self, ref):
        with self.spool.reading() as look:
            [found] = look.ids(ref)
        return found

    def kinds(self, incident):
        with self.spool.reading() as look:
            return [entry.kind for entry in look.entries(incident)]


def entries(wiring, incident):
    with wiring.store.reading() as look:
        return look.entries(incident)


def marks(wiring, incident):
    """(mark, why, the kind it is about) in order."""
    found = entries(wiring, incident)
    by_id = {entry.id: entry.kind for entry in found}
    return [
        (entry.event.mark, entry.event.why, by_id[entry.event.entry])
        for entry in found
        if entry.kind == "entry.flagged"
    ]


def faults(wiring):
    return [(fault.field, fault.what) for fault in verify_store(wiring.store).bad]


class Cut:
    """A store with a line to it; `after` says how many more times it can be begun with (None: as often as one likes)."""

    shared = True

    def __init__(self, store):
        self._store, self.after = store, None

    def _pull(self):
        if self.after is not None:
            if self.after <= 0:
                raise Unreachable("The record at db.example.org cannot be reached: the connection was lost.")
            self.after -= 1

    def connection(self):
        if self.after is not None and self.after <= 0:
            self._pull()
        return self._store.connection()

    @contextmanager
    def reading(self):
        self._pull()
        with self._store.reading() as look:
            yield look

    @contextmanager
    def writing(self):
        self._pull()
        with self._store.writing() as tx:
            yield tx

    def close(self):
        self._store.close()


def in_a_child(act):
    """Run it in a process of its own; the signal that ended it, 0 where it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        except BaseException:
            os._exit(3)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def kill_at(number):
    """Die at that statement of this process, of whatever store; a commit counts before and after it is done."""
    from escalate.adapters.store.pg_writing import PgLook
    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.store.writing import Look

    count = [0]

    def tick():
        count[0] += 1
        if count[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(whole):
        def run(self, query, **values):
            tick()
            return whole(self, query, **values)

        return run

    for of in (Look, PgLook):
        for name in ("run", "first"):
            setattr(of, name, counted(of.__dict__[name]))

    class Dying:
        def __init__(self, connection):
            self._connection = connection

        def execute(self, words, *values):
            if words == "COMMIT":
                tick()
            found = self._connection.execute(words, *values)
            if words == "COMMIT":
                tick()
            return found

        def __getattr__(self, name):
            return getattr(self._connection, name)

    for of in (SqliteStore, PostgresStore):
        whole = of.connection
        of.connection = lambda self, _whole=whole, **more: Dying(_whole(self, **more))


class Cable:
    """From a port of this machine to the server. While it does not flow, nothing comes through and nobody hangs up."""

    def __init__(self, known):
        self._known, self._open, self.port = known, [], 0
        self.flows = threading.Event()
        self.flows.set()
        self.mend()

    def mend(self):
        self._door = socket.socket()
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._door.bind(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        self._door.listen(50)
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def _serve(self, door):
        while True:
            try:
                near, _address = door.accept()
            except OSError:
                return
            far = self._server()
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _server(self):
        host, port = self._known.get("host", "localhost"), self._known.get("port") or "5432"
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    def _carry(self, one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                self.flows.wait()
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self):
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()
