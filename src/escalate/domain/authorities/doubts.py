"""What is missing from a team's list of authorities, or has not been looked at for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.authorities.authority import STALE, fitting
from escalate.domain.incident.harm import HARMS, SENSITIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from escalate.domain.authorities.authority import Authorities
    from escalate.domain.incident.state import Incident

ADD = "write them down, and who made sure of it and when: escalate authority --help"

MOST = 10
"""Open incidents that are named one by one."""

Doubt = tuple[str, str, str]
"""What it is about, what was found, what to do."""


def doubts(known: Authorities, open_: Iterable[Incident], today: date) -> Iterator[Doubt]:
    """First the harms of open incidents for which nobody stands there, then all others, the gravest first."""
    lacking = []
    for incident in open_:
        missing = [slug for slug in incident.harm if not fitting(known.values(), (), (slug,))]
        if missing:
            lacking.append((incident.ref, missing))
    for ref, missing in lacking[:MOST]:
        yield f"authorities for {ref}", f"nobody stands there for {', '.join(missing)}", ADD
    if more := lacking[MOST:]:
        harms = dict.fromkeys(slug for _ref, missing in more for slug in missing)
        yield f"authorities for {len(more)} more incidents", f"nobody stands there for {', '.join(harms)}", ADD
    missing = [slug for slug in graver_first() if not fitting(known.values(), (), (slug,))]
    if missing:
        few = f"nobody at all stands there, neither for {', '.join(missing[:3])} nor for any other harm"
        found = f"nobody stands there for {', '.join(missing)}" if known else few
        yield "authorities", found, ADD
    for one in known.values():
        age = one.age(today)
        if age is None:
            yield f"authority {one.name}", "nobody has verified it", _verify(one.name)
        elif one.is_stale(today):
            yield f"authority {one.name}", f"last verified {age} days ago, more than {STALE.days}", _verify(one.name)


def graver_first() -> list[str]:
    return sorted(HARMS, key=lambda slug: slug not in SENSITIVE)


def _verify(name: str) -> str:
    return f"make sure of it, then put verified_by and verified_on right: escalate authority show {name}"
