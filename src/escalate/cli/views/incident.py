"""How incidents look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.views import Table
from escalate.domain.incident.harms import ordered

if TYPE_CHECKING:
    from escalate.cli.views import Cell, View
    from escalate.domain.incident.state import Incident

COLOURS = {"SEV0": "bold white on red", "SEV1": "bold red", "SEV2": "yellow", "SEV3": "cyan", "SEV4": "dim"}

NEED_TO_KNOW = "restricted: need to know"


def level(incident: Incident) -> Cell:
    mark = "?" if incident.provisional else ""
    return incident.severity + mark, COLOURS.get(incident.severity, "")


def rows(incidents: list[Incident]) -> View:
    if not incidents:
        return ["No incident is open."]
    return [
        Table(
            columns=("ref", "code name", "severity", "status", "harm", "opened", "title"),
            rows=[
                (
                    incident.ref,
                    incident.code_name,
                    level(incident),
                    f"{incident.status}, restricted" if incident.restricted else incident.status,
                    ",".join(ordered(incident)) or "-",
                    since(incident),
                    incident.shown_title,
                )
                for incident in incidents
            ],
        )
    ]


def since(incident: Incident) -> str:
    unknown = incident.is_recalled and not incident.opened_by
    return "not known here" if unknown else f"{incident.opened_at:%Y-%m-%d %H:%M}Z"


def opened(incident: Incident) -> View:
    if incident.duty is not None:
        return [(f"{incident.name}  {incident.title}", "bold")]
    judged = "  (nobody has judged it yet: escalate severity SEV1 --why …)" if incident.provisional else ""
    lines: View = [(f"{incident.name}  {incident.severity}  {incident.status}{judged}", COLOURS[incident.severity])]
    if incident.restricted:
        lines.append(NEED_TO_KNOW)
    if incident.quiet:
        lines.append("Opened quietly: nobody has been told.")
    return lines
