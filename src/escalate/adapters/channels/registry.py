"""Which module speaks which kind of channel. Only the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from escalate.adapters.channels.attempt import Timely
from escalate.adapters.channels.settings import Settings
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.adapters.channels.clients import Client
    from escalate.app.ports import Channel
    from escalate.domain.roster import Channel as Configured

KINDS = ("slack", "pagerduty", "email", "webhook", "jira")
PLUGINS = "escalate.channels"


class Secrets(Protocol):
    def get(self, name: str) -> str: ...


def build(channel: Configured, secrets: Secrets, client_factory: Callable[[], Client], timeout: float) -> Channel:
    """The way out that the roster configures; nothing is called and no secret read yet.

    `client_factory` gives an HTTP client of this channel's own, and is asked only by the kinds that need it. `timeout`
    is in seconds, for each read; an attempt as a whole ends after `attempt.TIMES` of it. Raises Misconfigured for a
    kind that is not built in and not installed. An installed one is an entry point of the group `escalate.channels`,
    named as its kind, that takes (settings, client_factory, timeout).
    """
    return Timely(_built(channel, Settings(channel, secrets.get), client_factory, timeout), channel.name, timeout)


def _built(channel: Configured, settings: Settings, client_factory: Callable[[], Client], timeout: float) -> Channel:
    match channel.kind:
        case "slack":
            from escalate.adapters.channels.slack import Slack

            return Slack(settings, timeout)
        case "pagerduty":
            from escalate.adapters.channels.pagerduty import PagerDuty

            return PagerDuty(settings, client_factory(), timeout)
        case "email":
            from escalate.adapters.channels.email import Email

            return Email(settings, timeout)
        case "webhook":
            from escalate.adapters.channels.webhook import Webhook

            return Webhook(settings, client_factory(), timeout)
        case "jira":
            from escalate.adapters.channels.jira import Jira

            return Jira(settings, timeout)
        case other:
            return _installed(channel.name, other)(settings, client_factory, timeout)


def _installed(name: str, kind: str) -> Callable[[Settings, Callable[[], Client], float], Channel]:
    from importlib.metadata import entry_points

    offered = entry_points(group=PLUGINS)
    if kind not in offered.names:
        known = ", ".join([*KINDS, *sorted(offered.names)])
        raise Misconfigured(f"Channel {name}: there is no kind {kind!r}.", hint=f"Kinds: {known}.")
    factory: Callable[[Settings, Callable[[], Client], float], Channel] = offered[kind].load()
    return factory
