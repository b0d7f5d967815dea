"""E-mail by SMTP."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import formataddr, formatdate
from typing import TYPE_CHECKING, Any

from escalate.adapters.channels.answers import not_reached, said
from escalate.adapters.channels.attempt import watched
from escalate.adapters.channels.urls import is_loopback
from escalate.app.ports import Taken
from escalate.domain.text import escape
from escalate.domain.text.visible import visible
from escalate.errors import EscalateError, Misconfigured, Rejected, Unreachable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from escalate.adapters.channels.settings import Settings
    from escalate.domain.messages.message import Message

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Email:
    """One plain-text mail per message, with the same Message-ID in every attempt.

    Settings: `host = "smtp.example.org:587"`, `from`, `tls` (starttls unless said; tls; none for this machine
    only), `user` and `password = "secret:NAME"`, `ca` (a file of certificates to trust beside the system's).
    With starttls, a server that does not offer it is refused: nothing is said in the clear.
    """

    def __init__(self, settings: Settings, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout

    def send(self, message: Message) -> Taken:
        if not _ADDRESS.fullmatch(message.address):
            raise Rejected(
                f"{message.name} has no e-mail address that can be used.",
                hint="Correct it in the roster and apply it.",
            )
        mail = self._mail(message)
        with self._connected() as smtp:
            self._hand_over(smtp, message.address, mail)
        return Taken(remote=mail["Message-ID"])

    def probe(self) -> str:
        """Connects, encrypts, signs in, and leaves without writing to anybody."""
        with self._connected() as smtp:
            code, words = smtp.noop()
            self._expect(code, words)
        return f"the mail server {self._host()[0]} lets us in"

    def _mail(self, message: Message) -> EmailMessage:
        sender = self._sender()
        domain = sender.rpartition("@")[2]
        mail = EmailMessage(policy=POLICY)
        mail["From"] = sender
        mail["To"] = formataddr((escape.header(message.name), message.address))
        mail["Subject"] = escape.header(message.subject)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["References"] = f"<incident.{message.incident}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(visible(message.text, lines=True), charset="utf-8", cte="quoted-printable")
        return mail

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A line to the server, encrypted and signed in. Raises as `send` does."""
        name = self._settings.name
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._open()
            self._sign_in(smtp)
            yield smtp
        except smtplib.SMTPAuthenticationError as error:
            raise self._refused_sign_in(error) from None
        except smtplib.SMTPResponseException as error:
            self._expect(error.smtp_code, error.smtp_error)
            raise Unreachable(f"{name} answered out of turn.", hint="It is tried again by itself.") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Misconfigured(
                f"{name}: the mail server does not offer what is needed: {said(str(error))}",
                hint="With tls = starttls it must offer STARTTLS; with a user, a way to sign in.",
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise not_reached(name, error) from error
        finally:
            if smtp is not None:
                _leave(smtp)

    def _open(self) -> smtplib.SMTP:
        host, port, tls = self._host()
        ehlo = self._sender().rpartition("@")[2]  # smtplib would look up this machine's name, and tell it
        if tls == "tls":
            return _EncryptedLine(host, port, local_hostname=ehlo, timeout=self._timeout, context=self._trust())
        smtp = _Line(host, port, local_hostname=ehlo, timeout=self._timeout)
        if tls == "starttls":
            try:
                smtp.starttls(context=self._trust())
                watched(smtp.sock)  # type: ignore[arg-type]  # it is there
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        user = self._settings.text("user", "")
        if user:
            smtp.login(user, self._settings.secret("password"))

    def _hand_over(self, smtp: smtplib.SMTP, address: str, mail: EmailMessage) -> None:
        """Step by step, as smtplib's own way does not tell whether the mail had left when the line broke."""
        smtp.ehlo_or_helo_if_needed()
        self._expect(*smtp.mail(self._sender()))
        self._expect(*smtp.rcpt(address))
        code, words = smtp.docmd("DATA")
        if code != 354:
            self._expect(code, words)
            raise Unreachable(f"{self._settings.name} did not want the mail.", hint="It is tried again by itself.")
        smtp.send(re.sub(rb"(?m)^\.", b"..", mail.as_bytes()) + b".\r\n")
        try:
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise not_reached(self._settings.name, error, unknown=True) from error
        self._expect(*answer)

    def _expect(self, code: int, words: bytes | str) -> None:
        """Raises unless the answer is a yes: 4xx is "later", 5xx is "no"."""
        if 200 <= code < 400:
            return
        answered = f"{self._settings.name} answered {code} {said(words)}".rstrip()
        if code >= 500:
            raise Rejected(answered, hint="Check the addresses in the roster, then: escalate messages retry ID")
        raise Unreachable(answered, hint="It is tried again by itself.")

    def _refused_sign_in(self, error: smtplib.SMTPAuthenticationError) -> EscalateError:
        """The server's words are left out: some repeat what was sent."""
        name = self._settings.name
        if 400 <= error.smtp_code < 500:
            return Unreachable(f"{name} could not check the password ({error.smtp_code}).", hint="It is tried again.")
        return Misconfigured(
            f"{name}: the mail server refuses user or password ({error.smtp_code}).",
            hint=f"Run: escalate login {name}",
        )

    def _host(self) -> tuple[str, int, str]:
        name, tls = self._settings.name, self._settings.text("tls", "starttls")
        if tls not in PORTS:
            raise Misconfigured(f"Channel {name}: there is no tls = {tls!r}.", hint="Write starttls, tls or none.")
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]/@]+)(?::(\d{1,5}))?", self._settings.text("host"))
        if not found or not 0 < int(found[2] or PORTS[tls]) < 65536:
            raise Misconfigured(f"Channel {name}: its host is not one.", hint='Write host = "smtp.example.org:587".')
        host = found[1].strip("[]")
        if tls == "none" and not is_loopback(host):
            raise Misconfigured(
                f"Channel {name}: mail to {host} would go out unencrypted.",
                hint='Write tls = "starttls" or "tls".',
            )
        return host, int(found[2] or PORTS[tls]), tls

    def _sender(self) -> str:
        sender = self._settings.text("from")
        if not _ADDRESS.fullmatch(sender):
            raise Misconfigured(f"Channel {self._settings.name}: from is not an e-mail address.", hint="Correct it.")
        return sender

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if ca := self._settings.text("ca", ""):
            try:
                context.load_verify_locations(cafile=ca)
            except (OSError, ssl.SSLError) as error:
                raise Misconfigured(
                    f"Channel {self._settings.name}: the certificates in {ca} cannot be read.",
                    hint="Correct ca.",
                ) from error
        return context


class _Line(smtplib.SMTP):
    def _get_socket(self, *where: Any) -> socket.socket:
        return watched(super()._get_socket(*where))  # type: ignore[misc]  # not in its stubs


class _EncryptedLine(smtplib.SMTP_SSL):
    def _get_socket(self, *where: Any) -> socket.socket:
        return watched(super()._get_socket(*where))  # type: ignore[misc]


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye if anybody listens; the mail's fate is settled."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()
