"""What `doctor` examines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalate.adapters.store.postgres import PostgresStore
    from escalate.adapters.store.sqlite import SqliteStore
    from escalate.adapters.subject_keys import SubjectKeys
    from escalate.app.ports import Channel, Store
    from escalate.domain.authorities.authority import Authorities
    from escalate.domain.clocks.library import LegalClock
    from escalate.domain.roster import Roster
    from escalate.wiring import Wiring


class Patient:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        wiring.timeout = 5.0

    @property
    def store(self) -> SqliteStore | PostgresStore:
        return self._wiring.store

    @property
    def shown(self) -> Store:
        return self._wiring.shown

    @property
    def sends(self) -> bool:
        return self._wiring.sends

    def file_problems(self) -> list[str]:
        problems: list[str] = self._wiring.upkeep.check(self._wiring.store)
        for name in ("config.toml", "courier.log"):
            path = self._wiring.home / name
            if path.exists() and path.stat().st_mode & 0o077:
                problems.append(f"{path} may be opened by others: chmod 600 {path}")
        return problems

    def doubts(self) -> list[tuple[str, str, str, str]]:
        if self._wiring.shared is None:
            return []
        from escalate.adapters.store.pg_doubts import doubts

        return doubts(self._wiring.shared.store)

    def keyring(self) -> str:
        return self._wiring.secrets.backend()

    def secret(self, name: str) -> str | None:
        return self._wiring.secrets.source(name)

    def channel(self, via: str, roster: Roster) -> Channel:
        return self._wiring.channel(via, roster)

    def clock_rows(self) -> list[LegalClock]:
        return self._wiring.clock_library.all()

    def authorities(self) -> Authorities:
        return self._wiring.authorities.all()

    @property
    def subject_keys(self) -> SubjectKeys:
        return self._wiring.subject_keys

    def alive(self, courier: dict[str, Any]) -> bool:
        return self._wiring.alive(courier)
