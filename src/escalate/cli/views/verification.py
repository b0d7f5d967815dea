"""How findings look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.views import Table

if TYPE_CHECKING:
    from escalate.app.verification import Findings
    from escalate.cli.views import View


def findings(found: Findings) -> View:
    erased = f", {found.erased} of them erased by two people" if found.erased else ""
    heads = [f"head #{head.replace(':', ':', 1)}" for head in found.heads.values()] if len(found.heads) == 1 else []
    if found.sound:
        hidden = [f"{found.hidden} incidents are not visible to you, and were not looked at."] if found.hidden else []
        return [(f"{found.entries} entries fit together{erased}.", "green"), *heads, *hidden]
    if not found.bad:
        return []
    rows = [(found.name_of(fault), str(fault.seq), fault.field, fault.what) for fault in found.bad]
    return [
        (f"{len(found.bad)} things do not fit in {found.entries} entries.", "bold red"),
        Table(columns=("incident", "#", "field", "what is wrong"), rows=list(rows)),
    ]
