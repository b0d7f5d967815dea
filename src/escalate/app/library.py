"""What the inside asks of the place where templates and runbooks are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from escalate.domain.assessment.template import Template
    from escalate.domain.runbook.runbook import Runbook

OWN, BUNDLED = "own", "bundled"
"""Where a file comes from: the team's own folder, which counts first, or escalate itself."""


class Library(Protocol):
    def templates(self) -> dict[str, tuple[Path, str]]:
        """The assessment templates by name: their file, and where it comes from. Files are not read."""

    def template(self, name: str) -> Template:
        """Raises NotFound for an unknown name, and Misconfigured naming every mistake in the file."""

    def template_at(self, path: Path) -> Template:
        """The template in a file anywhere, what it includes beside it or known. Raises as `template` does."""

    def begun(self, name: str, like: str | None) -> tuple[Path, str]:
        """Where the team's own template `name` goes, in a folder that is there, and the text it begins with.

        Raises Usage for what cannot be a name, Refused where it would take the place of a bundled one without being
        like it, and NotFound for an unknown `like`.
        """

    def text_at(self, path: str) -> str:
        """The text of a file that somebody wrote. Raises Misconfigured where it cannot be read."""

    def plain_field(self, template: str, field: str) -> bool:
        """Whether an answer is written for readers outside; not so where template or field is unknown."""

    def runbooks(self) -> dict[str, tuple[Path, str]]: ...
    def runbook(self, name: str) -> Runbook:
        """Raises NotFound for an unknown name, and Misconfigured naming every mistake in the file."""
