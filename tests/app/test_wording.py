"""The words of messages: what they say, what they never say, and that nothing keeps them back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from escalate.app import incidents, paging
from escalate.app.incidents import Opening
from escalate.errors import Misconfigured
from escalate.resources import bundled
from telling import messages, roster

TITLE = "canary-title-9c1e"
NOTE = "canary-note-77aa"
OF_NO_INCIDENT = ("handoff", "shift")
TEMPLATES = sorted(
    path.stem for path in Path(str(bundled("templates"))).glob("messages/*.j2") if path.stem not in OF_NO_INCIDENT
)


def opened(ledger, **more):
    given = {"title": TITLE, "severity": "SEV2", "quiet": True, **more}
    return incidents.open_incident(ledger, Opening(**given)).incident.id


def everything_said(ledger, wiring, incident, clock):
    """Every kind of message there is: a page to its end, a test, a ping, a ticket, an answer, a way instead."""
    from escalate.errors import Rejected
    from telling import Line, Lines, courier

    incidents.note(ledger, incident, NOTE)
    _, [page] = paging.page(ledger, incident, ("policy:critical",))
    courier(wiring, Lines(hook=Line(Rejected("no")), pager=Line(), chat=Line())).run(1)
    for _ in range(2):
        clock.advance(minutes=5)
        paging.advance_due(ledger, incident, page.id)
    paging.acknowledge(ledger, incident, "1", by="alice")
    paging.page(ledger, incident, ("person:alice",), test=True)
    paging.decide(ledger, incident, "2", "cancel", "enough")
    paging.ping(ledger, incident, ("legal", "crew"), "")
    paging.ask_ticket(ledger, incident)
    return messages(wiring, incident=incident)


def tracked(**more):
    from telling import TRACKER

    return roster(more=TRACKER, **more)


def test_no_message_says_what_happened(ledger, wiring, clock, apply_roster):
    apply_roster(tracked())

    said = everything_said(ledger, wiring, opened(ledger), clock)

    assert {m.purpose for m in said} == {"page", "exhausted", "status", "ping", "ticket"}
    for message in said:
        outgoing = f"{message.subject}\n{message.text}\n{message.details}"
        assert TITLE not in outgoing
        assert NOTE not in outgoing


def test_only_a_channel_that_may_is_told_the_title_and_never_the_notes(ledger, wiring, clock, apply_roster):
    apply_roster(tracked(details=True))

    said = everything_said(ledger, wiring, opened(ledger), clock)

    assert {m.via for m in said if TITLE in m.text} == {"hook"}
    assert TITLE not in "".join(m.subject for m in said)
    assert NOTE not in "".join(m.text for m in said)


@pytest.mark.parametrize(
    "more", [{"harm": ("cse",)}, {"harm": ("life",)}, {"harm": ("cbrn",)}, {"restricted": True}], ids=str
)
def test_of_a_sensitive_incident_no_channel_is_told_anything(ledger, wiring, clock, apply_roster, more):
    """The name of a policy may say what it is about as well."""
    apply_roster(tracked(details=True).replace("critical", "canary-policy"))
    incident = opened(ledger, **more)
    _, [page] = paging.page(ledger, incident, ("policy:canary-policy",))
    for _ in range(2):
        clock.advance(minutes=5)
        paging.advance_due(ledger, incident, page.id)
    paging.ping(ledger, incident, ("legal",), "")

    outgoing = "".join(f"{m.subject}{m.text}{m.details}" for m in messages(wiring))
    assert "canary" not in outgoing
    for slug in more.get("harm", ()):
        assert slug not in outgoing


VALUES = {
    "ref": "INC-7", "code_name": "SLATE OTTER", "severity": "SEV1", "drill": "", "head": "#3:abc", "name": "Alice", "page": "INC-7/1",
    "action": "trigger", "title": "", "marking": "TLP:RED", "policy": "critical", "step": 1, "steps": 2, "tried": "Bob",
    "then": "nobody else is paged", "said": "", "team": "Legal", "code": "7F2K",
    "question": "A-1", "approval": "P-1", "decision": "", "by": "2026-11-22 09:00Z", "late": False, "until": "Sat 2026-11-21 22:00Z",
    "deadline": "2026-11-24 21:00Z", "clock": "c-1", "over": "80", "internal": False, "asked": False,
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_lock_screen_shows_code_name_and_severity_and_what_to_do(wiring, template):
    said = wiring.texts.render(template, VALUES)
    first = said.strip().splitlines()[0]

    assert "INC-7 SLATE OTTER" in first
    assert len(first) < 120
    assert "None" not in said
    assert "escalate " in said or template == "status"
    assert "record #3:abc" in said
    assert wiring.texts.render(template, {**VALUES, "drill": "DRILL "}).startswith("DRILL ")


ON_CALL = {
    "handoff": "H-3", "schedule": "ts", "giver": "Bob", "counts": "1 open incident", "begins": "Mon 09:00Z",
    "ends": "Tue 09:00Z", "longer": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "more", "first"),
    [
        pytest.param("handoff", {}, "HAND-OFF H-3 of ts", id="a hand-off"),
        pytest.param("shift", {"was": "", "gone": False}, "ON CALL ts from Mon 09:00Z", id="a shift"),
        pytest.param(
            "shift", {"was": "Sun 09:00Z", "gone": False}, "ON CALL ts: your next shift moved", id="one that moved"
        ),
        pytest.param(
            "shift",
            {"was": "Sun", "gone": True},
            "ON CALL ts: your next shift is no longer yours",
            id="one that is gone",
        ),
    ],
)
def test_what_is_said_to_whoever_is_on_call_next(wiring, template, more, first):
    said = wiring.texts.render(template, {**VALUES, "ref": "ONCALL", **ON_CALL, **more})

    assert said.splitlines()[0] == first
    assert "Alice: " in said
    assert "escalate oncall" in said
    assert said.rstrip().splitlines()[-1] == "record #3:abc"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_title_is_never_in_the_first_line(wiring, template):
    """Where a channel may carry it at all: a phone shows the first line to whoever holds it."""
    said = wiring.texts.render(template, {**VALUES, "title": TITLE})

    assert TITLE not in said.strip().splitlines()[0]


def test_the_exact_words_of_a_page(ledger, wiring, incident, apply_roster):
    apply_roster(roster())
    written, _ = paging.page(ledger, incident, ("policy:critical",))

    name = written.incident.code_name
    before = written.entries[0]
    code = messages(wiring)[0].details["code"]
    assert messages(wiring)[0].text == (
        f"PAGE INC-1 {name} SEV2\n"
        "Alice Ng: please respond now.\n"
        f"Acknowledge: escalate ack {code}   Cannot take it: escalate decline {code}\n"
        "Step 1 of 2 (critical). Without an answer the next person is paged.\n"
        f"record #{before.seq}:{before.digest[:12]}"
    )
    assert messages(wiring)[0].subject == f"PAGE INC-1 {name} SEV2"


BROKEN = {
    "syntax": "{{ ref ",
    "a name that is not there": "{{ nobody }}",
    "an attack": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "nothing at all": "",
    "only spaces": "  \n \n",
    "without end": "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
    "division": "{{ 1 / 0 }}",
    "includes itself": "{% include 'messages/NAME.j2' %}",
    "not UTF-8": b"\xff\xfe\x00",
}


@pytest.mark.slow
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("name", ["page", "page_test"])
def test_a_broken_template_holds_no_page_back(ledger, wiring, incident, apply_roster, home, broken, name):
    apply_roster(roster())
    folder = home / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / f"{name}.j2").write_bytes(broken if isinstance(broken, bytes) else broken.replace("NAME", name).encode())

    paging.page(ledger, incident, ("person:bob",), test=name == "page_test")

    [message] = messages(wiring)
    assert message.state == "queued"
    assert re.search(r"escalate ack [0-9A-Z]{4}\b", message.text)
    assert "INC-1" in message.subject
    assert ("TEST" in message.text) is (name == "page_test")


@pytest.mark.parametrize("error", [Misconfigured("no"), RuntimeError("no"), ImportError("jinja2"), OSError(5, "no")])
def test_an_engine_that_fails_holds_no_page_back(ledger, wiring, incident, apply_roster, monkeypatch, error):
    apply_roster(roster())

    def render(*_given):
        raise error

    monkeypatch.setattr(type(wiring.texts), "render", render)
    paging.page(ledger, incident, ("person:bob",))
    paging.ping(ledger, incident, ("legal",), "")

    assert len(messages(wiring)) == 2
    assert all("INC-1" in m.text for m in messages(wiring))


def test_a_teams_own_template_is_used(ledger, wiring, incident, apply_roster, home):
    apply_roster(roster())
    folder = home / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / "page.j2").write_text("WAKE UP {{ name }} {{ ref }}")

    paging.page(ledger, incident, ("person:bob",))

    assert messages(wiring)[0].text == "WAKE UP Bob Okoro INC-1"


def test_the_same_entry_makes_the_same_keys(ledger, wiring, incident, apply_roster):
    """Two ways of one kind to one person are two messages; a rebuilt outbox finds the same ones."""
    from escalate.app.wording import messages as worded

    apply_roster(roster().replace('via = "pager", after = "2m"', 'via = "hook", after = "2m"'))
    written, _ = paging.page(ledger, incident, ("person:alice",))
    entry = written.entries[-1]

    again = worded(written.incident, entry, entry.event, ledger_roster(wiring), wiring.texts, ledger.clock.now())

    assert [m.id for m in again] == [m.id for m in written.queued]
    assert len({m.id for m in again}) == 2


def ledger_roster(wiring):
    with wiring.store.reading() as look:
        return look.roster()


def test_a_name_that_hides_something_is_made_visible(ledger, wiring, incident, apply_roster):
    apply_roster(roster().replace("Bob Okoro", "Bob \u202eorokO"))

    paging.page(ledger, incident, ("person:bob",))

    assert "\u202e" not in messages(wiring)[0].text
