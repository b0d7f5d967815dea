"""PagerDuty by its Events API v2."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from escalate.adapters.channels.answers import fitted, judge, said
from escalate.adapters.channels.exchange import Reply, exchange
from escalate.adapters.channels.urls import checked_url
from escalate.app.ports import Taken
from escalate.domain.text.visible import one_line, visible
from escalate.errors import Rejected

if TYPE_CHECKING:
    from escalate.adapters.channels.clients import Client
    from escalate.adapters.channels.settings import Settings
    from escalate.domain.messages.message import Message

ENQUEUE = "https://events.pagerduty.com/v2/enqueue"
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = {"SEV0": "critical", "SEV1": "critical", "SEV2": "error", "SEV3": "warning", "SEV4": "info"}
LONGEST_KEY, LONGEST_SUMMARY, LARGEST_BODY = 255, 1024, 512 * 1024
_TEXT = 8192


class PagerDuty:
    """One integration key; who is woken behind it is for the service's own policy to say.

    Settings: `routing_key = "secret:NAME"`, and `url` for another region or a stand-in. The same dedup key in
    every attempt makes a second one harmless. Taken means queued there: nobody need have been woken yet.
    Source: https://developer.pagerduty.com/docs/events-api-v2/overview/
    """

    def __init__(self, settings: Settings, client: Client, timeout: float) -> None:
        self._settings = settings
        self._client = client
        self._timeout = timeout

    def send(self, message: Message) -> Taken:
        event = _event(message)
        self._enqueue(event)
        return Taken(remote=str(event["dedup_key"]))

    def probe(self) -> str:
        """Acknowledges an alert that does not exist, which checks the key and is dropped."""
        self._enqueue({"event_action": "acknowledge", "dedup_key": f"escalate-probe-{uuid4()}"})
        return "PagerDuty takes events with this key"

    def _enqueue(self, event: dict[str, Any]) -> Reply:
        name = self._settings.name
        url = checked_url(self._settings.text("url", ENQUEUE), private=True)
        key = self._settings.secret("routing_key")
        body = json.dumps({**event, "routing_key": key}).encode()
        if len(body) > LARGEST_BODY:
            raise Rejected(f"{name}: the event is larger than PagerDuty takes.", hint="Shorten the message's template.")
        reply = exchange(
            self._client,
            "POST",
            url,
            name=name,
            timeout=self._timeout,
            content=body,
            headers={"Content-Type": "application/json"},
        )
        judge(name, reply.status, reply.headers, said(reply.body, key))
        return reply


def _event(message: Message) -> dict[str, Any]:
    details = message.details
    action = details.get("action", "trigger")
    if action not in ACTIONS:
        raise Rejected(f"PagerDuty knows no action {action!r}.", hint=f"Actions: {', '.join(ACTIONS)}.")
    event: dict[str, Any] = {
        "event_action": action,
        "dedup_key": _key(str(details.get("dedup") or message.id)),
    }
    if action != "trigger":
        return event
    severity = SEVERITIES.get(str(details.get("severity")), "error")
    event["client"] = "escalate"
    event["payload"] = {
        "summary": one_line(message.subject, LONGEST_SUMMARY),
        "source": "escalate",
        "severity": severity,
        "class": "drill" if details.get("drill") else "incident",
        "custom_details": {
            **{
                name: visible(str(details[name]))
                for name in ("ref", "code_name", "severity", "head")
                if details.get(name)
            },
            "message": message.id,
            "text": fitted(message.text, _TEXT, lambda text: visible(text, lines=True)),
        },
    }
    if str(details.get("link") or "").startswith("https://"):
        event["links"] = [{"href": details["link"], "text": "escalate"}]
    return event


def _key(key: str) -> str:
    """A key that is too long is not cut: two that begin alike would become one alert."""
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()
