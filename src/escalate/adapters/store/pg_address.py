"""The address of a shared record, as people write it, as it may be shown, and without what must not be."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from escalate.errors import Misconfigured

SECRET = frozenset({"password", "sslpassword", "passfile"})
"""Parameters of an address that are, or lead to, a secret."""


def has_password(url: str) -> bool:
    parts = _parts(url)
    return bool(parts.password) or any(name == "password" for name, _value in parse_qsl(parts.query))


def public(url: str) -> str:
    """The address without any secret: for whoever reads over a shoulder, and for the command line of a courier."""
    parts = _parts(url)
    place = parts.netloc.rpartition("@")[2]
    user = quote(parts.username or "", safe="%")
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in SECRET])
    netloc = f"{user}@{place}" if user else place
    if not netloc:  # the socket of this machine: urlunsplit would leave the slashes out
        return f"postgresql://{parts.path}{'?' if query else ''}{query}"
    return urlunsplit(("postgresql", netloc, parts.path, query, ""))


def place(url: str) -> str:
    """Where it is, in few words, for sentences: the machine, else what stands there."""
    parts = _parts(url)
    given = dict(parse_qsl(parts.query))
    return parts.netloc.rpartition("@")[2] or given.get("host", "") or "this machine"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        unclear = parts.netloc.count("@") > 1 or "@" in f"{parts.path}{parts.query}{parts.fragment}"
    except ValueError:
        unclear = True
    if unclear:  # what stands there may be a piece of a password: it is not repeated
        raise Misconfigured(
            "The address of the database cannot be read.",
            hint="It goes: postgresql://USER@HOST:5432/DATABASE; in a password @ is written %40, / %2F, ? %3F and # %23",
        )
    return parts
