"""Slack by chat.postMessage."""

from __future__ import annotations

import functools
import http.client
import json
import logging
import re
import socket
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from escalate.adapters.channels.answers import LONGEST_ANSWER, fitted, judge, not_reached, said, wait_asked
from escalate.adapters.channels.attempt import watched
from escalate.adapters.channels.urls import checked_url
from escalate.app.ports import Taken
from escalate.domain.text import escape
from escalate.errors import EscalateError, Misconfigured, Rejected, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from escalate.adapters.channels.settings import Settings
    from escalate.domain.messages.message import Message

API = "https://slack.com/api/"
EVENT_TYPE = "escalate_message"
LONGEST_TEXT = 4000
_LOOK_BACK = 50
_MOST_PAGES = 5

MISCONFIGURED = frozenset(
    {
        "access_denied", "account_inactive", "ekm_access_denied", "enterprise_is_restricted",
        "invalid_auth", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
        "org_login_required", "team_access_not_granted", "token_expired", "token_revoked",
        "two_factor_setup_required",
    }
)  # fmt: skip
"""Codes that say the token is wrong or may too little."""

REJECTED = frozenset(
    {
        "as_user_not_supported", "cannot_dm_bot", "channel_not_found", "is_archived", "is_inactive",
        "messages_tab_disabled", "metadata_must_be_sent_from_app", "metadata_too_large",
        "method_deprecated", "msg_blocks_too_long", "msg_too_long", "no_text", "not_in_channel",
        "team_not_found", "unknown_method", "user_disabled", "user_not_found", "user_not_visible",
    }
)  # fmt: skip
"""Codes that another attempt cannot cure, beside all that begin with `restricted_action` or `invalid_`."""

HINTS = {
    "not_in_channel": "Invite the app into the channel: /invite @escalate",
    "channel_not_found": "Check the address in the roster; for a private channel, invite the app first.",
    "missing_scope": "The app needs chat:write, and channels:history and im:history to avoid doubles.",
    "is_archived": "Give a channel in the roster that is not archived.",
}


