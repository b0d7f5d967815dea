"""The line to a server, which breaks at whatever the client says as its Nth word, in one of several ways."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import postgres

BEFORE, TORN, AFTER, FOR_GOOD = "cut before", "cut in the middle of", "cut after", "cut for good before"
"""What the client says does not arrive; half of it does; all of it, but no answer comes back; none, and the line stays down."""

HELD = "held before"
"""The line stays whole, and somebody else comes first, unless they wait for whoever is held."""

COMMIT, BEGIN = b"Q\0\0\0\x0bCOMMIT\0", b"READ WRITE"

ANSWERED = 0.2
"""Seconds for a server to do what it was told, where it does not answer."""

LINGERS = 5.0
"""Seconds for a server to notice that nobody is there any more."""


class Door:
    def __init__(self, url):
        from psycopg.conninfo import conninfo_to_dict

        known = conninfo_to_dict(url)
        host, port = known.get("host", "localhost"), int(known.get("port", 5432))
        self._target = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.said: list[bytes] = []
        self._when, self._how, self._shut = 0, "", False
        self.meanwhile = lambda: None
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, given):
        """That of a database, by way of here."""
        from psycopg.conninfo import conninfo_to_dict

        more = {"host": "127.0.0.1", "port": self._listener.getsockname()[1], "sslmode": "disable"}
        return postgres.url(**{**conninfo_to_dict(given), **more})

    def cut(self, when=0, how=""):
        """From now on: the line is whole, and breaks at that word; never at 0. `said` is of each word what it was, if it decides."""
        with self._lock:
            self._when, self._how, self._shut = when, how, False
            self.said = []

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError):
            if self._shut:
                return
            with self._reached() as server:
                deaf, heard = threading.Event(), threading.Event()
                answers = threading.Thread(target=_answers, args=(server, client, deaf, heard), daemon=True)
                answers.start()
                try:
                    self._pass_on(client, server, deaf, heard)
                finally:
                    deaf.set()
                    _hang_up(client)
                    _hang_up(server, socket.SHUT_WR)  # it hears what was said before that
                    answers.join(LINGERS)

    def _pass_on(self, client, server, deaf, heard):
        for word in _words(client):
            how = self._how_it_breaks(word)
            if how == HELD:
                self.meanwhile()
                how = ""
            if how == AFTER:
                deaf.set()
            server.sendall({"": word, AFTER: word, TORN: word[: len(word) // 2]}.get(how, b""))
            if how == AFTER:
                heard.wait(ANSWERED)
            if how:
                return

    def _reached(self):
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        made = socket.socket(socket.AF_UNIX)
        made.connect(self._target)
        return made

    def _how_it_breaks(self, word):
        with self._lock:
            self.said.append(next((known for known in (COMMIT, BEGIN) if known in word), b""))
            if len(self.said) != self._when:
                return ""
            self._shut = self._how == FOR_GOOD
            return self._how


def _answers(server, client, deaf, heard):
    """Pass on what the server says, until nobody is to hear of it."""
    with suppress(OSError):
        while data := server.recv(65536):
            if deaf.is_set():
                heard.set()
            else:
                client.sendall(data)
    _hang_up(client)


def _words(client):
    """What a client says, as PostgreSQL's protocol divides it: a letter and a length, but for the first."""
    rest, kind = b"", 0
    while data := client.recv(65536):
        rest += data
        while len(rest) >= kind + 4 and len(rest) >= (size := kind + int.from_bytes(rest[kind : kind + 4], "big")):
            yield rest[:size]
            rest, kind = rest[size:], 1


def _hang_up(one, how=socket.SHUT_RDWR):
    with suppress(OSError):
        one.shutdown(how)
