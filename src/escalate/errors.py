"""Every failure a person can meet, and the exit code it ends with.

A message says what happened and names the thing; a hint says what to do next. Whatever is not an `EscalateError` is a
defect of escalate and keeps its traceback.
"""

from __future__ import annotations

from typing import ClassVar


class EscalateError(Exception):
    """A failure with a documented exit code."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "bug"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def message(self) -> str:
        return str(self.args[0])


class Usage(EscalateError):
    """The words on the command line cannot be understood, or would be understood in two ways."""

    exit_code = 2
    code = "usage"


class NotFound(EscalateError):
    """Nothing has that name."""

    exit_code = 3
    code = "not-found"


class Refused(EscalateError):
    """A rule does not allow it, or what was checked does not fit."""

    exit_code = 4
    code = "refused"


class Conflict(EscalateError):
    """Somebody else was writing, or was faster; the same command may work at once."""

    exit_code = 5
    code = "conflict"


class Misconfigured(EscalateError):
    """A setting, a file, a right or a secret is wrong and stays wrong until somebody changes it."""

    exit_code = 6
    code = "misconfigured"


class Unreachable(EscalateError):
    """Something outside did not do its part; another attempt may work.

    `retry_after` is the number of seconds it asked us to wait, if it said so. `unknown` means that the request may have
    been carried out although the answer never came.
    """

    exit_code = 7
    code = "unreachable"

    def __init__(
        self, message: str, *, hint: str = "", retry_after: float | None = None, unknown: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.unknown = unknown


class Rejected(Unreachable):
    """Something outside understood the request and refuses it; sending it again changes nothing."""

    code = "rejected"


EXIT_NOT_ACKNOWLEDGED = 8
"""`page --wait` only: every step has run out, or the time given, and nobody acknowledged."""

EXIT_STILL_OWED = 9
"""Everything is recorded, but something must still be said and no living courier holds it."""

FAILURES: tuple[type[EscalateError], ...] = (
    Usage, NotFound, Refused, Conflict, Misconfigured, Unreachable, Rejected,
)  # fmt: skip
