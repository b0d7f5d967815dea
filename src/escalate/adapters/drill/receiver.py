"""The other side of a drill: a program of its own that takes what would go to Slack, a pager, a tracker, a webhook and
a mail server, on this machine only, and says on stdout what arrived.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGEST = 1_000_000
"""Bytes of a request it reads."""


ONE_AT_A_TIME = threading.Lock()
"""Requests are taken by many threads; their lines must not run into each other."""


def say(**line: Any) -> None:
    with ONE_AT_A_TIME:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


class Taker(BaseHTTPRequestHandler):
    """Answers as the services do, as far as our channels ask them."""

    protocol_version = "HTTP/1.1"
    issues: dict[str, str] = {}

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST)
        raw = self.rfile.read(length)
        place = self.path.split("?")[0].strip("/").split("/")
        taken = {"slack": self._slack, "pagerduty": self._pager, "hook": self._hook, "jira": self._tracker}
        take = taken.get(place[0])
        status, body = take(place, raw) if take else (404, {})
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _slack(self, place: list[str], raw: bytes) -> tuple[int, Any]:
        from urllib.parse import parse_qs

        if place[-1] != "chat.postMessage":
            return 200, {
                "ok": True,
                "messages": [],
                "channel": {"id": "D0DRILL"},
                "user": "drill",
                "team": "drill",
            }
        kind = self.headers.get("Content-Type") or ""
        form = json.loads(raw) if "json" in kind else {key: value[0] for key, value in parse_qs(raw.decode()).items()}
        say(by="slack", to=form.get("channel", ""), text=form.get("text", ""))
        return 200, {
            "ok": True,
            "ts": "1.0",
            "channel": form.get("channel", ""),
            "message": {"text": form.get("text", "")},
        }

    def _pager(self, _place: list[str], raw: bytes) -> tuple[int, Any]:
        event = json.loads(raw)
        say(by="pager", to=event.get("event_action", ""), text=event.get("payload", {}).get("summary", ""))
        return 202, {
            "status": "success",
            "message": "Event processed",
            "dedup_key": event.get("dedup_key", ""),
        }

    def _hook(self, _place: list[str], raw: bytes) -> tuple[int, Any]:
        said = json.loads(raw)
        say(by="webhook", to=said.get("to", ""), text=said.get("subject", ""))
        return 200, {}

    def _tracker(self, place: list[str], raw: bytes) -> tuple[int, Any]:
        if self.command == "GET" or "search" in place:
            return 200, {"issues": [], "isLast": True, "total": 0, "startAt": 0, "maxResults": 1}
        if place[-1] == "remotelink":
            return 201, {"id": 1, "self": ""}
        fields = json.loads(raw).get("fields", {})
        key = f"DRILL-{len(self.issues) + 1}"
        self.issues[key] = fields.get("summary", "")
        say(by="tracker", to=key, text=fields.get("summary", ""))
        return 201, {"id": "1", "key": key, "self": ""}

    def log_message(self, *_words: object) -> None:
        """Said by `say` already."""


class Mailbox:
    """What aiosmtpd calls with a mail."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        from email import message_from_bytes, policy

        mail = message_from_bytes(envelope.content, policy=policy.default)
        say(by="mail", to=", ".join(envelope.rcpt_tos), text=str(mail["subject"]))
        return "250 Taken"


def main() -> None:
    """Listen on loopback, say where, and go on until stdin closes: that the drill has gone."""
    import os

    from aiosmtpd.controller import Controller

    web = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    mail = Controller(Mailbox(), hostname="127.0.0.1", port=_free_port())
    mail.start()
    say(http=web.server_port, smtp=mail.port, pid=os.getpid())
    sys.stdin.read()
    mail.stop()
    web.shutdown()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
