"""Public holidays of countries and their parts, from the package `holidays`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.errors import NotFound

if TYPE_CHECKING:
    from datetime import date

    from holidays import HolidayBase

ESTIMATED = "(estimated)"
"""How the package marks a day that depends on the sight of the moon: nobody is sure, so it extends nothing."""


class PublicHolidays:
    def of(self, place: str) -> Country:
        """Those of `DE`, or `DE-BY` with the ones kept in that part only. Raises NotFound for what is not known."""
        from holidays import country_holidays
        from holidays.utils import list_supported_countries

        country, _, part = place.strip().upper().partition("-")
        known = list_supported_countries()
        if country not in known:
            raise NotFound(
                f"There is no holiday calendar {place[:20]!r}.",
                hint="Two letters name a country, as BE, and a part of it is written DE-BY. Or give dates: --holiday.",
            )
        if part and part not in known[country]:
            parts = ", ".join(known[country])
            raise NotFound(
                f"The holiday calendar {country} has no part {part[:20]!r}.",
                hint=f"Parts: {parts}." if parts else f"It has none: --calendar {country}",
            )
        return Country(
            country_holidays(country, subdiv=part or None, language="en_US"), f"{country}-{part}" if part else country
        )


class Country:
    def __init__(self, days: HolidayBase, place: str) -> None:
        self._days = days
        self._place = place

    def on(self, day: date) -> str | None:
        names = [name for name in self._days.get_list(day) if not name.endswith(ESTIMATED)]
        return f"{names[0]}, {self._place}" if names else None
