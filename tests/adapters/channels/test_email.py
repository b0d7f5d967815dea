from __future__ import annotations

import email
import socket
import ssl
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from escalate.errors import Misconfigured, Rejected, Unreachable

PASSWORD = "canary-3f2c1d9e8b7a"


class Inbox:
    """Keeps what it is sent; answers as it is told to."""

    def __init__(self, rcpt="250 OK", data="250 OK"):
        self.mails, self.rcpt, self.data = [], rcpt, data

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd names it
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        if self.data == "drop":
            server.transport.abort()
            return "250 OK"
        self.mails.append((envelope, email.message_from_bytes(envelope.content, policy=default)))
        return self.data


@pytest.fixture
def serve():
    running = []

    def start(inbox, **options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return f"localhost:{port}"

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def certified(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def ca(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def mail(message):
    return lambda **changes: message(**{"address": "alice@example.org", **changes})


def test_a_mail_goes_out_encrypted_with_a_lasting_id(serve, certified, ca, channel, mail):
    inbox = Inbox()
    host = serve(inbox, tls_context=certified, require_starttls=True)
    ready = channel("email", host, tls="starttls", ca=ca, timeout=3.0)

    taken = [ready.send(mail(text="Zoë:\n.\n..two\nlast", attempts=attempt)) for attempt in (1, 2)]

    (envelope, first), (_, second) = inbox.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("escalate@example.org", ["alice@example.org"])
    assert first["Message-ID"] == second["Message-ID"] == f"<{mail().id}@example.org>" == taken[0].remote
    assert first["Subject"] == "SEV1 SLATE OTTER: acknowledge INC-42"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"]
    assert first.get_content_type() == "text/plain"
    assert first.get_content().replace("\r\n", "\n") == "Zoë:\n.\n..two\nlast\n"


def test_with_tls_from_the_start_too(serve, certified, ca, channel, mail):
    inbox = Inbox()
    host = serve(inbox, ssl_context=certified)

    channel("email", host, tls="tls", ca=ca, timeout=3.0).send(mail())

    assert len(inbox.mails) == 1


def test_a_server_that_offers_no_encryption_is_refused(serve, channel, mail):
    inbox = Inbox()

    with pytest.raises(Misconfigured, match="STARTTLS"):
        channel("email", serve(inbox), tls="starttls", timeout=3.0).send(mail())

    assert inbox.mails == []


@pytest.mark.parametrize(("tls", "option"), [("starttls", "tls_context"), ("tls", "ssl_context")])
def test_a_certificate_that_nobody_vouches_for_is_refused(serve, certified, channel, mail, tls, option):
    inbox = Inbox()

    with pytest.raises(Misconfigured, match="certificate"):
        channel("email", serve(inbox, **{option: certified}), tls=tls, timeout=3.0).send(mail())

    assert inbox.mails == []


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [pytest.param(True, None, id="right"), pytest.param(False, Misconfigured, id="wrong")],
)
def test_signing_in(serve, certified, ca, channel, mail, accepts, expected):
    inbox, seen = Inbox(), []

    def check(server, session, envelope, mechanism, given):
        seen.append(given.password.decode())
        return AuthResult(success=accepts, handled=False)

    host = serve(inbox, tls_context=certified, authenticator=check, auth_require_tls=True)
    ready = channel("email", host, tls="starttls", ca=ca, user="bot", password="secret:desk", timeout=3.0)

    if expected is None:
        ready.send(mail())
        assert len(inbox.mails) == 1
    else:
        with pytest.raises(expected) as caught:
            ready.send(mail())
        assert PASSWORD not in caught.value.message + caught.value.hint
    assert PASSWORD in seen


@pytest.mark.parametrize(
    ("inbox", "expected", "unknown"),
    [
        pytest.param(Inbox(rcpt="550 no such mailbox"), Rejected, False, id="recipient refused"),
        pytest.param(Inbox(rcpt="451 greylisted"), Unreachable, False, id="recipient later"),
        pytest.param(Inbox(data="554 refused"), Rejected, False, id="mail refused"),
        pytest.param(Inbox(data="452 disk full"), Unreachable, False, id="mail later"),
        pytest.param(Inbox(data="drop"), Unreachable, True, id="hung up once it had the mail"),
    ],
)
def test_answers_say_whether_to_try_again(serve, channel, mail, inbox, expected, unknown):
    with pytest.raises(Unreachable) as caught:
        channel("email", serve(inbox), timeout=3.0).send(mail())

    assert type(caught.value) is expected
    assert caught.value.unknown == unknown


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "alice@",
        "alice@example.org\r\nRCPT TO:<eve@example.org>",
        "a b@example.org",
        "<alice@example.org>",
        "alice@example.org,eve@example.org",
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_is_called(refusing, channel, mail, address):
    with pytest.raises(Rejected):
        channel("email", refusing).send(mail(address=address))


@pytest.mark.parametrize(
    "hostile", ["x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\r\n\r\nbody", "\x1b[2J\u202e"]
)
def test_no_header_can_be_smuggled_in(serve, channel, mail, hostile):
    inbox = Inbox()

    channel("email", serve(inbox), timeout=3.0).send(mail(subject=hostile, name=hostile))

    ((envelope, received),) = inbox.mails
    assert envelope.rcpt_tos == ["alice@example.org"]
    assert received["Bcc"] is None
    assert "\x1b" not in received["Subject"]


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "smtp.example.org:25", "tls": "none"},
        {"host": "smtp.example.org:587", "tls": "maybe"},
        {"host": "smtp.example.org:99999"},
        {"host": "smtp example org"},
        {"host": "localhost", "from": "nobody"},
        {"host": "localhost:1", "tls": "starttls", "ca": "/nowhere/ca.pem"},
    ],
)
def test_settings_that_cannot_be_right_are_named(channel, mail, serve, settings):
    if "ca" in settings:
        settings = {**settings, "host": serve(Inbox())}

    with pytest.raises(Misconfigured, match="desk"):
        channel("email", "localhost", timeout=3.0, **settings).send(mail())


def test_probe_writes_to_nobody(serve, channel):
    inbox = Inbox()

    assert "lets us in" in channel("email", serve(inbox), timeout=3.0).probe()

    assert inbox.mails == []
