"""Files people give to a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from escalate.cli.session import Session


def toml_or_json(session: Session, source: str, *, like: str) -> dict[str, Any]:
    """What a file holds, or stdin for `-`. JSON begins with a brace; anything else is TOML."""
    import json
    import tomllib

    if source == "-":
        from escalate.cli.spoken import stdin

        name, text = "stdin", stdin()
    else:
        name, text = source, session.wiring.library.text_at(source)
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"{name} is neither TOML nor JSON: {error}.", hint=f"As: {like}") from error
    if not data:
        raise Misconfigured(f"{name} holds nothing.", hint=f"As: {like}")
    return dict(data)
