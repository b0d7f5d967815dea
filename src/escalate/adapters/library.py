"""Templates and runbooks on disk: the team's own folder first, then what comes with escalate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.app.library import BUNDLED, OWN
from escalate.errors import Misconfigured, NotFound, Refused, Usage
from escalate.files import own_folder

if TYPE_CHECKING:
    from pathlib import Path

    from escalate.domain.assessment.template import Template
    from escalate.domain.runbook.runbook import Runbook

LARGEST = 1024 * 1024
"""Bytes of a file that people write by hand."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")
"""A name is never a path: nothing in it can leave the folder."""


class Library:
    """Each root holds `templates/assessments/*.toml` and `runbooks/*.md`; a missing folder is empty."""

    def __init__(self, own: Path, bundled: Path) -> None:
        self._roots = ((own, OWN), (bundled, BUNDLED))

    def templates(self) -> dict[str, tuple[Path, str]]:
        return self._found("templates/assessments", ".toml")

    def runbooks(self) -> dict[str, tuple[Path, str]]:
        return self._found("runbooks", ".md")

    def template(self, name: str) -> Template:
        path, _ = self._one(name, self.templates(), "template", "escalate template list")
        return self.template_at(path)

    def template_at(self, path: Path) -> Template:
        from escalate.domain.assessment.template import parse

        _find(path)
        data = _toml(path)
        names = data.get("include")
        # What cannot be a list of names is the domain's to point out.
        wanted = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        included = {
            name: _toml(found) for name in wanted if _NAME.fullmatch(name) and (found := self._included(name, path))
        }
        return parse(path.stem, data, included)

    def begun(self, name: str, like: str | None) -> tuple[Path, str]:
        known = self.templates()
        if not _NAME.fullmatch(name):
            raise Usage(f"{name!r} cannot be a name.", hint="Small letters, digits, _ and - only, as house-rules.")
        folder = self._roots[0][0] / "templates" / "assessments"
        path = folder / f"{name}.toml"
        if path.exists() or path.is_symlink():
            raise Refused(f"{path} exists.", hint="Edit it, or choose another name.")
        if name in known and like != name:
            raise Refused(
                f"There is a template {name} already; yours would go before it.",
                hint=f"On purpose: escalate template new {name} --like {name}",
            )
        source = self._one(like, known, "template", "escalate template list")[0] if like else self._skeleton
        text = _text(source)
        _make(folder)
        return path, text

    @property
    def _skeleton(self) -> Path:
        return self._roots[1][0] / "templates" / "assessments" / "_new.toml"

    def text_at(self, path: str) -> str:
        from pathlib import Path

        file = Path(path)
        _find(file)
        return _text(file)

    def plain_field(self, template: str, field: str) -> bool:
        try:
            found = self.template(template).field(field)
        except (NotFound, Misconfigured):
            return False
        return found is not None and not found.sensitive

    def runbook(self, name: str) -> Runbook:
        from escalate.domain.runbook.runbook import parse

        path, _ = self._one(name, self.runbooks(), "runbook", "escalate runbook list")
        return parse(path.stem, _text(path))

    def _found(self, folder: str, suffix: str) -> dict[str, tuple[Path, str]]:
        found: dict[str, tuple[Path, str]] = {}
        for root, origin in self._roots:
            try:
                paths = sorted((root / folder).glob(f"*{suffix}"))
            except OSError as error:
                raise Misconfigured(f"{root / folder} cannot be read: {error.strerror}.") from error
            for path in paths:
                if _NAME.fullmatch(path.stem) and path.stem not in found and path.is_file():
                    found[path.stem] = (path, origin)
        return found

    def _one(self, name: str, known: dict[str, tuple[Path, str]], noun: str, see: str) -> tuple[Path, str]:
        name = name.strip().lower()
        if name in known:
            return known[name]
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise NotFound(f"There is no {noun} {name!r}.", hint=f"{hint}See what there is: {see}")

    def _included(self, name: str, beside: Path) -> Path | None:
        folders = [beside.parent, *(root / "templates" / "assessments" for root, _ in self._roots)]
        return next((path for folder in folders if (path := folder / f"_{name}.toml").is_file()), None)


def _make(folder: Path) -> None:
    """The folder, and those above it, for their owner alone."""
    try:
        own_folder(str(folder))
    except OSError as error:
        raise Misconfigured(
            f"{folder} cannot be made: {error.strerror}.",
            hint="May you write there? ESCALATE_HOME names another place.",
        ) from error


def _find(path: Path) -> None:
    """Raise NotFound where a path that somebody gave leads nowhere; a broken link of ours is a mistake in a folder."""
    if not path.exists() and not path.is_symlink():
        raise NotFound(f"There is no file {path}.", hint=f"Nothing was recorded. Looked for it at {path.absolute()}")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be read: {error.strerror}.", hint="Is the path right, and may you read it?"
        ) from error
    if len(data) > LARGEST:
        raise Misconfigured(f"{path} is larger than 1 MiB.", hint="A file that people write is a few pages long.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Misconfigured(
            f"{path} is not UTF-8: byte {error.start} cannot be read.",
            hint="Save it as UTF-8 without anything fancy.",
        ) from error


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Misconfigured(f"{path} is not TOML: {error}.", hint="Mend that line and try again.") from error
