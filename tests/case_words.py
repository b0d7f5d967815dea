"""What each entry on access, subjects, authorities and holds is to a reader."""

from __future__ import annotations

from datetime import UTC, datetime

from escalate.domain.timeline import access as ac
from escalate.domain.timeline import judgements as ju
from escalate.domain.timeline import offline as of
from escalate.domain.timeline import outward as out

MORNING = datetime(2026, 11, 22, 9, tzinfo=UTC)

CASE = [
    (
        of.IncidentRecalled(ref="INC-12", number=12, code_name="SLATE OTTER"),
        "Written on this machine for INC-12, while the record could not be reached",
    ),
    (
        ju.HarmChanged(harm=["har", "prv"], primary="prv", was=["har"], taxonomy="escalate-core@1", why="words"),
        "Harm is prv, beside it har (escalate-core@1): words",
    ),
    (of.EntryFlagged(entry="id", mark="clock", why="why it is"), "MARK on #7: its clock was off: why it is"),
    (
        of.EntryFlagged(entry="id", mark="rule", why="why it is"),
        "MARK on #7: it could no longer be so when it came in: why it is",
    ),
    (ac.AccessRestricted(why="words"), "Restricted: need to know: words"),
    (ac.AccessLifted(why="words", approval="P-1"), "Open to the team again (P-1): words"),
    (ac.AccessGranted(to="person:alice", why="words"), "Alice Ng may read it: words"),
    (ac.AccessRevoked(to="team:legal"), "Legal may not read it any more"),
    (ac.AccessBroken(why="words"), "BREAK-GLASS: reads it without having been asked in: words"),
    (ac.AccessAlarmed(broken="id", by="bob"), "Whoever leads is told that Bob Roe broke the glass"),
    (
        ac.SubjectSeen(subject="S-7KQ2", type="email", relation="actor", digest="d", key="k", rule=1, note="words"),
        "S-7KQ2 (email) seen as actor: words",
    ),
    (ac.SubjectLinked(subject="S-7KQ2", other="S-M4XD", why="words"), "S-7KQ2 is held to be S-M4XD: words"),
    (ac.SubjectWithdrawn(subject="S-7KQ2", entry="id", why="words"), "Withdrew #7, on S-7KQ2: words"),
    (ac.SubjectMatched(subject="S-7KQ2", seen_in="INC-4", by="bob"), "S-7KQ2 was seen in INC-4, by Bob Roe"),
    (
        out.AuthorityChecked(authority="desk", outcome="confirmed", how="words", reference="ref"),
        "desk called back on our number: it was them: words: ref",
    ),
    (
        out.ReferralDrafted(referral="R-1", authority="desk", basis="words", disclosed=["a time"], sha256="a" * 64),
        "Referral R-1 to desk drafted, to disclose a time: words",
    ),
    (
        out.ReferralSent(referral="R-1", reference="words", call_back=MORNING),
        "Referral R-1 sent, they call back by 2026-11-22 09:00Z: words",
    ),
    (out.ReferralAnswered(referral="R-1", outcome="words", reference="ref"), "Referral R-1 answered: words: ref"),
    (
        out.HoldPlaced(hold="H-1", matter="words", scope="all of it"),
        "Hold H-1 placed: nothing may be erased: words; all of it",
    ),
    (out.HoldReleased(hold="H-1", why="words", approval="P-2"), "Hold H-1 released (P-2): words"),
]
