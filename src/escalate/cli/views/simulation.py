"""What a simulation came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.times import ago, shown
from escalate.cli.views import Table

if TYPE_CHECKING:
    from datetime import tzinfo

    from escalate.app.simulation import Simulated
    from escalate.cli.views import Cell, View
    from escalate.domain.oncall.page import Page


def came_to(found: Simulated, zone: tzinfo) -> View:
    """Who is told, what else happens, how it ends."""
    rows: list[tuple[Cell, ...]] = [
        (
            shown(told.at, zone),
            f"+{told.t:g} min",
            str(told.step) if told.step is not None else ("the end", "bold red"),
            told.person,
            told.via,
        )
        for told in found.told
    ]
    view: View = [Table(columns=("at", "after", "step", "person", "via"), rows=rows)] if rows else []
    if found.happened:
        view += [""] if view else []
        view += [f"{shown(one.at, zone)}  {one.text}" for one in found.happened]
    view += [""] if view else []
    view += [_ending(page, number, len(found.pages)) for number, page in enumerate(found.pages, 1)]
    if not rows:
        view.append(("Nobody is told.", "bold red"))
    return [*view, "Nothing was sent and nothing was recorded."]


def _ending(page: Page, number: int, pages: int) -> Cell:
    which = f"Alert {number}: " if pages > 1 else ""
    if page.state == "acknowledged" and page.acknowledged_at is not None:
        return (
            f"{which}Acknowledged by {page.acknowledged_by} after {ago(page.acknowledged_at - page.opened_at)}.",
            "bold green",
        )
    if page.state == "exhausted":
        return f"{which}It runs out: NOBODY ACKNOWLEDGES.", "bold red"
    if page.state == "cancelled":
        return f"{which}Called off before anybody acknowledged.", "yellow"
    return f"{which}Still open at the end, after step {page.step}.", "yellow"
