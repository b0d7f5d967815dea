"""HTTP clients for the channels that speak plain HTTP."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from escalate.domain.text.visible import visible
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import httpx


class Clients:
    """One for each channel. What it keeps open leads to that channel's address and serves no other name."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout

    @cached_property
    def tls(self) -> Any:
        """Set up once for all: it takes longer than a request."""
        import httpx

        return httpx.create_ssl_context()

    def one(self) -> Client:
        return Client(self)


class Client:
    """As httpx's, as far as channels need it. Each thread has connections of its own: httpx looks through all of a pool
    for every request, which at 64 of them takes longer than the request (encode/httpx#3215).
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._of_thread = threading.local()

    def stream(
        self, method: str, url: str, *, proxies: bool = True, **how: Any
    ) -> AbstractContextManager[httpx.Response]:
        """Without `proxies` the address is called as it stands, whatever the environment says of proxies."""
        return self._client(proxies=proxies).stream(method, url, **how)

    def close(self) -> None:
        """What the calling thread keeps open."""
        for client in self._of_thread.__dict__.pop("clients", {}).values():
            client.close()

    def _client(self, *, proxies: bool) -> httpx.Client:
        mine: dict[bool, httpx.Client] = self._of_thread.__dict__.setdefault("clients", {})
        if proxies not in mine:
            import httpx

            try:
                mine[proxies] = httpx.Client(
                    verify=self._clients.tls, timeout=self._clients.timeout, follow_redirects=False, trust_env=proxies
                )
            except (ImportError, ValueError, httpx.InvalidURL) as error:
                raise Misconfigured(
                    f"The proxy that the environment names cannot be used: {visible(str(error)).partition('. ')[0]}.",
                    hint="It goes: HTTPS_PROXY=http://HOST:PORT; NO_PROXY names what is called directly.",
                ) from error
        return mine[proxies]


def proxied(scheme: str, host: str) -> bool:
    """Whether the environment puts a proxy before a host, by which it is then called with its name."""
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    return bool(found.get(scheme) or found.get("all")) and not proxy_bypass(host)
