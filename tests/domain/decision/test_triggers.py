"""On what decisions are looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalate.domain.decision import triggers
from escalate.domain.decision.state import Judgement
from escalate.domain.incident.case import Case
from escalate.domain.incident.state import Incident
from escalate.domain.timeline.access import SubjectSeen
from escalate.domain.timeline.events import AssessmentFinalised, FactStated, NoteAdded, SeverityChanged
from escalate.domain.timeline.judgements import HarmChanged
from escalate.errors import Usage

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def decided(*on, state="made", **more):
    one = {"id": "D-1", "state": state, "review_on": list(on), "at": "2026-11-22T08:00:00.000000Z"}
    return Incident(
        id="i", number=1, code_name="X", title="t", severity="SEV2", peak_severity="SEV2", opened_at=NOW,
        opened_by="alice", judgement=Judgement(decisions={"D-1": one}), **more,
    )  # fmt: skip


def raised(to, was):
    return SeverityChanged(severity=to, was=was, why="w")


def harm(now, was):
    return HarmChanged(harm=now, primary=now[0], was=was, taxonomy="t@1", why="w")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("severity:sev1", "severity:SEV1"),
        ("Severity:SEV1", "severity:SEV1"),
        ("harm:cse", "harm:cse"),
        ("harm:vex:recruitment", "harm:vex:recruitment"),
        ("fact:actual_knowledge", "fact:actual-knowledge"),
        ("fact:submitted:eu-gdpr-33-authority", "fact:submitted:eu-gdpr-33-authority"),
        ("clause:har-3.2@4", "clause:har-3.2"),
        ("subject:s-7kq2", "subject:S-7KQ2"),
        ("assessment:threat-to-life", "assessment:threat-to-life"),
        ("sighting", "sighting"),
        ("Sighting ", "sighting"),
        ("when the press calls", "when the press calls"),
        ("after this: the press", "after this: the press"),
        ("ban evasion", "ban evasion"),
    ],
)
def test_triggers_are_kept_in_one_spelling_and_notes_as_they_are(written, kept):
    assert triggers.read(written) == kept
    assert triggers.read(kept) == kept


@pytest.mark.parametrize(
    "written", ["severity:9", "severity:", "severty:SEV1", "fact:", "harm:CSE!", "subject:7KQ2", "subject:S-ILOU", "x:y", " "]
)  # fmt: skip
def test_what_looks_like_a_trigger_and_is_none_is_refused(written):
    with pytest.raises(Usage):
        triggers.read(written)


@pytest.mark.parametrize(
    ("on", "event", "fires"),
    [
        pytest.param("severity:SEV1", raised("SEV1", "SEV2"), True, id="raised to it"),
        pytest.param("severity:SEV1", raised("SEV0", "SEV2"), True, id="raised to worse"),
        pytest.param("severity:SEV1", raised("SEV0", "SEV1"), True, id="raised past it"),
        pytest.param("severity:SEV1", raised("SEV2", "SEV3"), False, id="not raised so far"),
        pytest.param("severity:SEV1", raised("SEV1", "SEV0"), False, id="lowered to it"),
        pytest.param("severity:SEV1", raised("SEV1", "SEV1"), False, id="confirmed"),
        pytest.param("harm:vex", harm(["har", "vex"], ["har"]), True, id="a new harm"),
        pytest.param("harm:vex", harm(["vex:recruitment"], ["har"]), True, id="a new harm below it"),
        pytest.param("harm:vex", harm(["vex"], ["vex", "har"]), False, id="it was there"),
        pytest.param("fact:determination", FactStated(name="determination", why="w"), True, id="the fact"),
        pytest.param("fact:determination", FactStated(name="detected", why="w"), False, id="another fact"),
        pytest.param("assessment:triage", AssessmentFinalised(template="triage", version=1, answers={}), True, id="final"),
        pytest.param("assessment:triage", AssessmentFinalised(template="policy", version=1, answers={}), False, id="other"),
        pytest.param("a note", NoteAdded(text="a note"), False, id="a note fires nothing"),
    ],
)  # fmt: skip
def test_an_event_takes_up_what_waits_for_it(on, event, fires):
    found = triggers.fired(decided("before it", on), event)

    assert [(one.decision, one.because) for one in found] == ([("D-1", on)] if fires else [])


@pytest.mark.parametrize("state", ["reopened", "superseded"])
def test_what_does_not_stand_is_not_taken_up(state):
    assert triggers.fired(decided("fact:x", state=state), FactStated(name="x", why="w")) == []


def test_a_subject_fires_when_it_is_seen_again_and_not_the_first_time():
    seen = SubjectSeen(subject="S-7KQ2", type="email", relation="actor", digest="d", key="k", rule=1)
    once = Case(sightings=[{"subject": "S-7KQ2"}])
    twice = Case(sightings=[{"subject": "S-7KQ2"}, {"subject": "S-7KQ2"}])

    assert triggers.fired(decided("subject:S-7KQ2", case=once), seen) == []
    for on in ("subject:S-7KQ2", "sighting"):
        assert [one.because for one in triggers.fired(decided(on, case=twice), seen)] == [on]


@pytest.mark.parametrize(
    ("minutes", "fires"), [(-61, False), (-60, False), (-59, True), (0, True), (1, False)],
    ids=["before the decision", "at its moment", "since", "now", "not yet in force"],
)  # fmt: skip
def test_a_clause_fires_for_decisions_made_before_it_took_effect(minutes, fires):
    moments = {"har-3.2": [NOW + timedelta(minutes=minutes)]}

    assert bool(triggers.by_clauses(decided("clause:har-3.2"), moments, NOW)) is fires
    assert triggers.by_clauses(decided("clause:har-3.1"), moments, NOW) == []
