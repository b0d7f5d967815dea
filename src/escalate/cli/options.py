"""Options that every command takes after its verb, and the words for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import click

from escalate.cli.session import Session
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Callable

Decorated = TypeVar("Decorated", bound="Callable[..., Any] | click.Command")


class Command(click.Command):
    """A command with the options every command has; they reach the session before the command's own words are read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared())

    allow_extra_args = True  # they are refused here, in words that help

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name != "--database":
                raise
            verb = ctx.command_path.removeprefix("escalate ")
            raise Usage(
                "--database goes before the command.", hint=f"escalate --database PATH {verb} …, or ESCALATE_DATABASE"
            ) from error
        if rest and not ctx.resilient_parsing:
            many = "s" if len(rest) > 1 else ""
            raise Usage(
                f"Got unexpected extra argument{many} ({' '.join(rest)}).",
                hint=f"Text of several words goes in quotes. See how it goes: {ctx.command_path} --help",
            )
        return rest


class Family(click.Group):
    """A word that only leads to other words: without one of them it says which there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            raise Usage(
                f"`{ctx.command_path}` goes on with one of: {', '.join(self.list_commands(ctx))}.",
                hint=f"See how it goes: {ctx.command_path} --help",
            )
        return super().parse_args(ctx, args)


class OnDemand(click.Group):
    """Words of which only the one that is asked for is imported. `places` maps each to `module:name` below
    `cli/commands`. The options that every command has may stand before the word, too.
    """

    places: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared())

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        place = self.places.get(cmd_name)
        if place is None:
            return None
        from importlib import import_module

        module, _, name = place.partition(":")
        found: click.Command = getattr(import_module(f"escalate.cli.commands.{module}"), name)
        return found


def shared() -> list[click.Parameter]:
    return [
        click.Option(["-i", "--incident", "given_ref"], metavar="REF", expose_value=False, callback=_keep,
                     help="The incident meant: INC-12, 12 or a code name."),
        click.Option(["--json", "as_json"], is_flag=True, expose_value=False, callback=_keep, is_eager=True,
                     help="Answer with one JSON document."),
        click.Option(["--zone", "given_zone"], metavar="Z", expose_value=False, callback=_keep, is_eager=True,
                     help="The zone times are read and shown in, as Europe/London."),
        click.Option(["--no-input"], is_flag=True, expose_value=False, callback=_keep, is_eager=True,
                     help="Never ask; what is missing is an error."),
    ]  # fmt: skip


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    session = context.find_object(Session)
    if session is not None and value and parameter.name:
        setattr(session, parameter.name, value)
    return value
