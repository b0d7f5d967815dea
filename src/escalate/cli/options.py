"""Options that every command takes after its verb, and the words for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from escalate.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

Decorated = TypeVar("Decorated", bound="Callable[..., Any] | click.Command")


class Command(click.Command):
    """A command with the options every command has; they reach the session before the command's own words are read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared())


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
