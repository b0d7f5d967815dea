from __future__ import annotations

import pytest

from domain.report.record import POLICY, Record, minute, opened
from escalate.app.incidents import Opening
from escalate.domain.incident import rules
from escalate.domain.incident.code_names import FIRST, SECOND
from escalate.domain.incident.fold import fold
from escalate.domain.incident.harm import HARMS, harm
from escalate.domain.incident.severity import at_least, severity, worst
from escalate.domain.timeline import events as ev
from escalate.errors import NotFound, Refused, Usage

MITIGATED, RESOLVED = ev.IncidentMitigated(), ev.IncidentResolved()
CLOSED = ev.IncidentClosed(disposition="incident", worst="SEV1")
PAGED = ev.PageOpened(page="p", number=1, target="policy:critical-harm", policy=POLICY)
ANSWERED = ev.PageAcknowledged(page="p", by="alice")


def after(*happened, **given):
    record = Record()
    record.add(opened(**given))
    for event in happened:
        record.add(event)
    return fold(record.entries)


@pytest.mark.parametrize(
    ("rule", "happened", "kinds"),
    [
        pytest.param(lambda i: rules.mitigate(i, "s"), [], ["incident.mitigated"], id="mitigate what is open"),
        pytest.param(lambda i: rules.mitigate(i, "s"), [MITIGATED], [], id="mitigate twice"),
        pytest.param(lambda i: rules.mitigate(i, "s"), [RESOLVED], [], id="mitigate what is resolved"),
        pytest.param(lambda i: rules.resolve(i, "s"), [MITIGATED], ["incident.resolved"], id="resolve"),
        pytest.param(lambda i: rules.resolve(i, "s"), [RESOLVED], [], id="resolve twice"),
        pytest.param(lambda i: rules.reopen(i, "w"), [], [], id="reopen what is open"),
        pytest.param(lambda i: rules.reopen(i, "w"), [RESOLVED], ["incident.reopened"], id="reopen what is resolved"),
        pytest.param(lambda i: rules.reopen(i, "w"), [CLOSED], ["incident.reopened"], id="reopen what is closed"),
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", None, ""), [], ["incident.closed"], id="close what is open"),
        pytest.param(lambda i: rules.close(i, "near-miss", "SEV4", None, ""), [CLOSED], [], id="close twice"),
        pytest.param(lambda i: rules.close(i, "duplicate", "SEV4", "INC-7", ""), [], ["incident.closed"], id="a duplicate"),
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", None, ""), [PAGED, ANSWERED], ["incident.closed"], id="paged, answered"),
        pytest.param(lambda i: rules.change_severity(i, "SEV0", "w"), [], ["severity.changed"], id="raise"),
        pytest.param(lambda i: rules.change_severity(i, "SEV1", "w"), [], [], id="to what it is"),
        pytest.param(lambda i: rules.assign(i, "lead", "bob"), [], ["role.assigned"], id="assign"),
        pytest.param(
            lambda i: rules.assign(i, "lead", "bob"), [ev.RoleAssigned(role="lead", person="bob")], [], id="assign again"
        ),
    ],
)  # fmt: skip
def test_what_a_wish_becomes(rule, happened, kinds):
    assert [event.kind for event in rule(after(*happened))] == kinds


@pytest.mark.parametrize(
    ("rule", "happened", "given", "says"),
    [
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", None, ""), [CLOSED], None, None, id="closed the same way"),
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", None, "late"), [CLOSED], None, "(why)", id="closed with another reason"),
        pytest.param(
            lambda i: rules.close(i, "near-miss", "SEV0", None, ""), [CLOSED], None, "(disposition, worst)", id="closed another way"
        ),
        pytest.param(lambda i: rules.mitigate(i, ""), [MITIGATED], None, None, id="mitigated, nothing given"),
        pytest.param(lambda i: rules.mitigate(i, ""), [MITIGATED], minute(0.5), None, id="mitigated at that time"),
        pytest.param(lambda i: rules.mitigate(i, ""), [MITIGATED], minute(-60), "escalate fact mitigated INC-12 --at", id="at another time"),
        pytest.param(lambda i: rules.mitigate(i, "s"), [MITIGATED], None, "escalate log -i INC-12", id="mitigated, other words"),
        pytest.param(lambda i: rules.mitigate(i, ""), [RESOLVED], minute(0), "INC-12 is resolved already", id="resolved, never mitigated"),
        pytest.param(lambda i: rules.reopen(i, ""), [], None, None, id="open"),
        pytest.param(lambda i: rules.reopen(i, "w"), [], None, "INC-12 is open already", id="open, with a reason"),
    ],
)  # fmt: skip
def test_what_is_so_already_is_refused_where_something_else_is_said_of_it(rule, happened, given, says):
    record = Record()
    record.add(opened())
    before = [record.add(event) for event in happened]
    incident = fold(record.entries)
    already = rule(incident)
    assert already == []
    before = next((entry for entry in before if entry.kind == already.wish.kind), None)

    if says is None:
        rules.refuse_other(incident, already.wish, given, before)
        return
    with pytest.raises(Refused) as caught:
        rules.refuse_other(incident, already.wish, given, before)
    assert says in f"{caught.value.message} {caught.value.hint}"


