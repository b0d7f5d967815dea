"""One HTTP request and its answer, for the channels that speak plain HTTP."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from escalate.adapters.channels.answers import LONGEST_ANSWER, not_reached
from escalate.adapters.channels.attempt import watched
from escalate.domain.value import Value

if TYPE_CHECKING:
    import httpx

    from escalate.adapters.channels.clients import Client


_mine = threading.local()
"""The lines that this thread has opened; each thread has its own, and some serve several requests."""


class Reply(Value):
    status: int
    headers: dict[str, str]
    body: bytes


def exchange(
    client: Client,
    method: str,
    url: str,
    *,
    name: str,
    timeout: float,
    content: bytes = b"",
    headers: dict[str, str] | None = None,
    extensions: dict[str, Any] | None = None,
    proxies: bool = True,
) -> Reply:
    """Send one request, once, and read a short answer. Redirects are answers; they are not followed. `timeout` is for each
    read; the attempt as a whole ends its lines.

    Raises Unreachable, with `unknown` where the request had gone out, and Misconfigured for an untrusted
    certificate.
    """
    import httpx

    _watch_again()
    given_up_at = time.monotonic() + timeout
    limits = httpx.Timeout(timeout, connect=timeout / 2)
    try:
        with client.stream(
            method,
            url,
            content=content,
            headers={"User-Agent": "escalate", **(headers or {})},
            timeout=limits,
            follow_redirects=False,
            extensions={**(extensions or {}), "trace": _opened},
            proxies=proxies,
        ) as answer:
            body = _read(answer, given_up_at)
            return Reply(status=answer.status_code, headers=dict(answer.headers), body=body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise not_reached(name, error) from error
    except (httpx.WriteError, httpx.WriteTimeout) as error:
        # The other side never had the whole request, so it cannot have acted on it.
        raise not_reached(name, error) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise not_reached(name, error, unknown=True) from error


def _read(answer: httpx.Response, given_up_at: float) -> bytes:
    """The beginning of the answer; its status is known, a body that breaks off or drips changes nothing."""
    import httpx

    body = b""
    try:
        for piece in answer.iter_raw():
            body += piece
            if len(body) > LONGEST_ANSWER or time.monotonic() > given_up_at:
                break
    except httpx.HTTPError:
        pass
    return body[:LONGEST_ANSWER]


def _watch_again() -> None:
    """What was kept open since an earlier request may carry this one."""
    _mine.lines = [watched(line) for line in getattr(_mine, "lines", []) if line.fileno() >= 0]


def _opened(event: str, about: dict[str, Any]) -> None:
    """Told by httpcore. What is encrypted is another object than the line it goes over, which is then closed to us."""
    if event.endswith(("connect_tcp.complete", "start_tls.complete")):
        line = about["return_value"].get_extra_info("socket")
        if line is not None:
            _mine.lines.append(watched(line))
