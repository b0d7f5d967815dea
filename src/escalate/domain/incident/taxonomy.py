"""Kinds of harm as data: two levels, what each brings with it, and what it is called elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.assessment.sheet import Sheet, near
from escalate.domain.incident.harm import HARMS, SENSITIVE, harm
from escalate.domain.text.visible import visible
from escalate.domain.value import Value
from escalate.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

CORE = "escalate-core"

RELATIONS = ("exact", "broad", "narrow", "related")
"""From here to there: the same; the other is wider; the other is narrower; neither holds the other."""

SLUG = r"[a-z0-9][a-z0-9-]{0,63}"
LONGEST_LABEL = 120
LONGEST_ID = 300
SHOWN_MISTAKES = 100


class Crosswalk(Value):
    scheme: str
    id: str
    relation: str


class Kind(Value):
    """`slug` is `cse` or `cse:grooming`. What is below another is as sensitive as that, and has its floor, too."""

    slug: str
    label: str
    sensitive: bool = False
    floor: str = ""
    maps_to: tuple[Crosswalk, ...] = ()
    replaced_by: str = ""

    @property
    def first(self) -> str:
        return self.slug.partition(":")[0]


class Taxonomy(Value):
    """`kinds` are all of both levels by slug, each first level before what is below it."""

    id: str
    version: int
    title: str = ""
    extends: str = ""
    kinds: dict[str, Kind]

    @property
    def name(self) -> str:
        """As an incident keeps it."""
        return f"{self.id}@{self.version}"

    @property
    def below(self) -> dict[str, tuple[str, ...]]:
        """The second levels that may be chosen, by first level."""
        found: dict[str, tuple[str, ...]] = {}
        for kind in self.kinds.values():
            second = kind.slug.partition(":")[2]
            if second and not kind.replaced_by:
                found[kind.first] = (*found.get(kind.first, ()), second)
        return found

    def harm(self, text: str) -> str:
        """The slug somebody chose. Raises Usage for an unknown one, and for one that others have replaced."""
        kind = self.kinds.get(text.strip().lower())
        if kind and kind.replaced_by:
            raise Usage(f"{kind.slug} is no longer used.", hint=f"Say {kind.replaced_by}.")
        return harm(text, self.below)

    def floors(self, slug: str) -> list[str]:
        """The floors a harm brings by itself; also of a second level that nobody knows any more."""
        kinds = [self.kinds.get(name) for name in dict.fromkeys((slug.partition(":")[0], slug))]
        return list(dict.fromkeys(kind.floor for kind in kinds if kind and kind.floor))

    def public(self, slug: str | None = None) -> dict[str, Any]:
        """As `--json` shows it; with `slug` only that kind and what is below it."""
        kinds = [kind for kind in self.kinds.values() if slug is None or slug in {kind.slug, kind.first}]
        rows = [{**kind.plain(), "parent": kind.first if ":" in kind.slug else None} for kind in kinds]
        for row, kind in zip(rows, kinds, strict=True):
            row["sensitive"] = self.kinds[kind.first].sensitive
            row["floor"] = kind.floor or None
            row["floors"] = self.floors(kind.slug)
            row["replaced_by"] = kind.replaced_by or None
        return {"id": self.id, "version": self.version, "title": self.title, "kinds": rows}


def parse(name: str, data: dict[str, Any]) -> Taxonomy:
    """The taxonomy that `data` states. Raises Misconfigured naming all mistakes; `name` is the file's."""
    mistakes: list[str] = []
    sheet = Sheet(data, "", mistakes)
    sheet.only(("id", "version", "title", "extends", "harms"))
    id_, version = sheet.text("id", needed=True), sheet.whole("version", needed=True)
    extends = sheet.text("extends")
    for key, word in (("id", id_), ("extends", extends)):
        if word and not re.fullmatch(SLUG, word):
            sheet.wrong(key, "this is small letters, digits and hyphens.")
    if version is not None and version < 1:
        sheet.wrong("version", "versions count from 1.")
    if id_ and extends == id_:
        sheet.wrong("extends", "it cannot extend itself.", "Give it an id of its own.")
    kinds = _kinds(sheet, labelled=not extends)
    if not kinds and data.get("harms", {}) == {}:
        sheet.wrong("harms", "there is no harm.", 'The least: [harms.NAME] with label = "…".')
    title = _plain(sheet, "title", LONGEST_LABEL)
    if not extends and not mistakes:
        mistakes += _replacements(kinds)
    if mistakes:
        raise refusal(name, mistakes)
    return Taxonomy(id=id_, version=version or 0, title=title, extends=extends, kinds=kinds)


def refusal(name: str, mistakes: list[str]) -> Misconfigured:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [f"  {mistake}" for mistake in mistakes[:SHOWN_MISTAKES]]
    if len(mistakes) > SHOWN_MISTAKES:
        lines.append(f"  and {len(mistakes) - SHOWN_MISTAKES} more.")
    return Misconfigured(
        "\n".join((f"The taxonomy {name} has {count}:", *lines)),
        hint="Mend the file, then: escalate taxonomy check FILE",
    )


