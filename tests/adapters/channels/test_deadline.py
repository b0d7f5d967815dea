"""An attempt ends soon, however slowly the other side drips, and wherever in its answer it does."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import closing, suppress

import httpx  # noqa: F401  (what is imported here takes no time of an attempt)
import jira  # noqa: F401
import pytest
import slack_sdk  # noqa: F401

from escalate.errors import Unreachable

TIMEOUT = 0.15
PAUSE = 0.04
"""Shorter than the time-out: no read ever runs out."""

SOON = 3.0
"""Each of the answers would take much longer."""

HEAD = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200
BODY = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n{"ok": true, "issues": []'
    + b" " * 270
)
GREETING = b"220 " + b"a" * 200


class Drip:
    """Answers each request with `words`, a byte at a time after `at_once` of them, and ends when it is hung up on."""

    def __init__(self, words, at_once=0, *, context=None, greets=False):
        self._words, self._at_once, self._context, self._greets = words, at_once, context, greets
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.hung_up = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(line,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, line):
        if self._context is not None:
            line = self._context.wrap_socket(line, server_side=True)
        with suppress(OSError), closing(line):
            if not self._greets:
                line.recv(65536)
            line.sendall(self._words[: self._at_once])
            for byte in self._words[self._at_once :]:
                time.sleep(PAUSE)
                line.sendall(bytes([byte]))
        self.hung_up.set()

    def end(self):
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def drip():
    made = []

    def make(*given, **more):
        made.append(Drip(*given, **more))
        return made[-1]

    yield make
    for one in made:
        one.end()


def attempt(channel, message):
    """What it ended with, after how many seconds."""
    began = time.monotonic()
    try:
        channel.send(message)
    except Unreachable as error:
        return error, time.monotonic() - began
    return None, time.monotonic() - began


@pytest.mark.parametrize(
    ("kind", "unknown"), [("webhook", True), ("pagerduty", True), ("slack", True), ("jira", False)]
)
def test_headers_that_drip_are_no_answer(drip, channel, message, kind, unknown):
    other = drip(HEAD)

    error, took = attempt(channel(kind, f"http://{other.at}", timeout=TIMEOUT), message())

    assert error.message == "desk did not answer in time"
    assert (type(error), error.unknown) == (Unreachable, unknown)
    assert took < SOON
    assert other.hung_up.wait(2), "the line is cut"


@pytest.mark.parametrize(
    ("kind", "failed"), [("webhook", False), ("pagerduty", False), ("slack", True), ("jira", True)]
)
def test_a_body_that_drips_is_waited_for_no_longer(drip, channel, message, kind, failed):
    """Where the status is the answer it stands; where the body is, there was none."""
    other = drip(BODY, BODY.index(b"{"))

    error, took = attempt(channel(kind, f"http://{other.at}", timeout=TIMEOUT), message())

    assert (error is not None) == failed
    assert took < SOON
    assert other.hung_up.wait(2)


@pytest.mark.parametrize("greets", [True, False], ids=["greeting", "later"])
def test_a_mail_server_that_drips_is_no_answer(drip, channel, message, greets):
    words = GREETING if greets else b"220 here\r\n" + GREETING
    other = drip(words, 0 if greets else 10, greets=True)

    error, took = attempt(channel("email", other.at, timeout=TIMEOUT), message(address="alice@example.org"))

    assert error.message == "desk did not answer in time"
    assert not error.unknown
    assert took < SOON
    assert other.hung_up.wait(2)


@pytest.fixture
def believed(trusting, trusted, monkeypatch, authority):
    """Certificates of the tests' authority are trusted by every client."""
    from escalate.adapters.channels import slack

    monkeypatch.setattr(slack, "_tls", lambda: trusting)
    with authority.cert_pem.tempfile() as bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        yield trusted


@pytest.mark.parametrize("kind", ["webhook", "pagerduty", "slack", "jira"])
def test_a_line_that_is_encrypted_is_cut_too(drip, channel, message, authority, believed, kind):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    other = drip(HEAD, context=context)
    url = f"https://localhost:{other.at.partition(':')[2]}"

    error, took = attempt(channel(kind, url, timeout=TIMEOUT, client=believed, private=True), message())

    assert error.message == "desk did not answer in time"
    assert took < SOON
    assert other.hung_up.wait(2)


def test_a_line_that_was_kept_open_is_cut_in_a_later_attempt(drip, channel, message):
    """The first request is answered at once; the second goes over the same line, and drips."""

    class Second(Drip):
        def _serve(self, line):
            with suppress(OSError), closing(line):
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                line.recv(65536)
                for byte in HEAD:
                    time.sleep(PAUSE)
                    line.sendall(bytes([byte]))
            self.hung_up.set()

    other = Second(HEAD)
    try:
        hook = channel("webhook", f"http://{other.at}", timeout=TIMEOUT)
        assert attempt(hook, message())[0] is None
        error, took = attempt(hook, message())
        assert error.message == "desk did not answer in time"
        assert error.unknown
        assert took < SOON
        assert other.hung_up.wait(2)
    finally:
        other.end()


def test_what_ends_in_time_is_left_alone(httpserver, base, channel, message):
    httpserver.expect_request("/hook").respond_with_data("")
    hook = channel("webhook", base, timeout=TIMEOUT)
    assert attempt(hook, message())[0] is None
    time.sleep(3 * TIMEOUT)
    assert attempt(hook, message())[0] is None
