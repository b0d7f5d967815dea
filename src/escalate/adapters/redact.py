"""Keeps secrets out of logs: ours, and those that client libraries write by themselves."""

from __future__ import annotations

import functools
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

GONE = "[redacted]"

QUIET = ("httpx", "httpcore", "slack_sdk", "jira", "urllib3", "requests", "keyring")
"""httpx logs whole URLs at INFO, slack_sdk whole bodies at DEBUG: neither is anybody's business."""

_SHORTEST = 4
"""Shorter secrets would turn every third word into a redaction; nothing issues such."""

_NAMED = (
    r"\b([\w-]*(?:routing_key|integration_key|token|password|passwd|secret|api_?key|private_?key)"
    r"|signature|authorization)([\"']?\s*[=:]\s*)(b?[\"'])?(?!(?:Bearer|Basic|Token)\s)"
    r"(?(3).*?(?=[\"'])|[^\s\"'&,;}\])]+)"
)
"""A name, a quote that may close it, = or :, and the value. A scheme such as Bearer stays readable."""


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without `secrets`, in any spelling a log may give them, and without what looks like one."""
    for secret in sorted({spelling for value in secrets for spelling in _spellings(value)}, key=len, reverse=True):
        text = text.replace(secret, GONE)
    for shape, instead in _shapes():
        text = shape.sub(instead, text)
    return text


@functools.cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What looks like a secret, and what to write instead."""
    import re

    return tuple(
        (re.compile(shape, re.IGNORECASE), instead)
        for shape, instead in (
            (r"(hooks\.slack\.com/)(?:services|workflows|triggers)/[^\s\"'<>]+", rf"\1{GONE}"),
            (r"\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]{4,}", GONE),
            (r"\b(Bearer|Basic)(\s+)[\w.~+/=-]{6,}", rf"\1\2{GONE}"),
            (r"\b(Token\s+token=)[^\s\"',;]+", rf"\1{GONE}"),
            (r"(://)[^\s/@\"']+@", rf"\1{GONE}@"),
            (_NAMED, rf"\1\2\3{GONE}"),
        )
    )


def _spellings(secret: str) -> set[str]:
    spelt = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return {text for text in spelt if len(text) >= _SHORTEST}


def install(secrets_seen: Callable[[], Iterable[str]]) -> Callable[[], None]:
    """Redact every log record of this process from now on; returns what undoes it.

    A filter on a logger does not see what its children pass up, and one on a handler misses handlers added
    later, so records are cleaned where they are made.
    """
    make = logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in QUIET}

    def clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        secrets = list(secrets_seen())
        record.msg, record.args = redacted(_message(record), secrets), ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = redacted("".join(traceback.format_exception(*record.exc_info)).rstrip(), secrets)
        if record.stack_info:
            record.stack_info = redacted(record.stack_info, secrets)
        return record

    def undo() -> None:
        logging.setLogRecordFactory(make)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

    logging.setLogRecordFactory(clean)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return undo


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # logging itself would print the arguments, secrets among them, to say that they do not fit.
        return f"{record.msg} {record.args}"


class Secretive(Protocol):
    def seen(self) -> Iterable[str]:
        """The secrets that were read so far."""


_secretive: list[Secretive] = []


def keep_out(secrets: Secretive) -> None:
    """Once for the process, for the secrets of all who have any."""
    if not _secretive:
        install(lambda: [value for one in _secretive for value in one.seen()])
    if secrets not in _secretive:
        _secretive.append(secrets)
