from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from case_words import CASE
from escalate.domain.timeline import duties as du
from escalate.domain.timeline import event as base
from escalate.domain.timeline import events as e
from escalate.domain.timeline import judgements as ju
from escalate.domain.timeline import receipts as rc
from escalate.domain.timeline.arrival import IncidentBroughtIn
from escalate.domain.timeline.words import free_text, mask, masked, masked_body, sentence, words_of

POLICY = {"name": "critical-harm", "steps": []}
SHA = {"message": "m", "to": "person:alice", "via": "chat", "sha256": "a" * 64}
MORNING, EVENING, NEXT = (datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC),
                          datetime(2026, 11, 23, 9, tzinfo=UTC))  # fmt: skip
NAMES = {"person:alice": "Alice Ng", "person:bob": "Bob Roe", "team:legal": "Legal"}

EVERY = [
    (
        e.IncidentOpened(number=12, code_name="SLATE OTTER", title="words", severity="SEV2", provisional=True,
                         harm=["har"], imminent=True, child=True, source="user", quiet=True, drill=True),
        (
            "DRILL: Opened INC-12 SLATE OTTER, SEV2 (provisional), har, imminent, a child is involved, "
            "reported by user, quietly, nobody was told: words"
        ),
    ),
    (e.IncidentNumbered(number=3), "Numbered INC-3 here"),
    (
        IncidentBroughtIn(),
        "Brought in from another record: nothing happens to it by itself here until somebody works on it",
    ),
    (e.IncidentMitigated(summary="words"), "Mitigated: words"),
    (e.IncidentResolved(), "Resolved"),
    (e.IncidentClosed(disposition="near-miss", worst="SEV2", why="words"), "Closed as near miss, SEV2 at worst: words"),
    (e.IncidentReopened(why="words"), "Reopened: words"),
    (e.SeverityChanged(severity="SEV1", was="SEV2", why="words"), "Severity raised SEV2 → SEV1: words"),
    (e.SeverityChanged(severity="SEV3", was="SEV2", why="words"), "Severity lowered SEV2 → SEV3: words"),
    (e.SeverityChanged(severity="SEV2", was="SEV2", why="words"), "Severity confirmed SEV2: words"),
    (e.RoleAssigned(role="lead", person="alice"), "lead is Alice Ng"),
    (e.RoleAssigned(role="lead", person="Somebody Else"), "lead is Somebody Else"),
    (e.NoteAdded(text=" words\n\twords "), " words\n\twords "),
    (e.FactStated(name="detected", why="words\nwords"), "Fact detected: words words"),
    (
        e.EntryCorrected(entry="id", why="words", text="better", at=datetime(2026, 11, 21, 21, tzinfo=UTC)),
        "Corrected #7: it happened at 2026-11-21 21:00:00Z, it reads better: words",
    ),
    (e.EntryWithdrawn(entry="id", why="words", moved_to="INC-2"), "Withdrew #7, moved to INC-2: words"),
    (e.EntryLabelled(entry="id", labels=["privileged"], why="words"), "Labelled #7: privileged: words"),
    (e.EntryEraseAsked(entry="id", why="words"), "Asked to erase #7: words"),
    (e.EntryErased(entry="id", why="words"), "Erased #7: words"),
    (e.TextRevealed(entries=[3, 4], why="words"), "Looked at masked text of #3, #4: words"),
    *CASE,
    (e.PageOpened(page="p", number=1, target="policy:x", policy=POLICY), "Page 1 opened to policy x"),
    (
        e.PageOpened(page="p", number=2, target="team:legal", policy=POLICY, because="opened", test=True),
        "Test page 2 opened to Legal (opened)",
    ),
    (
        e.PageStepFired(page="p", pass_=2, step=1, people=["alice", "bob"], roster_version=1,
                        ways=[{"person": "alice", "via": "chat"}, {"person": "bob", "via": "mail"}]),
        "Paging Alice Ng, Bob Roe via chat, mail: step 1, pass 2",
    ),
    (
        e.PageStepSkipped(page="p", pass_=1, step=2, targets=["team:legal"]),
        "Nobody to page behind Legal: step 2 skipped",
    ),
    (
        e.PageStepFired(page="p", pass_=1, step=1, people=["bob"], roster_version=1, ways=[], not_eligible=["alice"]),
        "Paging Bob Roe: step 1; not eligible: Alice Ng",
    ),
    (
        e.PageStepSkipped(page="p", pass_=1, step=2, targets=["team:legal"], not_eligible=["alice"], declined=["bob"]),
        "Nobody to page behind Legal: step 2 skipped; not eligible: Alice Ng; declined: Bob Roe",
    ),
    (e.PageAcknowledged(page="p", by="alice", heard="words"), "Acknowledged by Alice Ng: words"),
    (
        e.PageAcknowledged(page="p", by="alice", heard="words", second_hand=True),
        "Acknowledged by Alice Ng, second-hand: words",
    ),
    (e.PageDeclined(page="p", by="bob"), "Declined by Bob Roe"),
    (e.PageDeclined(page="p", by="bob", heard="words", why="words\nwords"), "Declined by Bob Roe (words): words words"),
    (
        e.PageWorked(page="p", at=MORNING),
        "Page stays acknowledged: somebody wrote here at 2026-11-22 09:00:00Z",
    ),
    (
        e.PageUnworked(page="p", since=MORNING),
        "Page begins again: nobody has written here since 2026-11-22 09:00:00Z",
    ),
    (e.PageAcknowledged(page="p", by="os:root"), "Acknowledged by os:root"),
    (e.PageEscalated(page="p", why="words"), "Page escalated to its next step: words"),
    (
        e.PageExhausted(page="p", fallback="person:bob", ways=[{"person": "bob", "via": "mail"}]),
        "Page ran out of steps, nobody acknowledged; telling Bob Roe via mail",
    ),
    (e.PageCancelled(page="p"), "Page cancelled"),
    (e.TeamPinged(team="legal", text="words", because="opened"), "Pinged Legal (opened): words"),
    (e.TicketAsked(via="jira"), "Ticket asked for in jira"),
    (rc.MessageSent(**SHA), "Message to Alice Ng via chat: sent"),
    (
        rc.MessageSent(**{**SHA, "to": "ticket:jira", "via": "jira"}, remote="TS-4"),
        "Ticket via jira: opened as TS-4",
    ),
    (rc.MessageDelivered(**SHA), "Message to Alice Ng via chat: delivered"),
    (
        rc.MessageShown(**{**SHA, "to": "person:", "via": "console"}),
        "Message to whoever is at the console via console: shown on the console, to be passed on",
    ),
    (rc.MessageTold(**SHA, how="words"), "Message to Alice Ng via chat: passed on by hand: words"),
    (
        rc.MessageFailed(**SHA, why="no such user", instead=[{"to": "person:alice", "via": "mail"}]),
        "Message to Alice Ng via chat: failed: no such user; now via mail",
    ),
    (
        rc.MessageUnknown(**{**SHA, "attempts": 3}, why="timeout"),
        "Message to Alice Ng via chat: no answer, it may have arrived (attempt 3): timeout",
    ),
    (rc.MessageGaveUp(**SHA, why="refused"), "Message to Alice Ng via chat: given up: refused"),
    (rc.MessageCancelled(**SHA, why="acknowledged"), "Message to Alice Ng via chat: cancelled: acknowledged"),
    (
        rc.MessageSent(**SHA, bundle="b" * 36),
        "Message to Alice Ng via chat: sent, with others as one message",
    ),
    (
        rc.MessageBundled(**SHA, into="m2"),
        "Message to Alice Ng via chat: not sent by itself, another one says the same",
    ),
    (rc.MessageRetried(**SHA), "Message to Alice Ng via chat: to be tried again"),
    (
        rc.CourierMissing(waiting=["alice"], why="none could be started"),
        "Nothing delivers messages: none could be started. Not told yet: Alice Ng",
    ),
    (e.AssessmentDrafted(template="triage", version=1, answers={"a": "words"}), "Assessment triage drafted: 1 answer"),
    (e.AssessmentFinalised(template="triage", version=2, answers={}), "Assessment triage final (template version 2)"),
    (
        e.AssessmentFinalised(
            template="triage", version=2, answers={"a": "words"}, until=MORNING,
            changed=[{"field": "imminent", "was": False, "now": True}, {"field": "axis_h", "was": 2, "now": 4},
                     {"field": "floors", "was": None, "now": ["F1", "F9"]}],
        ),
        (
            "Assessment triage final (template version 2): imminent no → yes, axis h 2 → 4, floors none → F1, F9, "
            "until 2026-11-22 09:00:00Z"
        ),
    ),
    (ju.AssessmentExpired(template="triage"), "Assessment triage was final for a time that is over"),
    (e.RunbookChosen(runbook="child-safety"), "Runbook child-safety fits; nobody has started it"),
    (
        e.RunbookStarted(runbook="child-safety", sha256="c" * 64, steps=["one", "two"]),
        "Runbook child-safety started: 2 steps",
    ),
    (e.RunbookStepDone(runbook="r", step=1, note="words"), "Runbook r: step 1 done: words"),
    (e.RunbookStepSkipped(runbook="r", step=2, why="words"), "Runbook r: step 2 skipped: words"),
    (
        e.ReportExported(report="summary", format="md", audience="default", sha256="d" * 64, marking="TLP:RED",
                         up_to=9, left_out=2),
        "Exported summary as md for default, TLP:RED, up to #9, 2 entries left out",
    ),
    (du.OncallOpened(), "Record of who is on call begun"),
    (
        du.OverrideAdded(override="O-1", schedule="ts", add="bob", remove="alice", start=MORNING, end=EVENING, swap="S-1",
                         why="words"),
        "Override O-1 of ts (swap S-1), 2026-11-22 09:00Z to 17:00Z: Bob Roe in place of Alice Ng: words",
    ),
    (
        du.OverrideAdded(override="O-2", schedule="ts", add="bob", start=MORNING, end=NEXT),
        "Override O-2 of ts, 2026-11-22 09:00Z to 2026-11-23 09:00Z: with Bob Roe",
    ),
    (
        du.OverrideAdded(override="O-3", schedule="ts", remove="alice", start=MORNING, end=NEXT),
        "Override O-3 of ts, 2026-11-22 09:00Z to 2026-11-23 09:00Z: without Alice Ng",
    ),
    (du.OverrideRemoved(override="O-1", why="words"), "Override O-1 taken back: words"),
    (
        du.TemporaryAdded(temporary="T-1", schedule="ts", start=MORNING, end=EVENING, why="words",
                          shifts=[{"person": "bob"}, {"person": "alice"}, {"person": "bob"}]),
        "Temporary schedule T-1 of ts, 2026-11-22 09:00Z to 17:00Z: Bob Roe, Alice Ng: words",
    ),
    (
        du.TemporaryAdded(temporary="T-2", schedule="ts", start=MORNING, end=EVENING, shifts=[]),
        "Temporary schedule T-2 of ts, 2026-11-22 09:00Z to 17:00Z: nobody on call",
    ),
    (du.TemporaryRemoved(temporary="T-1", why="words"), "Temporary schedule T-1 taken back: words"),
    (du.PreferencesSet(person="alice", not_for=["words"]), "Alice Ng said what they would rather not be given"),
    (
        du.HandoffOffered(handoff="H-1", schedule="ts", giver="alice", taker="bob", note="words\nwords"),
        "Hand-off H-1 of ts, Alice Ng to Bob Roe: words words",
    ),
    (du.HandoffAccepted(handoff="H-1", by="bob"), "Hand-off H-1 accepted by Bob Roe"),
    (
        du.ShiftAnnounced(schedule="ts", person="bob", start=MORNING, end=EVENING),
        "News for Bob Roe: on call in ts, 2026-11-22 09:00Z to 17:00Z",
    ),
    (
        du.ShiftAnnounced(schedule="ts", person="bob", start=NEXT, end=NEXT + (EVENING - MORNING), was=MORNING),
        "News for Bob Roe: on call in ts, 2026-11-23 09:00Z to 17:00Z; it was to begin 2026-11-22 09:00Z",
    ),
    (
        du.ShiftAnnounced(schedule="ts", person="bob", start=MORNING, end=MORNING, was=MORNING),
        "News for Bob Roe: the shift in ts from 2026-11-22 09:00Z is no longer theirs",
    ),
    (
        e.SeverityChanged(severity="SEV3", was="SEV1", why="words", approval="P-1"),
        "Severity lowered SEV1 → SEV3 (P-1): words",
    ),
    (
        ju.DecisionMade(decision="D-1", question="words?", choice="words", reasons="words\nwords", declines="referral",
                        answers="A-1", threshold="imminence@2", clause="har-3.2@4", review_at=NEXT, approval="P-1",
                        dissent=[{"person": "words", "view": "words"}], options=[{"option": "words"}]),
        ("Decision D-1 (answers A-1, not to make a referral, threshold imminence@2, clause har-3.2@4, 1 dissenting, "
        "to be reviewed 2026-11-23 09:00Z, P-1): words? words; because words words"),
    ),
    (ju.DecisionMade(decision="D-2", question="words?", choice="words", reasons=""), "Decision D-2: words? words"),
    (ju.DecisionReopened(decision="D-1", because="date"), "Decision D-1 reopened: its day for a review has come"),
    (ju.DecisionReopened(decision="D-1", because="words"), "Decision D-1 reopened: words"),
    (
        ju.ActionTaken(action="X-1", what="suspend_account", scope="words", ground="terms", automated=["detection"],
                       start=MORNING, end=NEXT, notice="no: words", decision="D-1", count=1200, reverses="X-9"),
        ("Action X-1, suspend-account (reverses X-9, 1,200 accounts or items, ground terms, detection automated, "
        "from 2026-11-22 09:00Z, until 2026-11-23 09:00Z, by D-1): words; user notice no: words"),
    ),
    (
        ju.QuestionAsked(question="A-1", person="bob", text="words?", options=["words"], due=NEXT),
        "Bob Roe is asked to decide A-1 by 2026-11-23 09:00Z, 1 option: words?",
    ),
    (ju.QuestionLate(question="A-1"), "Nobody has answered A-1 in time"),
    (
        ju.ImpactStated(measure="accounts", low=100, high=2000, as_of=MORNING, basis="words", confidence="low"),
        "Impact: 100 to 2,000 accounts as of 2026-11-22 09:00Z, low confidence: words",
    ),
    (
        ju.ApprovalAsked(approval="P-1", act="lower-severity", why="words", due=NEXT,
                         what={"kind": "severity.changed", "body": {"was": "SEV1", "severity": "SEV3", "why": "words"}}),
        "P-1 asks for a second person: lower the severity SEV1 → SEV3; nothing is done yet: words",
    ),
    (
        ju.ApprovalAsked(approval="P-2", act="mass-action", why="words", due=NEXT, broken=True,
                         what={"kind": "action.taken", "body": {"what": "suspend_account", "count": 90, "scope": "words"}}),
        ("BREAK-GLASS P-2, by one person alone: suspend-account on 90 accounts or items; to be reviewed by "
        "2026-11-23 09:00Z: words"),
    ),
    (ju.ApprovalGiven(approval="P-1", why="words"), "P-1 approved: words"),
    (ju.ApprovalRefused(approval="P-1", why="words"), "P-1 rejected: words"),
    (ju.ApprovalLate(approval="P-1"), "Nobody has approved or rejected P-1 in time"),
    (
        ju.ClockApplies(clock="c-1", row={}, why="words", zone="UTC", own_target=5_400),
        "Clock c-1 applies, internal target 1h30m: words",
    ),
    (ju.ClockApplies(clock="c-1", row={}, why="words", zone="UTC"), "Clock c-1 applies: words"),
    (ju.ClockDismissed(clock="c-1", why="words"), "Clock c-1 does not apply: words"),
    (ju.ClockSubmitted(clock="c-1", reference="words"), "Clock c-1 submitted, reference: words"),
    (
        ju.ClockDelayed(clock="c-1", ground="words", until=NEXT),
        "Clock c-1: a ground for delay until 2026-11-23 09:00:00Z: words",
    ),
    (ju.ClockStopped(clock="c-1", why="words"), "Clock c-1 stopped: words"),
    (
        ju.ClockRecomputed(clock="c-1", fact="awareness", was=MORNING, strict=NEXT),
        (
            "Clock c-1 computed again, for the fact awareness has changed: strict deadline 2026-11-23 09:00:00Z, "
            "it was strict deadline 2026-11-22 09:00:00Z"
        ),
    ),
    (
        ju.ClockRecomputed(clock="c-1", fact="awareness", strict=NEXT),
        "Clock c-1 computed again, for the fact awareness has changed: strict deadline 2026-11-23 09:00:00Z",
    ),
    (
        ju.ClockRecomputed(clock="c-1", fact="awareness", was_target=NEXT),
        (
            "Clock c-1 computed again, for the fact awareness has changed: no deadline any more, "
            "it was internal target 2026-11-23 09:00:00Z"
        ),
    ),
    (
        ju.ClockRecomputed(clock="c-1", fact="submitted:c-1", was=NEXT, strict=NEXT),
        "Clock c-1 computed again, for the fact submitted:c-1 has changed: it stays at strict deadline 2026-11-23 09:00:00Z",
    ),
    (
        ju.ClockAlerted(clock="c-1", stage="80", strict=NEXT),
        "Clock c-1: 80% of the time is over, strict deadline 2026-11-23 09:00:00Z",
    ),
    (
        ju.ClockAlerted(clock="c-1", stage="late", target=NEXT),
        "Clock c-1: its time is over, internal target 2026-11-23 09:00:00Z",
    ),
    (base.Unrecognised(of="choir.sang", body={"song": "words"}), "choir.sang"),
]  # fmt: skip


