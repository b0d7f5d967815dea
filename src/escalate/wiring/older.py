"""A shared record whose tables are those of an older escalate than this one, as between an installation and `init`."""

from __future__ import annotations

from typing import Any

from escalate.errors import Misconfigured, Unreachable


class Older(Unreachable):
    """Until somebody has brought the tables up to date it is gone on with as without a line. `cause` says it as it is."""

    def __init__(self, cause: Misconfigured) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.cause = cause


def connect(record: Any) -> None:
    """Raises Older, or what else keeps us from the record."""
    try:
        record.connection()
    except Misconfigured as error:
        if not record.is_older:
            raise
        raise Older(error) from error


def plainly(error: Unreachable) -> Misconfigured | Unreachable:
    """What is said where nothing goes on on this machine."""
    return error.cause if isinstance(error, Older) else error
