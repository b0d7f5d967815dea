"""The scale. SEV0 is the worst."""

from __future__ import annotations

from escalate.errors import Usage

LEVELS = ("SEV0", "SEV1", "SEV2", "SEV3", "SEV4")

PROVISIONAL = "SEV2"
"""Taken when nobody gives a severity: bad enough to be looked at tonight, and marked as nobody's judgement."""


def severity(text: str) -> str:
    """`SEV1` from `sev1`, `Sev-1` or `1`. Raises Usage for anything else."""
    if not is_level(text):
        raise Usage(f"There is no severity {text!r}.", hint=f"Severities, worst first: {', '.join(LEVELS)}.")
    return _spelt(text)


def is_level(text: str) -> bool:
    return _spelt(text) in LEVELS


def _spelt(text: str) -> str:
    return "SEV" + text.strip().upper().removeprefix("SEV").lstrip("- ")


def worst(*levels: str) -> str:
    return min(levels)


def at_least(level: str, limit: str) -> bool:
    """Whether `level` is `limit` or worse."""
    return level <= limit