def name_of(to):
    return NAMES.get(to, to.partition(":")[2])


def seq_of(_id):
    return "#7"


@pytest.mark.parametrize(("event", "line"), EVERY, ids=lambda given: getattr(given, "kind", ""))
def test_an_entry_says_what_it_is(event, line):
    assert sentence(event, name_of, seq_of) == line


def test_every_kind_has_a_line():
    assert {event.kind for event, _ in EVERY} - {""} == set(e.every_kind())


@pytest.mark.parametrize("event", [event for event, _ in EVERY], ids=lambda event: event.kind)
def test_a_masked_line_keeps_the_facts_and_nothing_that_people_wrote(event):
    line = masked(event, name_of, seq_of)

    assert "words" not in line.replace("characters", "")
    assert "better" not in line
    assert free_text(event) == (line != sentence(event, name_of, seq_of))


def test_a_mask_says_how_much_it_hides():
    event = e.SeverityChanged(severity="SEV1", was="SEV2", why="x" * 312)

    assert masked(event) == "Severity raised SEV2 → SEV1: [masked: 312 characters]"
    assert mask("x") == "[masked: 1 character]"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(e.NoteAdded(text="a\nb"), "a\nb", id="a note"),
        pytest.param(e.SeverityChanged(severity="SEV1", was="SEV2", why="because"), "because", id="a why"),
        pytest.param(e.EntryCorrected(entry="id", why="w", text="t"), "t\nw", id="a correction"),
        pytest.param(e.PageAcknowledged(page="p", by="alice"), "", id="nothing typed"),
        pytest.param(rc.MessageSent(**SHA), "", id="what the program did"),
        pytest.param(base.Unrecognised(of="choir.sang", body={"song": "la"}), "", id="a kind nobody knows"),
        pytest.param(
            e.AssessmentDrafted(template="t", version=1, answers={"a": "x", "b": [{"c": "y", "d": 3}], "e": True}),
            "x\ny",
            id="answers, however deep",
        ),
    ],
)
def test_search_finds_what_people_wrote(event, words):
    assert words_of(event) == words


