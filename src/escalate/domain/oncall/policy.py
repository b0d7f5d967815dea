"""An escalation policy: who is asked, and how long each may take to answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from escalate.domain.value import Value

DEFAULT_WAIT = timedelta(minutes=5)


class Step(Value):
    """`wait` runs from the moment this step fired to the moment the next one is due.

    `multi_ack`: whoever is paged goes on being told until they answer themselves, also once somebody else has.
    `round_robin`: one of the targets is asked, each page the next one.
    """

    targets: tuple[str, ...]
    wait: timedelta = DEFAULT_WAIT
    multi_ack: bool = False
    round_robin: bool = False


class Policy(Value):
    """`repeat` counts extra passes: 1 means every step fires twice. `fallback` is told when all has run out.

    `unworked`: an acknowledged page begins again when nobody has written on its incident for so long.
    """

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    fallback: str | None = None
    unworked: timedelta | None = None

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Policy:
        return Policy(
            name=data["name"],
            repeat=data.get("repeat", 0),
            fallback=data.get("fallback"),
            unworked=timedelta(seconds=data["unworked"]) if data.get("unworked") else None,
            steps=tuple(
                Step(
                    targets=tuple(step["targets"]),
                    wait=timedelta(seconds=step["wait"]),
                    multi_ack=step.get("multi_ack", False),
                    round_robin=step.get("round_robin", False),
                )
                for step in data["steps"]
            ),
        )


def direct(target: str) -> Policy:
    """The policy of a page that names a person or a team: one step, and it runs out loudly."""
    return Policy(name=target, steps=(Step(targets=(target,)),))
