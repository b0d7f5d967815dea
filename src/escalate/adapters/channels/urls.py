"""Which addresses a channel may call."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from escalate.errors import Misconfigured, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def checked_url(url: str, *, private: bool = False) -> str:
    """`url` without a slash at its end, if it is https, or http to this very machine.

    Raises Misconfigured for anything else: user and password in it, a host written as a link-local address
    (where clouds keep their credentials), or as a private one unless `private`.
    """
    shown = url.partition("?")[0] if "@" not in url else "the address"
    if not url.isprintable() or " " in url:
        raise Misconfigured("An address has blanks or control characters in it.", hint="Write it again by hand.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Misconfigured(f"{shown} is not a web address.", hint="Write https://HOST/PATH.") from error
    if parts.scheme not in {"https", "http"} or not host or port == 0:
        raise Misconfigured(f"{shown} is not a web address.", hint="Write https://HOST/PATH.")
    if parts.username is not None or parts.password is not None:
        raise Misconfigured(
            f"The address of {host} has a user or password in it.", hint="Name a secret instead: secret:NAME."
        )
    if parts.fragment:
        raise Misconfigured(f"{shown} has a # in it, which is never sent.", hint="Take away # and what follows.")
    if parts.scheme == "http" and not is_loopback(host):
        raise Misconfigured(f"{shown} is not encrypted.", hint="Use https; http is for this machine only.")
    if (literal := _literal(host)) and not is_loopback(host):
        check_address(literal, host, private=private)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether `host`, as written, is this very machine."""
    literal = _literal(host)
    return literal.is_loopback if literal else host.lower().rstrip(".") == "localhost"


def resolved(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of `host`, all allowed, to be called as they are: a second look-up may differ."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {host} could not be looked up.", hint="Check the name and the network.") from error
    addresses = list(dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found))
    for address in addresses:
        if not (is_loopback(host) and ipaddress.ip_address(address).is_loopback):
            check_address(ipaddress.ip_address(address), host, private=private)
    return addresses


def check_address(address: Address, host: str, *, private: bool) -> None:
    """Raises Misconfigured where `host` stands for an address that must not be called."""
    inner = _inner(address)
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        raise Misconfigured(f"{host} is at {address}, which is never called.", hint="Give the receiver's own address.")
    if not inner.is_global and not private:
        raise Misconfigured(
            f"{host} is at {address}, inside a private network.",
            hint="If that is meant, set private = true for the channel.",
        )


def _inner(address: Address) -> Address:
    """The IPv4 address that some IPv6 addresses only wrap."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