def test_a_severity_that_nobody_judged_is_confirmed_by_saying_it():
    [event] = rules.change_severity(after(severity="SEV2", provisional=True), "SEV2", "looked at it")

    assert (event.severity, event.was) == ("SEV2", "SEV2")


@pytest.mark.parametrize(
    ("rule", "happened", "error", "says"),
    [
        pytest.param(lambda i: rules.mitigate(i, ""), [CLOSED], Refused, "INC-12 is closed", id="mitigate what is closed"),
        pytest.param(lambda i: rules.resolve(i, ""), [CLOSED], Refused, "escalate reopen INC-12", id="resolve what is closed"),
        pytest.param(lambda i: rules.close(i, "over", "SEV1", None, ""), [], Usage, "no disposition 'over'", id="no disposition"),
        pytest.param(lambda i: rules.close(i, "duplicate", "SEV1", None, ""), [], Usage, "names the incident", id="of nothing"),
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", "INC-7", ""), [], Usage, "names the incident", id="no duplicate"),
        pytest.param(lambda i: rules.close(i, "duplicate", "SEV1", "INC-12", ""), [], Refused, "of itself", id="of itself"),
        pytest.param(lambda i: rules.close(i, "incident", "SEV1", None, ""), [PAGED], Refused, "1 unacknowledged", id="still paging"),
        pytest.param(lambda i: rules.change_severity(i, "SEV0", " \u200b"), [], Usage, "The reason is empty", id="no reason"),
        pytest.param(lambda i: rules.state_fact(i, "when it began", "w"), [], Usage, "not the name of a fact", id="a sentence"),
        pytest.param(lambda i: rules.state_fact(i, "detected", ""), [], Usage, "The reason is empty", id="a fact without reason"),
        pytest.param(lambda i: rules.page(i, "INC-12/4"), [PAGED], NotFound, "Pages of INC-12: INC-12/1", id="no such page"),
        pytest.param(
            lambda i: rules.escalate(i, i.pages["p"], ""), [PAGED, ev.PageCancelled(page="p")], Refused, "was cancelled", id="cancelled"
        ),
    ],
)  # fmt: skip
def test_what_is_refused_says_why_and_what_to_do(rule, happened, error, says):
    with pytest.raises(error) as caught:
        rule(after(*happened))

    assert says in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("impact_started", "impact-started"),
        (" Detected ", "detected"),
        ("aware:dsa-18", "aware:dsa-18"),
        ("first-alert", "first-alert"),
    ],
)
def test_names_of_facts_are_hyphenated(given, name):
    event, supersedes = rules.state_fact(after(), given, "w")

    assert (event.name, supersedes) == (name, None)


def test_a_later_statement_names_the_one_it_supersedes():
    record = Record()
    record.add(opened())
    first = record.add(ev.FactStated(name="detected", why="alert"))

    event, supersedes = rules.state_fact(fold(record.entries), "detected", "w")

    assert event.supersedes == supersedes == first.id


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("harm_", "given", "reads", "labels"),
    [
        pytest.param([], set(), set(), set(), id="none"),
        pytest.param(["cse"], set(), set(), {"sensitive"}, id="where the incident is sensitive"),
        pytest.param([], {"tlp:amber+strict", "ntk:desk"}, set(), {"tlp:amber+strict", "ntk:desk"}, id="as given"),
        pytest.param([], {"privileged"}, {"privileged"}, {"privileged"}, id="privileged by Legal"),
    ],
)
def test_labels_of_an_entry(harm_, given, reads, labels):
    assert rules.labels_for(after(harm=harm_), frozenset(given), frozenset(reads)) == labels


