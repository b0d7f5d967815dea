"""`taxonomy`: the kinds of harm, what each brings with it, and what it is called elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import NotFound, Usage


@click.command(cls=Command)
@click.argument("words", metavar="[SLUG | check FILE | import FILE]", nargs=-1)
@click.option("--of", "id_", metavar="ID", help="Another taxonomy of the team's own, by its id.")
@click.option("-o", "--output", metavar="FILE", help="Where import writes the taxonomy; - is standard output.")
@click.option("--force", is_flag=True, help="Let import write over a file that is there already.")
@pass_session
def taxonomy(session: Session, words: tuple[str, ...], id_: str | None, output: str | None, force: bool) -> None:
    """Show the kinds of harm; with SLUG (cse, or cse:grooming) what belongs to one and what it is called elsewhere.

    `taxonomy check FILE` names every mistake in a file. `taxonomy import FILE -o FILE.toml` makes one of the machinetag
    JSON that MISP taxonomies are written in. A team's own stand in templates/taxonomies in the home folder.

    \b
    Example:
      escalate taxonomy
      escalate taxonomy cse
      escalate taxonomy check harms.toml
      escalate taxonomy import machinetag.json -o rsit.toml
    """
    verb, *rest = words or ("",)
    if verb in {"check", "import"}:
        if len(rest) != 1:
            raise Usage(f"`taxonomy {verb}` takes one file.", hint=f"As: escalate taxonomy {verb} FILE")
        if verb == "check" and (output or force):
            raise Usage("`taxonomy check` writes nothing.", hint=f"As: escalate taxonomy check {rest[0]}")
        if verb == "check":
            _check(session, Path(rest[0]))
        else:
            _import(session, Path(rest[0]), output, force=force)
        return
    if rest:
        raise Usage(
            f"`taxonomy` shows one at a time, not {' '.join(words)}.",
            hint=f"As: escalate taxonomy {verb}; all: escalate taxonomy",
        )
    if output or force:
        raise Usage("-o is for `taxonomy import`.", hint="To keep what is shown: escalate taxonomy --json > FILE")
    _show(session, verb, id_)


def _show(session: Session, word: str, id_: str | None) -> None:
    from escalate.cli.views.taxonomy import everything, one
    from escalate.domain.assessment.sheet import near
    from escalate.domain.incident.taxonomy import CORE

    found = session.wiring.taxonomies.named(id_ or CORE)
    slug = word.strip().lower()
    if not slug:
        session.answer(found.public(), everything)
        return
    if slug not in found.kinds:
        first = [kind for kind in found.kinds if ":" not in kind]
        named = [kind for kind in found.kinds if kind.endswith(f":{slug}")]
        close = f"Did you mean {named[0]}?" if named else near(slug, first if ":" not in slug else found.kinds)
        hint = close if close.startswith("Did") else f"There are: {', '.join(first[:40])}."
        raise NotFound(f"{found.name} has no {word!r}.", hint=hint)
    session.answer(found.public(slug), one)


def _check(session: Session, path: Path) -> None:
    from escalate.domain.incident.taxonomy import CORE, misfits, refusal

    taxonomies = session.wiring.taxonomies
    found = taxonomies.at(path)
    if found.id == CORE and (mistakes := misfits(found)):
        raise refusal(str(path), mistakes)
    if found.extends == CORE:
        taxonomies.fits(path, found)
    data = {"id": found.id, "version": found.version, "kinds": len(found.kinds)}
    session.answer(data, lambda _: [f"No mistakes: {found.name}, {len(found.kinds)} kinds."])


def _import(session: Session, path: Path, output: str | None, *, force: bool) -> None:
    taxonomies = session.wiring.taxonomies
    found = taxonomies.machinetag(path)
    text = taxonomies.written(found)
    if output == "-":
        if session.as_json:
            raise Usage("-o - writes the file to standard output, which --json needs.", hint="Leave one of them out.")
        click.echo(text, nl=False)
        return
    if not output:
        raise Usage("Where to?", hint=f"As: escalate taxonomy import {path} -o {found.id}.toml")
    target = Path(output)
    session.wiring.documents.write(target, text, force=force)
    data = {"path": str(target), "id": found.id, "version": found.version, "kinds": len(found.kinds)}
    session.answer(
        data,
        lambda _: [
            f"Wrote {target}: {found.name}, {len(found.kinds)} kinds.",
            f"To look at it with `escalate taxonomy --of {found.id}`, put it into templates/taxonomies in the home folder.",
        ],
    )
