"""Settings as they are, and secrets into the keyring."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from escalate.cli.options import Command, Family
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalate.cli.views import View

LONGEST = 65_536
"""Characters of a secret: a token, a password, a pasted key."""


@click.group("config", cls=Family)
def config() -> None:
    """Show the settings.

    \b
    Example:
      escalate config show
    """


@config.command("show", cls=Command)
@pass_session
def show(session: Session) -> None:
    """Show each setting, its value, and where the value comes from.

    An option goes before the environment, that before config.toml in the home folder, and that
    before the default. Secrets are no settings and are not shown.

    \b
    Example:
      escalate config show
      ESCALATE_ZONE=Europe/London escalate config show
    """
    from escalate.config import public

    wiring = session.wiring
    home = {"name": "home", "value": str(wiring.home), "source": _home_source(wiring.environ)}
    rows = [
        {"name": name, "value": public(found.value), "source": found.source} for name, found in wiring.config.items()
    ]
    session.answer([home, *rows], _settings)


@click.command("login", cls=Command)
@click.argument("name")
@click.option("--stdin", "from_stdin", is_flag=True, help="Take the secret from standard input instead of asking.")
@pass_session
def login(session: Session, name: str, from_stdin: bool) -> None:
    """Keep the secret NAME in this machine's keyring, where the roster's secret:NAME finds it.

    It is asked for without being shown, and never taken from the command line, where others could read it.

    \b
    Example:
      escalate login slack
      pass show slack-token | escalate login slack --stdin
    """
    _check(name)
    secret = _taken(session, name, from_stdin)
    secrets = session.wiring.secrets
    secrets.set(name, secret)
    session.answer({"name": name, "backend": secrets.backend()}, _kept)
    if secrets.source(name) == "environment":
        session.say(f"{_variable(name)} is set and goes before the keyring.")


@click.command("logout", cls=Command)
@click.argument("name")
@pass_session
def logout(session: Session, name: str) -> None:
    """Take the secret NAME out of this machine's keyring.

    \b
    Example:
      escalate logout slack
    """
    _check(name)
    secrets = session.wiring.secrets
    secrets.delete(name)
    session.answer({"name": name, "backend": secrets.backend()}, _gone)
    if secrets.source(name) == "environment":
        session.say(f"{_variable(name)} is still set: escalate goes on using it until you unset it.")


def _taken(session: Session, name: str, from_stdin: bool) -> str:
    if from_stdin:
        secret = sys.stdin.read(LONGEST + 1).strip("\r\n")
    elif session.interactive:
        secret = click.prompt(f"Secret {name}", hide_input=True, err=True, default="", show_default=False)
    else:
        raise Usage(
            f"Nobody can be asked for the secret {name} here.",
            hint=f"Hand it over: escalate login {name} --stdin < FILE; or set {_variable(name)}.",
        )
    if not secret.strip():
        raise Usage("The secret is empty; nothing was kept.", hint=f"Try again: escalate login {name}")
    if len(secret) > LONGEST:
        raise Usage(f"That is longer than {LONGEST:,} characters.", hint="A secret is a token or a password.")
    return str(secret)


def _check(name: str) -> None:
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
        # What stands there may be the secret itself, so it is not repeated.
        raise Usage(
            "That is not the name of a secret.",
            hint="A name is small letters, digits and hyphens, as the roster has it after secret:. "
            "If you typed the secret itself, take it out of your shell's history.",
        )


def _variable(name: str) -> str:
    return "ESCALATE_SECRET_" + name.upper().replace("-", "_")


def _home_source(environ: Mapping[str, str]) -> str:
    given = [name for name in ("ESCALATE_HOME", "XDG_DATA_HOME") if environ.get(name)]
    return given[0] if given else "default"


def _settings(rows: list[dict[str, Any]]) -> View:
    from escalate.cli.views import Table

    cells: list[Any] = [(row["name"], row["value"] or "(empty)", row["source"]) for row in rows]
    return [Table(columns=("setting", "value", "source"), rows=cells, wide=1)]


def _kept(answer: dict[str, str]) -> View:
    return [f"Kept {answer['name']} in {answer['backend']}. The roster names it as secret:{answer['name']}."]


def _gone(answer: dict[str, str]) -> View:
    return [f"{answer['name']} is no longer in {answer['backend']}."]
