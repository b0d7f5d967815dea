"""One HTTP request and its answer, for the channels that speak plain HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from escalate.adapters.channels.answers import LONGEST_ANSWER, not_reached
from escalate.domain.value import Value

if TYPE_CHECKING:
    import httpx

    from escalate.adapters.channels.clients import Client


class Reply(Value):
    status: int
    headers: dict[str, str]
    body: bytes


def exchange(
    client: httpx.Client | Client,
    method: str,
    url: str,
    *,
    name: str,
    timeout: float,
    content: bytes = b"",
    headers: dict[str, str] | None = None,
    extensions: dict[str, Any] | None = None,
) -> Reply:
    """Send one request, once, and read a short answer. Redirects are answers; they are not followed.

    Raises Unreachable, with `unknown` where the request had gone out, and Misconfigured for an untrusted
    certificate.
    """
    import httpx

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
            extensions=extensions or {},
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
