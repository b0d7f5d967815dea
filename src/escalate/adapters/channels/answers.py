"""What the other side says, brought into our words."""

from __future__ import annotations

import math
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from escalate.adapters.redact import redacted
from escalate.domain.text.visible import cut, one_line
from escalate.errors import Misconfigured, Rejected, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRY_AGAIN = frozenset({408, 425, 429})
"""Refusals that mean "later"; 5xx does too."""

LONGEST_WAIT = 3600.0
"""A page is not put off for longer than this because a header says so."""

LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read; nobody we talk to has more to say."""


def said(text: str | bytes, *secrets: str) -> str:
    """The other side's words in one short line, without `secrets` in case they are repeated to us."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(redacted(plain[:4000], secrets), 200)


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After (a number or a date) or ratelimit-reset ask for, an hour at most."""
    known = {name.lower(): value for name, value in headers.items()}
    for name in ("retry-after", "ratelimit-reset"):
        if (wait := _seconds(known.get(name, ""), known.get("date", ""))) is not None:
            return min(max(wait, 0.0), LONGEST_WAIT)
    return None


def _seconds(value: str, date: str) -> float | None:
    try:
        wait = float(value)
    except ValueError:
        pass
    else:
        return wait if math.isfinite(wait) else None
    try:
        until = parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    try:
        return until - parsedate_to_datetime(date).timestamp()  # by the other side's own clock
    except (ValueError, TypeError, OverflowError):
        return until - time.time()


def judge(name: str, status: int, headers: Mapping[str, str], words: str) -> None:
    """Raises unless `status` is a yes: Unreachable for what may work later, Rejected for what will not."""
    if 200 <= status < 300:
        return
    answered = f"{name} answered {status}" + (f": {words}" if words else "")
    if status in TRY_AGAIN or status >= 500:
        raise Unreachable(answered, hint="It is tried again by itself.", retry_after=wait_asked(headers))
    if 300 <= status < 400:
        raise Rejected(
            f"{name} answered with a redirect ({status}), which is not followed.", hint="Correct its address."
        )
    raise Rejected(answered, hint=f"Check the settings of channel {name}, then: escalate messages retry ID")


def certificate_trouble(error: BaseException | None) -> str:
    """Why a certificate was not trusted, if that is what stands behind `error`; else empty."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ssl.SSLCertVerificationError):
            return one_line(error.verify_message or "it cannot be verified", 200)
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in inner if isinstance(one, BaseException) and id(one) not in seen), None)
    return ""


def not_reached(name: str, error: BaseException, *, unknown: bool = False) -> Misconfigured | Unreachable:
    """The failure to raise when the line broke: with `unknown`, after the request had gone out."""
    if why := certificate_trouble(error):
        return Misconfigured(
            f"{name}: the certificate of the other side is not trusted: {why}",
            hint="Check the address; if it is right, its owner must mend the certificate.",
        )
    return Unreachable(f"{name} {_what(error, unknown)}", hint="It is tried again by itself.", unknown=unknown)


def _what(error: BaseException, unknown: bool) -> str:
    kind = type(error).__name__.lower()
    words = one_line(str(error), 120)
    if "timeout" in kind or "timed out" in words:
        return "did not answer in time" if unknown else "could not be reached in time"
    if unknown:
        return "broke off before answering"
    return f"could not be reached: {words}" if words else "could not be reached"


def fitted(text: str, limit: int, escape: Callable[[str], str]) -> str:
    """`text` escaped, at most `limit` characters of it; it is cut before escaping, so no escape is broken."""
    keep = min(len(text), limit)
    escaped = escape(text if keep == len(text) else cut(text, keep))
    while len(escaped) > limit and keep > 0:
        keep -= max(1, (len(escaped) - limit) // 8)
        escaped = escape(cut(text, max(keep, 0)))
    return escaped
