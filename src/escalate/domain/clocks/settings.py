"""What a roster says of legal clocks."""

from __future__ import annotations

from typing import Any

from escalate.domain.value import Value


class ClockRules(Value):
    """How legal clocks are dealt with. `decide` are the teams whose people may say that one applies (none: any person of the
    roster), `alert` is who is paged, `at` after which percentages of the time. `targets` are the team's own, in seconds, of
    clocks for which the law names no number, by id or how that begins. `roles` and `jurisdictions` say which may apply, and
    `calendars` whose public holidays count in a jurisdiction.
    """

    decide: tuple[str, ...] = ()
    alert: str | None = None
    at: tuple[int, ...] = (50, 80, 95)
    targets: dict[str, int] = {}
    roles: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    calendars: dict[str, str] = {}

    @staticmethod
    def from_plain(data: dict[str, Any]) -> ClockRules:
        lists: dict[str, Any] = {
            name: tuple(data[name]) for name in ("decide", "at", "roles", "jurisdictions") if name in data
        }
        return ClockRules(**{**data, **lists})

    def target_of(self, clock: str) -> int | None:
        """Of those that fit the longest counts."""
        fits = [begins for begins in self.targets if clock.startswith(begins)]
        return self.targets[max(fits, key=len)] if fits else None

    def calendar_of(self, jurisdiction: str) -> str | None:
        """`EU` also fits `EU/EEA`; of those that fit the longest counts."""
        fits = [place for place in self.calendars if is_within(jurisdiction.lower(), place.lower())]
        return self.calendars[max(fits, key=len)] if fits else None


def is_within(jurisdiction: str, place: str) -> bool:
    """`eu/eea` is within `eu`."""
    return jurisdiction == place or (jurisdiction.startswith(place) and jurisdiction[len(place)] in " -/(")
