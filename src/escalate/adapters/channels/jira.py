"""A ticket in Jira, one per incident."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from typing import TYPE_CHECKING, Any

from escalate.adapters.channels.answers import fitted, judge, not_reached, said
from escalate.adapters.channels.attempt import watched
from escalate.adapters.channels.urls import checked_url
from escalate.app.ports import Taken
from escalate.domain.text import escape
from escalate.domain.text.visible import one_line
from escalate.errors import EscalateError, Misconfigured, Rejected, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jira import JIRA
    from requests.adapters import HTTPAdapter

    from escalate.adapters.channels.settings import Settings
    from escalate.domain.messages.message import Message

LONGEST_SUMMARY, LONGEST_DESCRIPTION = 255, 32_000
OPTIONAL = ("description", "labels")
"""Fields that a project may keep off its screen; without them the ticket is poorer, not worthless."""

_NO_SUCH_SEARCH = frozenset({404, 405})


class Jira:
    """Opens one issue per incident and never a second.

    Settings: `url`, `project` (its key), `issue_type` (Task unless said), `token = "secret:NAME"`, and `user`
    for Jira Cloud (without it the token is sent as a bearer token, as Data Center wants it). Jira has no
    idempotency key: each issue bears a label of the incident's own, which is searched first. Its index may
    lag by seconds, less than we wait between attempts. Source:
    https://developer.atlassian.com/cloud/jira/platform/rest/v2/
    """

    def __init__(self, settings: Settings, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout

    def send(self, message: Message) -> Taken:
        project = self._project()
        label = f"escalate-{message.incident.replace('-', '')}"
        with self._client() as jira:
            key = self._existing(jira, project, label) or self._create(jira, self._fields(message, project, label))
            self._link_back(jira, key, message)
        return Taken(remote=key, link=f"{self._url()}/browse/{key}")

    def probe(self) -> str:
        with self._client() as jira:
            me = self._ask(jira.myself)
            project = self._ask(jira.project, self._project())
        who = said(str(me.get("displayName") or me.get("name") or "?"))
        return f"Jira project {said(str(project.key))}, as {who}"

    def _existing(self, jira: JIRA, project: str, label: str) -> str | None:
        jql = f'project = "{project}" AND labels = "{label}"'
        try:
            found = self._ask(jira.enhanced_search_issues, jql, maxResults=1, fields=[], json_result=True)
        except _NotThere:  # Data Center has the older search only, which Cloud answers with 410
            jira.deploymentType = None
            found = self._ask(jira.search_issues, jql, maxResults=1, fields="key", json_result=True)
        issues = found.get("issues") if isinstance(found, dict) else None
        if not isinstance(issues, list):
            raise self._strange(unknown=False)
        if not issues:
            return None
        found = self._ask(lambda: issues[0].get("key") or jira.issue(issues[0]["id"], fields="summary").key)
        return self._key(found, unknown=False)

    def _fields(self, message: Message, project: str, label: str) -> dict[str, Any]:
        return {
            "project": {"key": project},
            "issuetype": {"name": self._settings.text("issue_type", "Task")},
            "summary": one_line(message.subject, LONGEST_SUMMARY),
            "description": fitted(message.text, LONGEST_DESCRIPTION, escape.jira),
            "labels": [label],
        }

    def _create(self, jira: JIRA, fields: dict[str, Any]) -> str:
        """The new issue's key, at the second try without the optional fields that its screen lacks."""
        try:
            return self._created(jira, fields)
        except _NotOnScreen as refusal:
            return self._created(jira, {name: value for name, value in fields.items() if name not in refusal.fields})

    def _created(self, jira: JIRA, fields: dict[str, Any]) -> str:
        created = self._ask(jira.create_issue, fields=fields, prefetch=False, _changes=True)
        return self._key(created.key, unknown=True)

    def _key(self, key: Any, *, unknown: bool) -> str:
        """A key becomes part of addresses that we call and show."""
        if not isinstance(key, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]*-[0-9]+", key):
            raise self._strange(unknown=unknown)
        return key

    def _link_back(self, jira: JIRA, key: str, message: Message) -> None:
        """Mark the issue as this incident's, by an upsert; its failure must not lose the ticket that exists.

        The library's own call lists application links first, which few may do, and warns when it may not.
        """
        details = message.details
        title = one_line(f"{details.get('ref', '')} {details.get('code_name', '')}".strip() or "escalate", 100)
        link = {
            "globalId": f"escalate:{message.incident}",
            "application": {"type": "escalate", "name": "escalate"},
            "relationship": "incident record",
            "object": {"url": details.get("link") or f"urn:uuid:{message.incident}", "title": title},
        }
        url = f"{self._url()}/rest/api/2/issue/{key}/remotelink"
        with contextlib.suppress(EscalateError):
            self._ask(jira._session.post, url, data=json.dumps(link))

    @contextlib.contextmanager
    def _client(self) -> Iterator[JIRA]:
        """One per message, as its session is not made for threads; without retries, redirects and a log."""
        from jira import JIRA

        token, user = self._settings.secret("token"), self._settings.text("user", "")
        jira = JIRA(
            server=self._url(),
            basic_auth=(user, token) if user else None,
            token_auth=None if user else token,
            get_server_info=False,
            max_retries=0,
            timeout=(self._timeout / 2, self._timeout),
            logging=False,
        )
        jira.deploymentType = "Cloud"  # asked for first; `_existing` falls back
        jira._session.max_redirects = 0
        for scheme in ("https://", "http://"):
            jira._session.mount(scheme, _adapter()())
        try:
            yield jira
        finally:
            jira.close()  # type: ignore[no-untyped-call]

    def _ask(self, method: Callable[..., Any], *args: Any, _changes: bool = False, **kwargs: Any) -> Any:
        """Jira's answer. With `_changes`, a line that breaks leaves it unknown whether they were made."""
        import requests
        from jira import JIRAError

        name = self._settings.name
        try:
            return method(*args, **kwargs)
        except JIRAError as error:
            # Its own text holds the request with its headers: only status and words are taken over.
            raise self._refusal(error, unknown=_changes) from None
        except requests.TooManyRedirects:
            raise Rejected(
                f"{name} answered with a redirect, which is not followed.", hint="Correct its url."
            ) from None
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise not_reached(name, error) from error
        except requests.ConnectionError as error:
            raise not_reached(name, error, unknown=_changes and not _never_connected(error)) from error
        except requests.RequestException as error:
            raise not_reached(name, error, unknown=_changes) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._strange(unknown=_changes) from error

    def _strange(self, *, unknown: bool) -> Unreachable:
        words = f"{self._settings.name} answered something that is not Jira's."
        return Unreachable(words, hint="Check its url, and any proxy.", unknown=unknown)

    def _refusal(self, error: Any, *, unknown: bool) -> EscalateError:
        name, status = self._settings.name, int(error.status_code or 0)
        if status < 300:  # the library's own complaint of an answer, which repeats the whole request
            return self._strange(unknown=unknown)
        words = said(str(error.text or ""), self._settings.secret("token"))
        headers = dict(getattr(error.response, "headers", None) or {})
        if status in {401, 403}:
            return Misconfigured(
                f"{name} answered {status}: {words}", hint=f"Check user and token: escalate login {name}"
            )
        if status in _NO_SUCH_SEARCH:
            return _NotThere(f"{name} answered {status}: {words}", hint="Check url and project of the channel.")
        if status == 400 and (fields := _off_screen(error.response)):
            return _NotOnScreen(f"{name} answered 400: {words}", fields)
        try:
            judge(name, status, headers, words)
        except Unreachable as failure:
            return failure
        return self._strange(unknown=unknown)

    def _url(self) -> str:
        return checked_url(self._settings.text("url"), private=True)

    def _project(self) -> str:
        project = self._settings.text("project")
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,79}", project):
            raise Misconfigured(f"Channel {self._settings.name}: project must be a key such as TS.", hint="Correct it.")
        return project


