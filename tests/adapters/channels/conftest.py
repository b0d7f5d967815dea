"""Messages, channels and other sides that misbehave, for the tests of the ways out."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import trustme
from pytest_httpserver import HTTPServer

from escalate.adapters.channels.clients import Clients
from escalate.adapters.channels.registry import build
from escalate.adapters.secrets import Secrets
from escalate.domain.messages.message import Message
from escalate.domain.roster import Channel

CANARY = "canary-3f2c1d9e8b7a"
TIMEOUT = 0.3
INCIDENT = "0190a1b2-0000-7000-8000-0000000000aa"

SETTINGS = {
    "slack": lambda url: {"token": "secret:desk", "url": f"{url}/api"},
    "pagerduty": lambda url: {"routing_key": "secret:desk", "url": f"{url}/v2/enqueue"},
    "webhook": lambda url: {"secret": "secret:desk", "url": f"{url}/hook"},
    "jira": lambda url: {"url": url, "project": "TS", "user": "bot@example.org", "token": "secret:desk"},
    "email": lambda host: {"host": host, "from": "escalate@example.org", "tls": "none"},
}


@pytest.fixture
def message():
    def make(**changes):
        values = {
            "id": "6f1c7c1e-0000-5000-8000-000000000001",
            "incident": INCIDENT,
            "entry": "0190a1b2-0000-7000-8000-0000000000bb",
            "seq": 3,
            "digest": "ab" * 32,
            "purpose": "page",
            "to": "person:alice",
            "name": "Alice Ng",
            "via": "desk",
            "address": "C012AB3CD",
            "subject": "SEV1 SLATE OTTER: acknowledge INC-42",
            "text": "SEV1 SLATE OTTER\nAcknowledge: escalate ack INC-42",
            "details": {
                "ref": "INC-42",
                "code_name": "SLATE OTTER",
                "severity": "SEV1",
                "incident": INCIDENT,
                "head": "14:ab12cd34",
                "drill": False,
                "action": "trigger",
                "dedup": "page-1",
            },
            "attempts": 1,
            "due_at": datetime(2026, 11, 21, 21, 7, tzinfo=UTC),
        }
        return Message(**{**values, **changes})

    return make


@pytest.fixture
def client():
    with closing(Clients(TIMEOUT).one()) as client:
        yield client


@pytest.fixture
def channel(client):
    """Builds a channel of a kind against an address, as the program does."""

    def make(kind, at, *, timeout=TIMEOUT, client=client, **settings):
        configured = Channel(name="desk", kind=kind, settings={**SETTINGS[kind](at), **settings})
        return build(configured, Secrets({"ESCALATE_SECRET_DESK": CANARY}), lambda: client, timeout)

    return make


@pytest.fixture
def base(httpserver):
    return httpserver.url_for("").rstrip("/")


@pytest.fixture
def refusing():
    """An address on which nobody listens."""
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def silent():
    """An address that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def dropping():
    """An address that takes each request and hangs up on it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                line.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    host, port = listening.getsockname()
    yield f"{host}:{port}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.fixture(scope="session")
def authority():
    """A certificate authority that nobody but these tests trusts."""
    return trustme.CA()


@pytest.fixture
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def trusted(trusting):
    """A client that takes the certificates of the tests' own authority."""
    clients = Clients(2.0)
    clients.tls = trusting
    with closing(clients.one()) as client:
        yield client


@pytest.fixture
def proxy():
    """A proxy that connects whoever asks to this very machine, whatever name they ask for; `asked` are the names."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        asked: list[str] = []
        threading.Thread(target=_connect, args=(listening, asked), daemon=True).start()
        yield SimpleNamespace(url=f"http://127.0.0.1:{listening.getsockname()[1]}", asked=asked)


def _connect(listening, asked):
    with suppress(OSError):
        while True:
            here, _ = listening.accept()
            raw = b""
            while b"\r\n\r\n" not in raw and (more := here.recv(4096)):
                raw += more
            asked.append(raw.split()[1].decode())
            there = socket.create_connection(("127.0.0.1", int(asked[-1].rpartition(":")[2])))
            here.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one, other):
    with suppress(OSError), closing(other):
        while data := one.recv(65536):
            other.sendall(data)


@pytest.fixture(scope="session")
def encrypted_server(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with HTTPServer(host="127.0.0.1", port=0, ssl_context=context) as server:
        yield server


@pytest.fixture
def encrypted(encrypted_server):
    """A web server with a certificate of that authority for localhost."""
    encrypted_server.clear()
    return encrypted_server


@pytest.fixture(scope="session")
def other_server():
    with HTTPServer(host="127.0.0.1", port=0) as server:
        yield server


@pytest.fixture
def elsewhere(other_server):
    """A second web server, which must not hear of what is meant for the first."""
    other_server.clear()
    return other_server
