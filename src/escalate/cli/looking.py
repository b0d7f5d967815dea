"""Commands that only look: that nothing was recorded goes without saying, and would frighten whoever did not mean to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_RECORDED = "Nothing was recorded"

ALWAYS = frozenset({
    "", "access", "actions", "approvals", "decisions", "doctor", "exposure", "help", "list", "prompt", "report", "roster",
    "search", "show", "summary", "template", "timeline", "verify", "whoami",
})  # fmt: skip

SOMETIMES = {
    "authority": {"list", "find", "show", "check"},
    "clause": {"diff", "list", "show"},
    "clock": {"list", "suggest", "show", "export", "explain", "library"},
    "config": {"show"},
    "db": {"check", "roles", "backup"},
    "harm": {"list"},
    "hold": {"list"},
    "oncall": {"who", "shifts", "handoffs", "calendar", "check", "simulate", "export"},
    "runbook": {"check", "list", "show"},
    "severity": {"explain"},
    "subject": {"show"},
}
"""Words after which a command only looks."""


def looks(verb: str, arguments: Sequence[str]) -> bool:
    if verb in ALWAYS:
        return True
    after = (
        [word for word in arguments[arguments.index(verb) + 1 :] if not word.startswith("-")]
        if verb in arguments
        else []
    )
    if verb in {"messages", "oncall"} and (not after or verb == "messages"):
        return not {"retry", "told"} & set(after)
    return bool(after) and after[0] in SOMETIMES.get(verb, set())


def without(hint: str) -> str:
    """A hint for somebody who only looks."""
    if not hint.startswith(NOT_RECORDED):
        return hint
    rest = hint.removeprefix(NOT_RECORDED).lstrip(".: ")
    return rest[:1].upper() + rest[1:]
