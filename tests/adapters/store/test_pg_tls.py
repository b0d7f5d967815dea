"""A server that shows a certificate: it is looked at as the address says, and what does not fit is said."""

from __future__ import annotations

import ssl
import threading
from contextlib import suppress

import pytest
import trustme

from escalate.errors import Misconfigured, Unreachable
from pg_stores import at, opened  # noqa: F401
from postgres import pg  # noqa: F401
from tcp_line import TcpLine, line_to

pytestmark = pytest.mark.slow

SECRET = "a word that nobody may see"


class TlsLine(TcpLine):
    """A line that speaks TLS with the client, as PostgreSQL does where it is asked to; the server hears plain words."""

    def __init__(self, target, certificate):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(self._context)
        super().__init__(target)

    def _accept(self):
        with suppress(OSError):
            while True:
                plain, _address = self._listener.accept()
                threading.Thread(target=self._greet, args=(plain,), daemon=True).start()

    def _greet(self, plain):
        assert len(plain.recv(8)) == 8  # what asks for it
        plain.sendall(b"S")
        try:
            client = self._context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        server = self._connect()
        self._open += [client, server]
        mute = threading.Event()
        threading.Thread(target=self._down, args=(server, client, mute), daemon=True).start()
        self._up(client, server, mute)


@pytest.fixture
def server(pg, tmp_path):
    """Gives addresses of a server with a certificate for `localhost`; AT is the folder with those of who signs."""
    plain, _url = line_to(pg.url("alice"))
    plain.stop_listening()
    authority = trustme.CA()
    made = TlsLine(plain._target, authority.issue_cert("localhost"))
    for name, which in (("ours", authority), ("other", trustme.CA())):
        which.cert_pem.write_to_path(tmp_path / f"{name}.pem")

    def address(more, host="localhost"):
        words = f"hostaddr=127.0.0.1&{more.replace('AT', str(tmp_path))}"
        return f"postgresql://esc_alice:{SECRET.replace(' ', '%20')}@{host}:{made.port}/{pg.name}?{words}"

    yield address
    made.close()


@pytest.mark.parametrize("more", ["sslmode=verify-full&sslrootcert=AT/ours.pem", "sslmode=require"])
def test_a_certificate_that_fits_lets_us_in(server, at, more):
    store = at(server(more))

    assert store.connection().pgconn.ssl_in_use
    assert SECRET not in store.file + store.place


@pytest.mark.parametrize(
    ("host", "more", "kind", "says"),
    [
        pytest.param(
            "localhost", "sslmode=verify-full&sslrootcert=AT/other.pem", Unreachable, "certificate verify failed",
            id="somebody else signed it",
        ),
        pytest.param(
            "db.example.org", "sslmode=verify-full&sslrootcert=AT/ours.pem", Unreachable, "does not match host name",
            id="it is for another name",
        ),
        pytest.param(
            "localhost", "sslmode=verify-full&sslrootcert=AT/none.pem", Misconfigured, "none.pem. does not exist",
            id="there is no such file",
        ),
        pytest.param("localhost", "sslmode=sure", Misconfigured, "invalid sslmode value", id="there is no such way"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(server, at, host, more, kind, says):
    with pytest.raises(kind, match=says) as refused:
        at(server(more, host)).connection()

    assert SECRET not in refused.value.message + refused.value.hint
    assert ("no password was sent" in refused.value.hint) is (kind is Unreachable)


def test_a_server_without_any_is_not_talked_to_where_one_is_wanted(pg, at):
    line, url = line_to(pg.url("alice"))
    try:
        with pytest.raises(Unreachable, match="did not prove to be the one that is meant") as refused:
            at(url.replace("sslmode=disable", "sslmode=require")).connection()
        assert "does not support SSL" in refused.value.message
    finally:
        line.close()
