"""Entries that escalate cannot have written, with the right digests: what somebody may forge."""

from __future__ import annotations

import json

from escalate.domain.timeline import chain

PAGE = {"because": "", "number": 1, "page": "11111111-2222-4333-8444-555555555555", "policy": {},
        "target": "person:alice", "test": False, "turn": 0}  # fmt: skip
"""A page whose policy is none."""


def forge(raw, incident, body, kind="page.opened"):
    """One more entry that escalate cannot have written, with the right digests."""
    cursor = raw.execute("SELECT * FROM timeline WHERE incident = ? ORDER BY seq DESC LIMIT 1", (incident,))
    last = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    seq = last["seq"] + 1
    row = {**last, "seq": seq, "id": f"00000000-0000-4000-8000-{seq:012d}", "kind": kind, "body": text}
    row |= {"body_digest": chain.body_digest(row["salt"], text), "prev": last["digest"]}
    row["digest"] = chain.digest(row[name] for name in chain.HASHED)
    raw.execute(f"INSERT INTO timeline ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    raw.execute("UPDATE heads SET seq = ?, digest = ? WHERE incident = ?", (seq, row["digest"], incident))