class Slack:
    """Posts plain text. Settings: `token = "secret:NAME"`, and `url` for a stand-in.

    An address is a user's id (U…), a channel's id or its name. Slack has no idempotency key, so each post
    carries the message's id as metadata, and a later attempt looks for it first. Source:
    https://docs.slack.dev/reference/methods/chat.postMessage
    """

    def __init__(self, settings: Settings, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout
        self._ids: dict[str, str] = {}

    def send(self, message: Message) -> Taken:
        if not message.address:
            raise Rejected(
                f"{message.name} has no Slack address.",
                hint='Give one in the roster, slack = "U012AB3CD", and apply it.',
            )
        client = self._client()
        if message.attempts > 1 and (before := self._posted_before(client, message)):
            return before
        answer = self._call(
            client.chat_postMessage,
            posts=True,
            channel=message.address,
            text=fitted(message.text, LONGEST_TEXT, escape.slack),
            mrkdwn=False,
            link_names=False,
            parse="none",
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"id": message.id}},
        )
        return Taken(remote=f"{answer.get('channel', message.address)}/{answer.get('ts', '')}")

    def probe(self) -> str:
        answer = self._call(self._client().auth_test)
        return f"Slack workspace {said(str(answer.get('team', '?')))}, as {said(str(answer.get('user', '?')))}"

    def _posted_before(self, client: WebClient, message: Message) -> Taken | None:
        """What an earlier attempt left, if it arrived. Where we may not look, two posts beat none."""
        from slack_sdk.errors import SlackApiError

        try:
            channel = self._channel_id(client, message.address)
            history = self._ask(
                client.conversations_history, channel=channel, limit=_LOOK_BACK, include_all_metadata=True
            )
        except SlackApiError as error:
            if error.response.status_code >= 500:
                raise self._refusal(error.response) from None
            return None
        for post in history.get("messages") or []:
            metadata = post.get("metadata") or {}
            ours = metadata.get("event_type") == EVENT_TYPE
            if ours and (metadata.get("event_payload") or {}).get("id") == message.id:
                return Taken(remote=f"{channel}/{post.get('ts', '')}")
        return None

    def _channel_id(self, client: WebClient, address: str) -> str:
        """The id under which `address` has a history: a user's is that of the direct conversation."""
        if re.fullmatch(r"[CDG][A-Z0-9]{6,}", address):
            return address
        if address not in self._ids:
            if re.fullmatch(r"[UW][A-Z0-9]{6,}", address):
                opened = self._ask(client.conversations_open, users=address)
                self._ids[address] = str((opened.get("channel") or {}).get("id") or address)
            else:
                self._ids[address] = self._by_name(client, address.removeprefix("#")) or address
        return self._ids[address]

    def _by_name(self, client: WebClient, name: str) -> str | None:
        cursor = ""
        for _ in range(_MOST_PAGES):
            listed = self._ask(client.conversations_list, limit=1000, exclude_archived=True, cursor=cursor)
            for channel in listed.get("channels") or []:
                if channel.get("name") == name:
                    return str(channel["id"])
            cursor = (listed.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    def _client(self) -> WebClient:
        url = checked_url(self._settings.text("url", API), private=True) + "/"
        return _web_client()(
            token=self._settings.secret("token"),
            base_url=url,
            timeout=self._timeout,  # type: ignore[arg-type]  # declared in whole seconds, used as it is
            ssl=_tls(),
            retry_handlers=[],
            logger=_silent(),
        )

    def _call(self, method: Callable[..., Any], *, posts: bool = False, **arguments: Any) -> dict[str, Any]:
        """Slack's answer. Raises as `send` does; with `posts`, a broken line leaves the outcome unknown."""
        from slack_sdk.errors import SlackApiError

        try:
            return self._ask(method, posts=posts, **arguments)
        except SlackApiError as error:
            raise self._refusal(error.response) from None

    def _ask(self, method: Callable[..., Any], *, posts: bool = False, **arguments: Any) -> dict[str, Any]:
        """As `_call`, with a refusal left as slack_sdk raises it."""
        from slack_sdk.errors import SlackRequestError

        name = self._settings.name
        try:
            return dict(method(**arguments).data)
        except urllib.error.URLError as error:
            # urllib wraps what fails while connecting and sending, and nothing that comes later.
            raise not_reached(name, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise not_reached(name, error, unknown=posts) from error
        except (ValueError, SlackRequestError) as error:
            raise Unreachable(
                f"{name} answered something that is not Slack's.",
                hint="Check its url, and any proxy.",
                unknown=posts,
            ) from error

    def _refusal(self, response: Any) -> EscalateError:
        name, status, headers = self._settings.name, response.status_code, dict(response.headers)
        code = str(response.data.get("error", "")) if isinstance(response.data, dict) else ""
        code = code if re.fullmatch(r"[a-z][a-z0-9_]{1,60}", code) else ""
        words = f"{name} answered {code or status}"
        hint = HINTS.get(code, "Mend it, then: escalate messages retry ID")
        if status in {401, 403} or code in MISCONFIGURED:
            return Misconfigured(words, hint=HINTS.get(code, f"Check its token: escalate login {name}"))
        if status == 200 and (code in REJECTED or code.startswith(("restricted_action", "invalid_"))):
            return Rejected(words, hint=hint)
        try:
            judge(name, status, headers, code)
        except Unreachable as failure:
            return failure
        return Unreachable(words, hint="It is tried again by itself.", retry_after=wait_asked(headers))


@functools.cache
def _web_client() -> type[WebClient]:
    from slack_sdk import WebClient as Original

    class WebClient(Original):
        """The library's own follows redirects with the token, wherever they lead, and reads without end."""

        def _perform_urllib_http_request_internal(
            self,
            url: str,  # noqa: ARG002 - the arguments are the library's
            req: urllib.request.Request,
        ) -> dict[str, Any]:
            opener = urllib.request.build_opener(_NoRedirect, _Http, _Https(context=self.ssl))
            try:
                with opener.open(req, timeout=self.timeout) as reply:
                    status, headers, body = reply.status, reply.headers, reply.read(LONGEST_ANSWER * 64)
            except urllib.error.HTTPError as refusal:
                with refusal:
                    status, headers, body = refusal.code, refusal.headers, refusal.read(LONGEST_ANSWER)
            text = body.decode("utf-8", "replace")
            if status == 200 and not isinstance(json.loads(text), dict):
                raise ValueError("not an object")
            return {"status": status, "headers": headers, "body": text}

    return WebClient


class _Watched(http.client.HTTPConnection):
    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._create_connection = _opened  # while it connects, through a proxy say, the bare line is all there is

    def connect(self) -> None:
        super().connect()
        watched(self.sock)


class _WatchedTls(_Watched, http.client.HTTPSConnection):
    pass


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Watched, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_WatchedTls, req, context=self._context)  # type: ignore[attr-defined]  # not in its stubs


def _opened(*where: Any) -> socket.socket:
    return watched(socket.create_connection(*where))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all: making it reads every certificate of the system, 30 ms."""
    return ssl.create_default_context()


def _silent() -> logging.Logger:
    """slack_sdk logs each failure that it raises as well; one telling is enough."""
    logger = logging.getLogger("escalate.slack")
    logger.setLevel(logging.CRITICAL)
    return logger
