"""`help`: the words that `--help` shows."""

from __future__ import annotations

import click

from escalate.cli.options import Command
from escalate.cli.session import Session, pass_session
from escalate.errors import Usage


@click.command("help", cls=Command)
@click.argument("words", metavar="[COMMAND]…", nargs=-1)
@pass_session
@click.pass_context
def help_(context: click.Context, session: Session, words: tuple[str, ...]) -> None:
    """Show what commands there are, or how one of them goes; the same as --help behind it.

    \b
    Example:
      escalate help
      escalate help db backup
    """
    shown = context.find_root()
    for word in words:
        if not isinstance(shown.command, click.Group):
            raise Usage(f"`{shown.command_path}` has no further commands.", hint=f"{shown.command_path} --help")
        _name, command, _rest = shown.command.resolve_command(shown, [word])
        assert command is not None
        shown = click.Context(command, info_name=word, parent=shown)
    if session.as_json:
        session.document({"help": shown.get_help()})
    else:
        click.echo(shown.get_help())
