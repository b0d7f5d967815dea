"""`subject key`: the keys under which subjects are kept."""

from __future__ import annotations

import sys

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Misconfigured, Usage


@click.group("key", cls=Family)
def key() -> None:
    """The key that makes handles: one for all who share a record, in the keyring of each machine.

    \b
    Example:
      escalate subject key new
      escalate subject key check
    """


@key.command("new", cls=Command)
@click.option(
    "--lost", is_flag=True, help="Also where the last key is lost: what was seen under it is not found again."
)
@pass_session
def new(session: Session, lost: bool) -> None:
    """Make a key, or one that takes the place of the last. Earlier keys stay, and what was seen under them is found.

    Where ESCALATE_SECRET_SUBJECTS holds a key that the record does not know yet, that one is taken.

    \b
    Example:
      escalate subject key new
    """
    from escalate.app import subject_keys

    made = subject_keys.make(session.ledger, session.wiring.subject_keys, lost=lost)
    where = "this machine's keyring" if made["kept"] == "keyring" else "ESCALATE_SECRET_SUBJECTS"
    note = (
        "Others who share the record need it: escalate subject key export, and import there. If it is lost, nobody can "
        "say any more whether somebody was here before."
    )
    said = f"Key {made['id']} is in {where}; from now on subjects are kept under it."
    session.answer(made, lambda _one: [said, note])


@key.command("list", cls=Command)
@pass_session
def list_(session: Session) -> None:
    """List the keys that the record knows, and whether they are on this machine.

    \b
    Example:
      escalate subject key list
    """
    from escalate.app import subject_keys
    from escalate.cli.views.subject import keys

    session.answer(subject_keys.listed(session.store, session.wiring.subject_keys), keys)


@key.command("check", cls=Command)
@pass_session
def check(session: Session) -> None:
    """Check that the right keys are on this machine; exit 6 if not.

    \b
    Example:
      escalate subject key check
    """
    from escalate.app import subject_keys

    found = subject_keys.checked(session.store, session.wiring.subject_keys)
    session.answer(found, lambda one: [f"The key {one['current']} is here."])
    if found["missing"]:
        session.exit_code = Misconfigured.exit_code
        session.say(
            f"Earlier keys are missing: {', '.join(found['missing'])}. What was seen under them is not found. Bring them: "
            "escalate subject key export where they are, then import here."
        )
    if found["unknown"]:
        session.say(f"Not used, since the record does not know it: {', '.join(found['unknown'])}.")


@key.command("export", cls=Command)
@click.option("-o", "--output", metavar="FILE", help="Write them to a file that only you can read.")
@pass_session
def export(session: Session, output: str | None) -> None:
    """Hand the keys to another machine. Whoever has them can find out, by trying, which values handles stand for.

    \b
    Example:
      escalate subject key export -o keys.txt
      ssh desk escalate subject key export | escalate subject key import --from -
    """
    from escalate.app import subject_keys

    text = subject_keys.exported(session.store, session.wiring.subject_keys)
    count = text.count("\n")
    if output is not None:
        from pathlib import Path

        session.wiring.documents.write(Path(output), text)
        session.answer(
            {"file": output, "keys": count},
            lambda _one: [f"{count} {'key is' if count == 1 else 'keys are'} in {output}. Delete it when it is used."],
        )
        return
    if session.as_json:
        raise Usage("Keys go to a file.", hint="As: escalate subject key export -o keys.txt --json")
    if sys.stdout.isatty() and not (
        session.interactive
        and click.confirm("The keys would be seen on this terminal. Show them?", default=False, err=True)
    ):
        raise Usage("The keys were not shown.", hint="Write them to a file: escalate subject key export -o keys.txt")
    click.echo(text, nl=False)


@key.command("import", cls=Command)
@click.argument("words", metavar="", nargs=-1)
@click.option("--from", "source", metavar="FILE", help="What export wrote; - reads stdin. Left out: it asks.")
@pass_session
def import_(session: Session, words: tuple[str, ...], source: str | None) -> None:
    """Put the keys of another machine into this one's keyring.

    \b
    Example:
      escalate subject key import --from keys.txt
    """
    from escalate.app import subject_keys

    if words:
        raise Usage(
            "A key is never given on the command line, where others see it.",
            hint="As: escalate subject key import --from keys.txt. If you typed a key, make another one: it was seen.",
        )
    kept = subject_keys.imported(session.store, session.wiring.subject_keys, _text(session, source))
    session.answer(kept, lambda one: [f"Kept: {', '.join(one['kept'])}. Delete the file they came in."])
    if kept["missing"]:
        session.say(f"Still missing: {', '.join(kept['missing'])}.")


def _text(session: Session, source: str | None) -> str:
    if source == "-":
        from escalate.cli.spoken import stdin

        return stdin()
    if source is not None:
        return str(session.wiring.library.text_at(source))
    if not session.interactive:
        raise Usage(
            "Nobody can be asked for the key here.", hint="Give --from FILE, or --from - to read it from stdin."
        )
    return str(click.prompt("Key (not shown)", hide_input=True, err=True, default="", show_default=False))
