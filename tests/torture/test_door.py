"""The line that breaks at a chosen word, and what of a command's calls is counted."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from queue import Queue

import pytest

from torture.door import AFTER, BEFORE, COMMIT, FOR_GOOD, TORN, Door
from torture.faults import numbered

HELLO = b"\0\0\0\x08abcd"
WORD = b"Q\0\0\0\x06x\0"


@pytest.fixture
def heard():
    """What arrived at a server that answers whatever it hears with `ok`, of each connection when it was over."""
    return Queue()


@pytest.fixture
def door(heard):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client):
        found = b""
        with client, suppress(OSError):
            while data := client.recv(100):
                found += data
                client.sendall(b"ok")
        heard.put(found)

    def accept():
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    made = Door(f"postgresql://a@127.0.0.1:{listener.getsockname()[1]}/x")
    yield made
    made.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def spoken(door, *words):
    """The answers to words, each said when the one before it was answered; None where the line had gone."""
    port = int(door.url("postgresql://a@db.example.org/x").partition("127.0.0.1:")[2].partition("/")[0])
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        for word in words:
            try:
                client.sendall(word)
                answers.append(client.recv(100) or None)
            except OSError:
                answers.append(None)
    return answers


def test_a_whole_line_passes_on_what_is_said(door, heard):
    assert spoken(door, HELLO, WORD, COMMIT) == [b"ok"] * 3
    assert heard.get(timeout=5) == HELLO + WORD + COMMIT
    assert door.said == [b"", b"", COMMIT]


@pytest.mark.parametrize(
    ("how", "arrives"),
    [(BEFORE, HELLO), (TORN, HELLO + WORD[:3]), (AFTER, HELLO + WORD), (FOR_GOOD, HELLO)],
    ids=[BEFORE, TORN, AFTER, FOR_GOOD],
)
def test_a_line_breaks_at_a_word(door, heard, how, arrives):
    door.cut(2, how)

    assert spoken(door, HELLO, WORD, WORD) == [b"ok", None, None]
    assert heard.get(timeout=5) == arrives
    assert spoken(door, HELLO) == [None if how == FOR_GOOD else b"ok"]

    door.cut()
    assert spoken(door, HELLO) == [b"ok"]


def test_calls_are_counted_for_each_thread_and_what_decides_is_known():
    log = [
        '7 connect(3, {sun_path="/var/run/nscd/socket"}, 110) = -1',
        "7 connect(3, {sun_port=1}) = 0",
        '7 sendto(3, "Q\\0\\0\\0\\10BEGIN\\0", 9) = 9',
        '8 sendto(5, "POST", 4) = 4',
        '7 sendto(3, "Q\\0\\0\\0\\vCOMMIT\\0", 12) = 12',
        "7 poll([{fd=3}], 1) = 1",
        "7 poll([{fd=3}], 1) = 1",
    ]
    assert dict(numbered(log)) == {
        "connect": {2: False},
        "sendto": {1: False, 2: True},
        "poll": {1: True, 2: False},
    }
