"""How findings look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.cli.views import Table
from escalate.domain.text.many import many

if TYPE_CHECKING:
    from escalate.app.verification import Findings
    from escalate.cli.views import View


def together(entries: int) -> str:
    return f"{many(entries, 'entry')} {'fits' if entries == 1 else 'fit together'}"


def findings(found: Findings) -> View:
    erased = f", {found.erased} of them erased by two people" if found.erased else ""
    heads = [f"head #{head}" for head in found.heads.values()] if len(found.heads) == 1 else []
    if found.sound:
        hidden = [f"Not looked at, since not visible to you: {many(found.hidden, 'incident')}."] if found.hidden else []
        return [(f"{together(found.entries)}{erased}.", "green"), *heads, *hidden]
    if not found.bad:
        return []
    rows = [(found.name_of(fault), str(fault.seq), fault.field, fault.what) for fault in found.bad]
    return [
        (f"In {many(found.entries, 'entry')} there is what does not fit: {many(len(found.bad), 'fault')}.", "bold red"),
        Table(columns=("incident", "#", "field", "what is wrong"), rows=list(rows)),
    ]
