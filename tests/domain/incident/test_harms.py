"""Several harms, of which one leads."""

from __future__ import annotations

import pytest

from domain.report.record import Record, opened
from escalate.domain.incident import harms as rules
from escalate.domain.incident.fold import fold
from escalate.domain.timeline.events import AssessmentDrafted, AssessmentFinalised
from escalate.domain.timeline.judgements import HarmChanged
from escalate.errors import Usage


def incident(*events, **opening):
    record = Record()
    record.add(opened(**opening))
    for event in events:
        record.add(event)
    return fold(record.entries)


def changed(*harm, primary=None):
    return HarmChanged(harm=list(harm), primary=primary or harm[0], was=[], taxonomy="escalate-core@1", why="w")


def test_the_first_leads_unless_another_is_named():
    assert rules.leading(("har", "frd"), None) == "har"
    assert rules.leading(("har", "frd"), "frd") == "frd"
    assert rules.leading((), None) is None
    with pytest.raises(Usage, match="life would lead"):
        rules.leading(("har",), "life")


@pytest.mark.parametrize(
    ("harm", "primary", "line", "order"),
    [
        (["har", "frd"], "frd", "frd (leads), har", ["frd", "har"]),
        (["har"], "har", "har", ["har"]),
        (["har", "frd"], None, "har, frd", ["har", "frd"]),
        ([], None, "", []),
    ],
)
def test_it_is_said_which_leads(harm, primary, line, order):
    one = incident(harm=harm, primary=primary)

    assert (rules.named(one), rules.ordered(one)) == (line, order)


def test_a_change_names_all_of_them():
    one = incident(harm=["har"], primary="har", taxonomy="escalate-core@1")

    [event] = rules.change(one, ("life", "har", "life"), "life", "escalate-core@1", "a name was given")

    assert (event.harm, event.primary, event.was) == (["life", "har"], "life", ["har"])
    assert rules.change(one, ("har",), None, "escalate-core@1", "") == []
    with pytest.raises(Usage, match="empty"):
        rules.change(one, ("frd",), None, "escalate-core@1", " ")
    with pytest.raises(Usage, match="Which kinds"):
        rules.change(one, (), None, "escalate-core@1", "w")


def test_what_becomes_sensitive_stays_so():
    before = incident(harm=["har"])
    now = incident(changed("life", "har"), harm=["har"])
    later = incident(changed("life", "har"), changed("har"), harm=["har"])

    assert (before.sensitive, before.marking) == (False, "TLP:AMBER+STRICT")
    assert (now.sensitive, now.marking, now.primary) == (True, "TLP:RED", "life")
    assert (later.sensitive, later.marking, later.harm) == (True, "TLP:RED", ("har",))


def triage(final=True, **answers):
    of = AssessmentFinalised if final else AssessmentDrafted
    return of(template="triage", version=1, answers=answers)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (triage(harm_primary="ssh", harm_secondary=["har"]), "escalate harm set ssh har INC-12 --primary ssh --why …"),
        (triage(harm_primary="frd", harm_secondary=["har"]), "escalate harm set frd har INC-12 --primary frd --why …"),
        (triage(harm_primary="har", harm_secondary=["frd"]), ""),
        (triage(final=False, harm_primary="ssh"), ""),
        (triage(one_line="words"), ""),
    ],
    ids=["others", "another leads", "the same", "a draft", "says nothing of it"],
)
def test_a_final_triage_that_names_others_proposes_them(event, expected):
    assert rules.proposed(incident(event, harm=["har", "frd"], primary="har")) == expected
