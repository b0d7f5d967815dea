"""What documents say of subjects, referrals and holds, and to whom."""

from __future__ import annotations

from datetime import UTC

import pytest

from domain.report.record import ROSTER, full, minute, plain
from escalate.domain.report.audience import audience
from escalate.domain.report.material import gather
from escalate.domain.report.model import data, values
from escalate.domain.timeline import access as ac
from escalate.domain.timeline import outward as out

SECTIONS = ("subjects", "subject_links", "referrals", "authority_checks", "holds")


def seen(subject, relation, type_="email"):
    return ac.SubjectSeen(
        subject=subject, type=type_, relation=relation, digest="d" * 64, key="k", rule=1, note="canary-n"
    )


def add(record, labels="", last=99):
    """Two subjects, one of them twice and matched; one referral answered and one late; a check; two holds, one released."""
    events = [
        seen("S-7KQ2", "actor"),
        seen("S-M4XD", "target", "account"),
        seen("S-7KQ2", "infrastructure"),
        ac.SubjectLinked(subject="S-7KQ2", other="S-M4XD", why="canary-l"),
        ac.SubjectMatched(subject="S-7KQ2", seen_in="INC-4", by="bob"),
        out.ReferralDrafted(referral="R-1", authority="example-desk", basis="canary-b", disclosed=["canary-d"], sha256="a"),
        out.ReferralSent(referral="R-1", reference="canary-r", how="canary-h", call_back=minute(60)),
        out.ReferralAnswered(referral="R-1", outcome="canary-o", reference="canary-s"),
        out.ReferralDrafted(referral="R-2", authority="other-desk", basis="canary-b", disclosed=[], sha256="b"),
        out.ReferralSent(referral="R-2", reference="canary-r", call_back=minute(70)),
        out.AuthorityChecked(authority="example-desk", outcome="refused", how="canary-c"),
        out.HoldPlaced(hold="H-1", matter="canary-m", scope="canary-x", custodians=["canary-k"]),
        out.HoldReleased(hold="H-1", why="canary-w", approval="P-1"),
        out.HoldPlaced(hold="H-2", matter="canary-m", scope=""),
    ]  # fmt: skip
    for place, event in enumerate(events[:last]):
        record.add(event, 20 + place, labels=labels)
    return record


def shown(record, kind="report", reader="default"):
    material = gather(record.entries, ROSTER, audience(reader, ROSTER), plain, ())
    return values(material, kind, UTC, minute(210)), data(material, kind, minute(210))


def test_subjects_are_handles_with_what_they_are_here_and_when_they_were_seen():
    page, document = shown(add(full()))

    assert page["subjects"] == [
        {"handle": "S-7KQ2", "types": "email", "relations": "actor, infrastructure", "count": 2,
         "first": "2026-11-21 21:20Z", "last": "2026-11-21 21:22Z", "matches": 1},
        {"handle": "S-M4XD", "types": "account", "relations": "target", "count": 1,
         "first": "2026-11-21 21:21Z", "last": "2026-11-21 21:21Z", "matches": 0},
    ]  # fmt: skip
    assert page["subject_links"] == [
        {"subject": "S-7KQ2", "other": "S-M4XD", "why": "canary-l", "by": "2026-11-21 21:23Z, Alice Ng"}
    ]
    assert [(one["handle"], len(one["sightings"])) for one in document["subjects"]] == [("S-7KQ2", 2), ("S-M4XD", 1)]
    assert "d" * 64 not in str(document["subjects"])


def test_what_was_withdrawn_is_not_among_them():
    record = add(full(), last=2)
    record.add(ac.SubjectWithdrawn(subject="S-M4XD", entry=record.entries[-1].id, why="w"), 40)

    assert [one["handle"] for one in shown(record)[1]["subjects"]] == ["S-7KQ2"]


def test_referrals_say_to_whom_why_what_under_which_reference_and_what_came_of_it():
    page, document = shown(add(full()))
    answered, late = page["referrals"]

    assert (answered["id"], answered["to"], answered["state"], answered["late"]) == (
        "R-1",
        "example-desk",
        "answered",
        False,
    )
    assert [(line["label"], line["text"]) for line in answered["said"]] == [
        ("Legal basis", "canary-b"),
        ("Disclosed", "canary-d"),
        ("Drafted", "2026-11-21 21:25Z, Alice Ng"),
        ("Sent", "2026-11-21 21:26Z, Alice Ng; canary-h"),
        ("Their reference", "canary-s"),
        ("Call back", "by 2026-11-21 22:00Z"),
        ("Answered", "2026-11-21 21:27Z, Alice Ng; canary-o"),
    ]
    assert (late["late"], {line["label"]: line["text"] for line in late["said"]}["Disclosed"]) == (True, "no data")
    assert [(one["id"], one["late"]) for one in document["referrals"]] == [("R-1", False), ("R-2", True)]
    assert page["authority_checks"] == [
        {"authority": "example-desk", "outcome": "it was not them", "said": "canary-c",
         "by": "2026-11-21 21:30Z, Alice Ng"}
    ]  # fmt: skip


def test_holds_say_what_is_kept_and_who_released_them():
    released, standing = shown(add(full()))[0]["holds"]

    assert [(line["label"], line["text"]) for line in released["said"]] == [
        ("Matter", "canary-m"),
        ("Scope", "canary-x"),
        ("Custodians", "canary-k"),
        ("Placed", "2026-11-21 21:31Z, Alice Ng"),
        ("Released", "2026-11-21 21:32Z, Alice Ng; with P-1; canary-w"),
    ]
    assert (released["state"], standing["state"]) == ("released", "placed")


@pytest.mark.parametrize(
    ("labels", "harm", "reader", "reads", "there"),
    [
        ("", "har", "default", True, True),
        ("sensitive", "har", "default", False, True),
        ("sensitive", "har", "safety", True, True),
        ("privileged", "har", "default", False, False),
        ("privileged", "har", "legal", True, True),
        ("", "cse", "default", False, True),
        ("", "cse", "safety", True, True),
    ],
)
def test_who_reads_the_words_and_who_learns_that_there_is_something(labels, harm, reader, reads, there):
    page, document = shown(add(full(harm=[harm]), labels), reader=reader)

    for found in (page, document):
        sections = {name: found[name] for name in SECTIONS}
        assert ("canary" in str(sections)) == reads
        assert [bool(section) for section in sections.values()] == [there] * len(SECTIONS)
        assert ("S-7KQ2" in str(sections)) == there


def test_a_summary_counts_them_with_nobodys_words():
    page, document = shown(add(full()), "summary")

    assert page["done"][-3:] == [
        "Referred to example-desk, other-desk",
        "2 subjects recorded by handle",
        "1 legal hold in force",
    ]
    assert document["summary"]["done"] == page["done"]
    assert not any("canary" in line for line in page["done"])


def test_where_nothing_of_the_kind_is_recorded_nothing_is_said():
    page, document = shown(full())

    for found in (page, document):
        assert [found[name] for name in SECTIONS] == [[]] * len(SECTIONS)
    assert not any("subject" in line or "hold" in line for line in shown(full(), "summary")[0]["done"])
