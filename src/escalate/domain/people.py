"""People, teams, and the ways to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.value import Value

if TYPE_CHECKING:
    from datetime import timedelta


class Reach(Value):
    """One way to a person: a channel by its name in the roster, `after` the step fired."""

    via: str
    after: timedelta


class Person(Value):
    """`addresses` are keyed by channel kind (slack, email); `logins` are the system and database users that are them.

    `not_for` are kinds of harm they ask not to be given; why is never asked.
    """

    slug: str
    name: str
    zone: str
    logins: tuple[str, ...] = ()
    addresses: dict[str, str] = {}
    reach: tuple[Reach, ...] = ()
    not_for: frozenset[str] = frozenset()


class Team(Value):
    """Whom a ping reaches: `addresses` are the team's own. `policy` is paged when the ping must be acknowledged. `external`:
    they are outside the organisation, and no document is issued to them by one person.
    """

    slug: str
    name: str
    addresses: dict[str, str] = {}
    people: tuple[str, ...] = ()
    policy: str | None = None
    reads: frozenset[str] = frozenset()
    external: bool = False
