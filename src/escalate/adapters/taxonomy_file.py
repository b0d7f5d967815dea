"""Reads taxonomies: files in TOML, and the machinetag JSON that MISP's are written in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from escalate.domain.incident.taxonomy import (
    CORE,
    LONGEST_ID,
    LONGEST_LABEL,
    SLUG,
    Crosswalk,
    Kind,
    Taxonomy,
    extended,
    misfits,
    parse,
    refusal,
)
from escalate.domain.text.visible import is_blank, one_line, visible
from escalate.errors import Misconfigured, NotFound
from escalate.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = "taxonomies"

MOST = 10_000
"""Kinds in a file that is imported."""

LARGEST = 1 << 20
"""Bytes of a file that is read."""

SCHEME = "misp"


class Taxonomies:
    """Those in the team's own `templates/taxonomies`, before those that come with escalate."""

    def __init__(self, home: Path, text_at: Callable[[str], str]) -> None:
        self._own = home / "templates" / FOLDER
        self._bundled = bundled("templates") / FOLDER
        self._text_at = text_at

    def in_force(self) -> Taxonomy:
        """What incidents are opened by: the team's own core or the bundled one, and what extends it.

        Raises Misconfigured where a file cannot be used; another never stands in for it.
        """
        others = [self._own / f"{name}.toml" for name in self._own_names() if name != CORE]
        read = [(str(path), self.at(path)) for path in others]
        return extended(self._core(), [(name, other) for name, other in read if other.extends == CORE])

    def _core(self) -> Taxonomy:
        path = (self._own if CORE in self._own_names() else self._bundled) / f"{CORE}.toml"
        core = self.at(path)
        mistakes = [f"id: the file is {CORE}, so its id is, too."] if core.id != CORE else misfits(core)
        if mistakes:
            raise refusal(str(path), mistakes)
        return core

    def named(self, id_: str) -> Taxonomy:
        if id_ == CORE:
            return self.in_force()
        known = self.names()
        if id_ not in known:
            raise NotFound(f"There is no taxonomy {id_!r}.", hint=f"There are: {', '.join(known)}.")
        return self.at(self._own / f"{id_}.toml")

    def names(self) -> list[str]:
        return list(dict.fromkeys((CORE, *self._own_names())))

    def at(self, path: Path) -> Taxonomy:
        """The taxonomy in a file anywhere. Raises Misconfigured naming every mistake."""
        import tomllib

        text = self._text_at(str(path))
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise Misconfigured(f"{path} is not TOML: {error}.", hint="Mend that line and try again.") from error
        return parse(str(path), data)

    def machinetag(self, path: Path) -> Taxonomy:
        """What a machinetag file of MISP says. Raises Misconfigured where it is not one."""
        text = self._text_at(str(path))
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Misconfigured(f"{path} is not JSON: {error}.", hint="As MISP has it: machinetag.json.") from error
        return _from_machinetag(path, data)

    def fits(self, path: Path, extension: Taxonomy) -> None:
        """Raise Misconfigured where what is in a file cannot extend the core."""
        extended(self._core(), [(str(path), extension)])

    def written(self, taxonomy: Taxonomy) -> str:
        """The taxonomy as a file. Raises Misconfigured where nobody could read it again."""
        text = _written(taxonomy)
        if len(text.encode()) > LARGEST:
            raise Misconfigured(
                f"{taxonomy.name} would be larger than 1 MiB.", hint="Import a part of it: fewer predicates and values."
            )
        return text

    def _own_names(self) -> list[str]:
        try:
            found = sorted(path.name for path in self._own.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise Misconfigured(f"{self._own} cannot be read: {error.strerror}.", hint="May you read it?") from error
        names = [name.removesuffix(".toml") for name in found if name.endswith(".toml")]
        if strange := [name for name in names if not re.fullmatch(SLUG, name)]:
            raise Misconfigured(
                f"{self._own} holds {', '.join(visible(name) for name in strange)}.toml.",
                hint="A taxonomy's file is called by its id: small letters, digits and hyphens.",
            )
        return names


def _written(taxonomy: Taxonomy) -> str:
    lines = [f"id = {_quoted(taxonomy.id)}", f"version = {taxonomy.version}", f"title = {_quoted(taxonomy.title)}"]
    for kind in taxonomy.kinds.values():
        first, _, second = kind.slug.partition(":")
        lines += ["", f"[harms.{first}.below.{second}]" if second else f"[harms.{first}]"]
        lines.append(f"label = {_quoted(kind.label)}")
        lines += ["sensitive = true"] if kind.sensitive else []
        lines += [f"floor = {_quoted(kind.floor)}"] if kind.floor else []
        lines += [f"replaced_by = {_quoted(kind.replaced_by)}"] if kind.replaced_by else []
        if kind.maps_to:
            lines += ["maps_to = [", *(f"  {_row(one)}," for one in kind.maps_to), "]"]
    return "\n".join(lines) + "\n"


def _row(one: Crosswalk) -> str:
    return f"{{ scheme = {_quoted(one.scheme)}, id = {_quoted(one.id)}, relation = {_quoted(one.relation)} }}"


def _quoted(text: str) -> str:
    """Of text without controls or surrogates a JSON string is a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def _from_machinetag(path: Path, data: Any) -> Taxonomy:
    """`namespace:predicate="value"`: predicates are the first level, values the second, `expanded` is the label."""
    if not isinstance(data, dict):
        raise _strange(path, "it is not an object")
    namespace, version = data.get("namespace"), data.get("version", 1)
    if not isinstance(namespace, str) or not namespace.strip():
        raise _strange(path, "it has no namespace")
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version < 2**53:
        raise _strange(path, "its version is not a whole number from 1 on")
    kinds: dict[str, Kind] = {}
    slugs: dict[str, str] = {}
    numbers: dict[str, int] = {}

    def add(name: str, before: str, tag: str, row: dict[str, Any]) -> str:
        slug = _free(before + _slug(name), kinds, numbers)
        kinds[slug] = _kind(slug, tag, row)
        if len(kinds) > MOST:
            raise _strange(path, f"it has more than {MOST:,} predicates and values")
        return slug

    for row in _rows(path, data, "predicates"):
        name = _value(path, row)
        if name not in slugs:
            slugs[name] = add(name, "", f"{namespace}:{name}", row)
    seen: set[tuple[str, str]] = set()
    for group in _rows(path, data, "values"):
        name = str(group.get("predicate"))
        if name not in slugs:
            raise _strange(path, f"it has values of {one_line(name, 40)!r}, which is not a predicate")
        for row in _rows(path, group, "entry"):
            value = _value(path, row)
            if (name, value) not in seen:
                seen.add((name, value))
                add(value, f"{slugs[name]}:", f'{namespace}:{name}="{value}"', row)
    if not kinds:
        raise _strange(path, "it has no predicates")
    description = data.get("description")
    title = one_line(description, LONGEST_LABEL).strip() if isinstance(description, str) else ""
    return Taxonomy(id=_slug(namespace), version=version, title=title, kinds=kinds)


def _rows(path: Path, data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _strange(path, f"its {key} are not a list of objects")
    if len(rows) > MOST:
        raise _strange(path, f"it has more than {MOST:,} {key}")
    return rows


def _value(path: Path, row: dict[str, Any]) -> str:
    value = row.get("value")
    if not isinstance(value, str) or is_blank(value):
        raise _strange(path, "one of its entries has no value")
    return value


def _kind(slug: str, tag: str, row: dict[str, Any]) -> Kind:
    said = row.get("expanded")
    label = said if isinstance(said, str) and not is_blank(said) else row["value"]
    crosswalk = Crosswalk(scheme=SCHEME, id=one_line(tag, LONGEST_ID), relation="exact")
    return Kind(slug=slug, label=one_line(label, LONGEST_LABEL).strip(), maps_to=(crosswalk,))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-") or "x"


def _free(slug: str, taken: dict[str, Kind], numbers: dict[str, int]) -> str:
    """A slug nobody has: what differs only in letters that a slug has not is numbered, in the order of the file."""
    free = slug
    while free in taken:
        numbers[slug] = numbers.get(slug, 1) + 1
        free = f"{slug}-{numbers[slug]}"
    return free


def _strange(path: Path, why: str) -> Misconfigured:
    return Misconfigured(
        f"{path} is not a MISP taxonomy: {why}.",
        hint='It has namespace, predicates = [{"value": …, "expanded": …}], values = [{"predicate": …, "entry": […]}].',
    )