@pytest.mark.parametrize(
    ("label", "error", "says"),
    [
        ("privileged", Refused, "Only Legal"),
        ("TLP:RED", Usage, "not a label"),
        ("two words", Usage, "not a label"),
        ("", Usage, "label"),
    ],
)
def test_labels_that_are_refused(label, error, says):
    with pytest.raises(error, match=says):
        rules.labels_for(after(), frozenset({label}), frozenset({"sensitive"}))


# ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("opening", "field", "value"),
    [
        (Opening(title="t"), "severity", "SEV2"),
        (Opening(title="t"), "provisional", True),
        (Opening(title="t", severity="SEV2"), "provisional", False),
        (Opening(title="t"), "marking", "TLP:AMBER+STRICT"),
        (Opening(title="t", harm=("cbrn",)), "marking", "TLP:RED"),
        (Opening(title="t", harm=("har", "har")), "harm", ["har"]),
        (Opening(title=" t "), "title", " t "),
    ],
)
def test_what_opening_records(opening, field, value):
    assert getattr(rules.open_(opening, number=1, code_name="SLATE OTTER"), field) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\u200b\u2800", "is empty"),
        ("a\x00b", "not text"),
        ("a\ud800", "not text"),
        ("x" * 100_001, "100,001 characters"),
    ],
    ids=["nothing", "nothing to see", "U+0000", "a surrogate", "too long"],
)
def test_texts_that_cannot_be_kept(text, says):
    with pytest.raises(Usage, match=says):
        rules.said(text)


@pytest.mark.parametrize("text", ["-rf", " byte for byte \n", "\x1b[31m", "x" * 100_000])
def test_texts_are_kept_byte_for_byte(text):
    assert rules.said(text) == text


# ── statements ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind", ["incident.opened", "page.opened", "message.sent", "severity.changed", "entry.corrected"]
)
def test_what_the_program_did_is_neither_corrected_nor_withdrawn(kind):
    entry = Record().add(ev.NoteAdded(text="t")).but(kind=kind)

    with pytest.raises(Refused, match="what the program did"):
        rules.correct(entry, text="x", at=None, why="w")
    with pytest.raises(Refused, match="what the program did"):
        rules.withdraw(entry, "w")


def test_a_correction_says_what_is_right_and_why():
    entry = Record().add(ev.NoteAdded(text="t"))

    with pytest.raises(Usage, match="says what is right"):
        rules.correct(entry, text=None, at=None, why="w")
    with pytest.raises(Usage, match="The text is empty"):
        rules.correct(entry, text="", at=None, why="w")
    with pytest.raises(Usage, match="The reason is empty"):
        rules.correct(entry, text="x", at=None, why="")


# ── scales and names ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("text", "level"), [("sev1", "SEV1"), (" 0 ", "SEV0"), ("Sev-4", "SEV4"), ("SEV 2", "SEV2")])
def test_a_severity_is_read_in_many_spellings(text, level):
    assert severity(text) == level


@pytest.mark.parametrize("text", ["", "5", "SEV", "P1", "SEV11", "１"])
def test_other_severities_are_refused(text):
    with pytest.raises(Usage, match="There is no severity"):
        severity(text)


def test_the_worst_is_the_lowest():
    assert worst("SEV2", "SEV0", "SEV4") == "SEV0"
    assert at_least("SEV1", "SEV1")
    assert not at_least("SEV2", "SEV1")


@pytest.mark.parametrize(
    ("text", "slug"),
    [("CSE", "cse"), (" life ", "life"), ("cse:grooming", "cse:grooming"), ("har:Brigading", "har:brigading")],
)
def test_harms(text, slug):
    assert harm(text) == slug


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lif", "Did you mean life"),
        ("", "Harms: cse"),
        ("cse:", "Harms"),
        ("cse:a b", "Harms"),
        ("cse:x:y", "Harms"),
        ("cse:groming", "Did you mean cse:grooming? Below cse there are: known-csam"),
        ("har:grooming", "Below har there are: targeted, hate, doxxing, brigading. Unsure? Say har."),
    ],
)
def test_other_harms_are_refused(text, says):
    with pytest.raises(Usage) as caught:
        harm(text)
    assert says in caught.value.hint


def test_code_names_can_be_said_anywhere():
    assert len(FIRST) * len(SECOND) > 5000
    assert all(word.isascii() and word.isalpha() and word.isupper() and len(word) <= 10 for word in FIRST + SECOND)
    assert len(set(FIRST)) == len(FIRST)
    assert len(set(SECOND)) == len(SECOND)
    assert set(HARMS) >= {"cse", "life", "cbrn"}
