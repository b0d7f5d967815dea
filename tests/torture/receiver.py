"""The other side of a webhook, on loopback: it answers, refuses, asks for patience, hangs, or hangs up after reading."""

from __future__ import annotations

import json
import random
import socket
import threading
from contextlib import suppress
from typing import NamedTuple

TAKEN, FAILED, BUSY, DROPPED, CUT, HANGING = "200", "500", "429", "dropped", "cut", "hanging"

BAD_DAY = {TAKEN: 10, FAILED: 3, BUSY: 2, DROPPED: 3, CUT: 1, HANGING: 1}
GOOD_DAY = {TAKEN: 1}

LONGEST = 5.0
"""Seconds after which a connection is given up, whatever happens: nothing here lasts for ever."""

WORDS = {
    TAKEN: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    FAILED: b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    BUSY: b"HTTP/1.1 429 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    CUT: b"HTTP/1.1 200 OK\r\nContent-Le",
}


class Got(NamedTuple):
    """One request that was read to its end, noted before it was answered."""

    key: str
    body: dict
    answer: str


class Receiver:
    def __init__(self, answers=GOOD_DAY, seed=1):
        self.got: list[Got] = []
        self._answers, self._random = answers, random.Random(seed)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._hung = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/hook"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._over.set()
        self._hung.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(LONGEST)

    def behave(self):
        """From now on everything is taken, and what hangs is hung up on."""
        with self._lock:
            self._answers = GOOD_DAY
        self._hung.set()

    @property
    def keys(self):
        with self._lock:
            return [one.key for one in self.got]

    def _accept(self):
        while not self._over.is_set():
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, suppress(OSError):
            connection.settimeout(LONGEST)
            if (request := _read(connection)) is None:
                return  # whoever sent it was killed before the end of it
            key, body = request
            with self._lock:
                answer = self._random.choices([*self._answers], [*self._answers.values()])[0]
                self.got.append(Got(key, body, answer))
            if answer == HANGING:
                self._hung.wait(LONGEST)
            connection.sendall(WORDS.get(answer, b""))


def _read(connection):
    raw = b""
    while b"\r\n\r\n" not in raw:
        if not (more := connection.recv(65536)):
            return None
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    while len(body) < int(headers.get("content-length", 0)):
        if not (more := connection.recv(65536)):
            return None
        body += more
    return headers["idempotency-key"], json.loads(body)