def extended(core: Taxonomy, others: Iterable[tuple[str, Taxonomy]]) -> Taxonomy:
    """`core` with the second levels that others add. Raises Misconfigured where one does not fit."""
    kinds = dict(core.kinds)
    for name, other in others:
        mistakes = []
        for kind in other.kinds.values():
            if ":" in kind.slug and kind.slug in kinds:
                mistakes.append(f"harms.{kind.slug.replace(':', '.below.')}: {core.id} has it already.")
            elif ":" in kind.slug and kind.first in kinds:
                kinds[kind.slug] = kind
            elif kind.slug not in kinds:
                hint = near(kind.slug, (slug for slug in core.kinds if ":" not in slug), all_of_them="There are")
                mistakes.append(f"harms.{kind.slug}: {core.id} has no such first level. {hint}")
        mistakes += _replacements({slug: kind for slug, kind in other.kinds.items() if ":" in slug}, among=kinds)
        if mistakes:
            raise refusal(name, mistakes)
    first = [slug for slug in kinds if ":" not in slug]
    return core.but(kinds={slug: kinds[slug] for of in first for slug in kinds if slug.partition(":")[0] == of})


def misfits(taxonomy: Taxonomy) -> list[str]:
    """Why incidents cannot be opened by it: what is masked goes by the first level, in every record there is."""
    there = {slug: kind for slug, kind in taxonomy.kinds.items() if ":" not in slug}
    found = [f"harms.{slug}: this first level is missing; records name it." for slug in HARMS if slug not in there]
    for slug, kind in there.items():
        if slug not in HARMS:
            found.append(f"harms.{slug}: there is no such first level. Put it below one, as [harms.oth.below.{slug}].")
        elif kind.sensitive != (slug in SENSITIVE):
            found.append(f"harms.{slug}.sensitive: it is {str(slug in SENSITIVE).lower()} in every record.")
        elif kind.replaced_by:
            found.append(f"harms.{slug}.replaced_by: a first level cannot be replaced.")
    return found


def _kinds(sheet: Sheet, *, labelled: bool) -> dict[str, Kind]:
    """Without `labelled` (in an extension) a first level only says what the others are below."""
    kinds: dict[str, Kind] = {}
    for first, table in sheet.below("harms").items():
        _name(first, table)
        table.only(("label", "sensitive", "floor", "maps_to", "replaced_by", "below") if labelled else ("below",))
        kinds[first] = _kind(first, table, labelled=labelled)
        for second, under in table.below("below").items():
            _name(second, under)
            under.only(("label", "floor", "maps_to", "replaced_by"))
            kinds[f"{first}:{second}"] = _kind(f"{first}:{second}", under)
    return kinds


def _name(slug: str, sheet: Sheet) -> None:
    if not re.fullmatch(SLUG, slug):
        sheet.wrong("", "a slug is small letters, digits and hyphens, 64 at most.")


def _kind(slug: str, sheet: Sheet, *, labelled: bool = True) -> Kind:
    label = _plain(sheet, "label", LONGEST_LABEL)
    if labelled and not label and isinstance(sheet.data.get("label", ""), str):
        sheet.wrong("label", "this is missing.")
    floor = sheet.text("floor")
    if floor and not re.fullmatch(r"F[1-9][0-9]?", floor):
        sheet.wrong("floor", "a floor is F and a number.", 'As floor = "F4".')
    return Kind(
        slug=slug,
        label=label,
        sensitive=sheet.flag("sensitive"),
        floor=floor,
        maps_to=_maps(sheet),
        replaced_by=sheet.text("replaced_by"),
    )


def _maps(sheet: Sheet) -> tuple[Crosswalk, ...]:
    rows = sheet.data.get("maps_to", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        sheet.wrong(
            "maps_to", "this is a list of tables.", 'As [{ scheme = "rsit", id = "fraud", relation = "exact" }].'
        )
        return ()
    found = []
    for number, row in enumerate(rows):
        one = Sheet(row, f"{sheet.where}.maps_to[{number}]", sheet.mistakes)
        one.only(("scheme", "id", "relation"))
        scheme, relation = one.text("scheme", needed=True), one.text("relation", needed=True)
        id_ = _plain(one, "id", LONGEST_ID)
        if not id_ and isinstance(row.get("id", ""), str):
            one.wrong("id", "this is missing.")
        if scheme and not re.fullmatch(SLUG, scheme):
            one.wrong("scheme", "a scheme is small letters, digits and hyphens.")
        if relation and relation not in RELATIONS:
            one.wrong(
                "relation", f"there is no relation {relation!r}.", near(relation, RELATIONS, all_of_them="Relations")
            )
        found.append(Crosswalk(scheme=scheme, id=id_, relation=relation))
    return tuple(found)


def _plain(sheet: Sheet, key: str, limit: int) -> str:
    """Text of one line, as anybody may read it."""
    text = sheet.text(key)
    if len(text) > limit:
        sheet.wrong(key, f"this has {len(text):,} characters; {limit} are enough.")
    elif visible(text) != text:
        sheet.wrong(key, "this holds characters that cannot be seen.")
    return text


def _replacements(kinds: dict[str, Kind], among: dict[str, Kind] | None = None) -> list[str]:
    """A replacement is there, and is not itself replaced: nobody is led on from one to the next."""
    among = kinds if among is None else among
    mistakes = []
    for kind in kinds.values():
        where = f"harms.{kind.slug.replace(':', '.below.')}.replaced_by"
        by = among.get(kind.replaced_by)
        if not kind.replaced_by:
            continue
        if by is None:
            mistakes.append(
                f"{where}: there is no {kind.replaced_by!r}. {near(kind.replaced_by, list(among)[:40])}".strip()
            )
        elif by.replaced_by:
            mistakes.append(f"{where}: {by.slug} is replaced itself, by {by.replaced_by}.")
    return mistakes