def test_a_masked_body_hides_texts_and_keeps_the_rest():
    body = {"text": "secret", "tag": "impact", "extra": {"deep": ["secret"]}, "approximate": True}

    hidden = masked_body("note.added", body)

    assert "secret" not in str(hidden)
    assert hidden["tag"] == "impact"
    assert hidden["approximate"] is True


@pytest.mark.parametrize(
    ("trigger", "ours"),
    [
        ("severity:SEV0", True),
        ("harm:cse", True),
        ("fact:determination", True),
        ("clause:har-3.2", True),
        ("subject:S-7KQ2", True),
        ("assessment:triage", True),
        ("sighting", True),
        ("when the reporter writes again", False),
        ("fact:WhoWrote_This", False),
        ("clause:" + "a" * 80, False),
        ("name:alice", False),
        ("severity:what-she-said", False),
    ],
)
def test_of_a_masked_decision_the_triggers_that_fire_by_themselves_are_shown(trigger, ours):
    shown = masked_body("decision.made", {"review_on": [trigger]})

    assert shown["review_on"] == [trigger if ours else f"[masked: {len(trigger)} characters]"]


def test_a_body_of_an_unknown_kind_is_hidden_whole():
    assert masked_body("choir.sang", {"song": "secret", "bars": 3}) == {
        "song": "[masked: 6 characters]",
        "bars": 3,
    }


def test_writing_a_line_needs_none_of_the_sentences():
    """`log` imports this module for the search index alone."""
    import subprocess

    code = "import sys, escalate.domain.timeline.words; print('escalate.domain.timeline.sentences' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"
