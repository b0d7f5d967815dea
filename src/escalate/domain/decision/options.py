"""The options of a decision, and which of them was chosen."""

from __future__ import annotations

from typing import Any

from escalate.domain.incident.rules import said
from escalate.errors import Usage


def considered(before: dict[str, Any] | None, given: tuple[dict[str, str], ...]) -> list[dict[str, Any]]:
    """Those of the question or decision taken up, and those given now. What is said again of one adds to it."""
    found: dict[str, dict[str, Any]] = {}
    stood = [one for one in (before["options"] if before else []) if isinstance(one, dict) and one.get("option")]
    for one in [*stood, *({"option": said(one.get("option", ""), "The option"), **_more(one)} for one in given)]:
        found[one["option"]] = {**found.get(one["option"], {}), **one}
    return list(found.values())


def _more(option: dict[str, str]) -> dict[str, str]:
    return {name: said(option[name]) for name in ("pros", "cons", "harm_if_wrong") if option.get(name)}


def chosen(choose: str, options: list[dict[str, Any]], before: dict[str, Any] | None, *, masked: bool) -> str:
    """A number counts the options from 1, where there are any. Where it is wrong, masked ones are not listed."""
    text, names = choose.strip(), [str(option["option"]) for option in options]
    if not names or not (text.isascii() and text.isdigit() and len(text) < 4):
        return said(choose, "The choice")
    if 1 <= int(text) <= len(names):
        return names[int(text) - 1]
    listed = "; ".join(f"{number} {name}" for number, name in enumerate(names, 1))
    if masked and before is not None:
        command = "ask" if before["of"] == "question" else "decisions"
        listed = f"1 to {len(names)}. See them: escalate {command} --reveal WHY"
        raise Usage(f"There is no option {text}.", hint=f"Options: {listed}")
    raise Usage(f"There is no option {text}.", hint=f"Options: {listed}.")
