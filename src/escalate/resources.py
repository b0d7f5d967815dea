"""Finds the templates and runbooks that come with escalate."""

from __future__ import annotations

from pathlib import Path


def bundled(kind: str) -> Path:
    """The folder `templates` or `runbooks`: inside the package when installed, else in the checkout."""
    packaged = Path(__file__).parent / "_bundled" / kind
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / kind