class _NotThere(Rejected):
    pass


class _NotOnScreen(Rejected):
    def __init__(self, message: str, fields: frozenset[str]) -> None:
        super().__init__(message, hint="Put summary, description and labels on the project's create screen.")
        self.fields = fields


@functools.cache
def _adapter() -> type[HTTPAdapter]:
    """As the library's own; the lines it opens are cut when the attempt has lasted too long."""
    from socket import socket

    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Watched(HTTPConnection):
        def _new_conn(self) -> socket:
            return watched(super()._new_conn())

    class WatchedTls(HTTPSConnection):
        def _new_conn(self) -> socket:
            return watched(super()._new_conn())

        def connect(self) -> None:
            super().connect()
            if isinstance(self.sock, socket):
                watched(self.sock)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Watched

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = WatchedTls

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *given: Any, **more: Any) -> None:
            super().init_poolmanager(*given, **more)
            self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

        def proxy_manager_for(self, *given: Any, **more: Any) -> Any:
            manager = super().proxy_manager_for(*given, **more)
            manager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}
            return manager

    return Adapter


def _off_screen(response: Any) -> frozenset[str]:
    """The optional fields that Jira says cannot be set, if it complains of nothing else."""
    try:
        errors = dict(response.json().get("errors") or {})
    except (ValueError, TypeError, AttributeError):
        return frozenset()
    refused = {name for name, words in errors.items() if "cannot be set" in str(words)}
    return frozenset(refused) if refused and set(errors) == refused <= set(OPTIONAL) else frozenset()


def _never_connected(error: Exception) -> bool:
    """Whether the request never left, as `requests` folds refusals and broken lines into one."""
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
