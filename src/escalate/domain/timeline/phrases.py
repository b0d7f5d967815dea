"""What the lines of all kinds of entry say alike: who somebody is, and what somebody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Naming = Callable[[str], str]
    Showing = Callable[[str], str]


def worded(fact: str, text: str | None, show: Showing) -> str:
    """A fact and, if there are any, the words somebody wrote with it."""
    line = unbroken(text) if text else ""
    return f"{fact}: {show(line)}" if line else fact


def unbroken(text: str) -> str:
    return " ".join(text.split())


def people_named(people: list[str], name_of: Naming) -> str:
    return ", ".join(person_named(person, name_of) for person in people)


def person_named(person: str, name_of: Naming) -> str:
    """A slug alone is a person's; anything else with a colon, as `os:name`, is left as it is."""
    if ":" in person and not person.startswith("person:"):
        return person
    return name_of(person if person.startswith("person:") else f"person:{person}")
