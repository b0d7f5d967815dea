"""Where drills are performed: each has a folder, a record, a roster and receivers of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.wiring import Wiring, machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from escalate.app.drill import Ending, Scenario


class Stage:
    def __init__(self, wiring: Wiring) -> None:
        from escalate.resources import bundled

        self._wiring = wiring
        self._scenarios = bundled("templates") / "drills"

    def all(self) -> list[Scenario]:
        from escalate.adapters.drill import stage

        return [stage.scenario(self._scenarios, name) for name in stage.scenarios(self._scenarios)]

    def perform(self, name: str, *, speed: float, patience: float, say: Callable[[str], None]) -> Ending:
        from escalate.adapters.clock import ScaledClock
        from escalate.adapters.drill import stage
        from escalate.app.delivery import Courier
        from escalate.app.drill import Drill
        from escalate.app.ledger import Author
        from escalate.app.roster import apply

        scenario = stage.scenario(self._scenarios, name)
        folder = self._wiring.home / "drills" / f"{self._wiring.clock.now():%Y%m%dT%H%M%S%fZ}-{name}"
        say(f"DRILL {scenario.title}. {scenario.summary}")
        with stage.Stage(
            folder,
            lambda got: say(f"      {got['by']} received, for {got['to']}: {got['text'].partition(chr(10))[0]}"),
        ) as set_:
            say(
                f"Receivers on this machine: http 127.0.0.1:{set_.ports['http']}, smtp 127.0.0.1:{set_.ports['smtp']} (pid {set_.pid})"
            )
            author = Author(actor="dana", person="dana", source="drill", origin=machine())
            inner = Wiring(set_.environ(self._wiring.environ), clock=ScaledClock(speed), author=author)
            inner.store.create()
            apply(inner.ledger, inner.read_roster([set_.roster(self._scenarios / "roster.toml")]))
            courier = Courier(inner.courier_ledger(), inner.channel, threads=8)
            drill = Drill(
                inner.ledger,
                courier,
                inner.library,
                inner.texts,
                _into(folder, inner),
                say,
                patience=patience,
            )
            try:
                return drill.run(scenario)
            finally:
                inner.store.close()


def _into(folder: Path, wiring: Wiring) -> Callable[[str, str], Path]:
    def put(name: str, text: str) -> Path:
        wiring.documents.write(folder / name, text)
        return folder / name

    return put
