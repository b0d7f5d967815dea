"""A signed webhook: JSON to an address of the team's own."""

from __future__ import annotations

import hmac
import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from escalate.adapters.channels.answers import judge, said
from escalate.adapters.channels.clients import proxied
from escalate.adapters.channels.exchange import Reply, exchange
from escalate.adapters.channels.urls import checked_url, is_loopback, resolved
from escalate.app.ports import Taken
from escalate.domain.text.visible import one_line, visible
from escalate.errors import Unreachable

if TYPE_CHECKING:
    from escalate.adapters.channels.clients import Client
    from escalate.adapters.channels.settings import Settings
    from escalate.domain.messages.message import Message

BODY_VERSION = 1
"""Raised when a member of the body is taken away or changes its meaning, not when one is added."""

_MOST_ADDRESSES = 3


class Webhook:
    """POSTs one JSON object per message.

    Settings: `url`, `secret = "secret:NAME"`, and `private = true` where the receiver is inside a private
    network.

    The body is {"version": 1, "id", "purpose", "to", "name", "subject", "text", "ref", "code_name",
    "severity", "head", "drill"}: all text but `version` (a number) and `drill` (true or false). Headers:

        Idempotency-Key: the message's id, the same in every attempt
        Escalate-Timestamp: Unix time in seconds
        Escalate-Signature: v1=HEX, the HMAC-SHA256 with the secret over timestamp, a full stop and the body's
        bytes

    A receiver recomputes the signature over the bytes it got, compares in constant time, refuses a timestamp
    more than five minutes off, and answers 2xx once it has the message. Any 2xx is taken; 408, 425, 429 and
    5xx are tried again; anything else, a redirect included, is a refusal.
    """

    def __init__(self, settings: Settings, client: Client, timeout: float) -> None:
        self._settings = settings
        self._client = client
        self._timeout = timeout

    def send(self, message: Message) -> Taken:
        secret = self._settings.secret("secret")
        body = json.dumps(_body(message)).encode()
        stamp = str(int(time.time()))
        reply = self._call(
            "POST",
            body,
            {
                "Content-Type": "application/json",
                "Idempotency-Key": message.id,
                "Escalate-Timestamp": stamp,
                "Escalate-Signature": f"v1={signature(secret, stamp, body)}",
            },
        )
        judge(self._settings.name, reply.status, reply.headers, said(reply.body, secret))
        return Taken(remote=one_line(reply.headers.get("x-request-id", ""), 100))

    def probe(self) -> str:
        """Asks with HEAD, which changes nothing; only a message proves that the secret fits."""
        self._settings.secret("secret")
        reply = self._call("HEAD", b"", {})
        if reply.status >= 500:
            judge(self._settings.name, reply.status, reply.headers, "")
        return f"the receiver answers ({reply.status} to HEAD)"

    def _call(self, method: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Calls the address that was checked, whatever the name would resolve to a moment later. The client is ours alone:
        a connection that stays open to one name must not serve another at the same address. A proxy looks names up itself.
        """
        private = self._settings.flag("private")
        url = checked_url(self._settings.text("url"), private=private)
        parts = urlsplit(url)
        host = str(parts.hostname)
        headers = {**headers, "Host": parts.netloc}
        if proxied(parts.scheme, host):
            return self._once(method, url, body, headers, proxies=True)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = resolved(host, port, private=private)[:_MOST_ADDRESSES]
        named = {} if _is_address(host) else {"sni_hostname": host}
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                return self._once(method, _at(parts, address), body, headers, extensions=named, proxies=False)
            except Unreachable as error:
                if error.unknown or not left:
                    raise
        raise Unreachable(f"{host} has no address.", hint="Check the name and the network.")

    def _once(self, method: str, url: str, body: bytes, headers: dict[str, str], **how: Any) -> Reply:
        return exchange(
            self._client, method, url, name=self._settings.name, timeout=self._timeout, content=body, headers=headers,
            **how,
        )  # fmt: skip


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def _body(message: Message) -> dict[str, Any]:
    details = message.details
    return {
        "version": BODY_VERSION,
        "id": message.id,
        "purpose": message.purpose,
        "to": message.to,
        "name": visible(message.name),
        "subject": visible(message.subject),
        "text": visible(message.text, lines=True),
        **{name: visible(str(details.get(name) or "")) for name in ("ref", "code_name", "severity", "head")},
        "drill": bool(details.get("drill")),
    }


def _at(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit() or (is_loopback(host) and host != "localhost")
