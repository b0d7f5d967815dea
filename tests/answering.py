"""What answers are held against, where nothing of it matters much."""

from datetime import UTC, datetime

from escalate.domain.assessment.answers import Around
from escalate.domain.incident.state import Head, Incident
from escalate.domain.roster import Roster

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
INCIDENT = Incident(
    id="i", number=4, code_name="SLATE OTTER", title="T", severity="SEV2", peak_severity="SEV2",
    opened_at=NOW, opened_by="alice", head=Head(seq=7),
)  # fmt: skip
AROUND = Around(
    incident=INCIDENT, roster=Roster(), now=NOW, read_time=lambda _text, _ahead: NOW, entry_seq=lambda _id: None
)
