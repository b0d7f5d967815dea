"""HTTP clients for the channels that speak plain HTTP."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

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

    def stream(self, method: str, url: str, **how: Any) -> AbstractContextManager[httpx.Response]:
        mine: httpx.Client | None = getattr(self._of_thread, "client", None)
        if mine is None:
            import httpx

            mine = httpx.Client(
                verify=self._clients.tls, timeout=self._clients.timeout, follow_redirects=False, trust_env=True
            )
            self._of_thread.client = mine
        return mine.stream(method, url, **how)
