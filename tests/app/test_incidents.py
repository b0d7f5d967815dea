from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app.incidents import Opening, change, change_severity, note, open_incident, state_fact
from escalate.app.ledger import Author, Ledger
from escalate.domain.incident import rules
from escalate.errors import Refused

ROSTER = """
[people.alice]
name = "Alice Ng"
zone = "Europe/London"
[people.bob]
name = "Bob Roe"
zone = "Europe/London"
[teams.legal]
name = "Legal"
people = ["bob"]
reads = ["privileged"]
[policies.critical-harm]
[[policies.critical-harm.steps]]
wait = "5m"
targets = ["person:bob"]
[[routes]]
when = { harm = ["cse", "life"], severity = "SEV1" }
page = ["policy:critical-harm"]
ping = ["legal"]
runbook = "child-safety"
"""


def kinds(written):
    return [entry.kind for entry in written.entries]


def test_the_first_minute_is_one_entry(ledger, clock):
    written = open_incident(
        ledger,
        Opening(
            title="t", harm=("har", "life:threat"), imminent=True, child=True, ongoing=True, source="user",
            reported_at=clock.now() - timedelta(minutes=9), at=clock.now() - timedelta(minutes=2), precision="minute",
        ),
    )  # fmt: skip

    [entry] = written.entries
    incident = written.incident
    assert (entry.seq, entry.kind, entry.precision, entry.actor, entry.origin) == (
        1,
        "incident.opened",
        "minute",
        "alice",
        "desk",
    )
    assert (incident.severity, incident.provisional, incident.marking, incident.sensitive) == (
        "SEV2",
        True,
        "TLP:RED",
        True,
    )
    assert (incident.imminent, incident.child, incident.ongoing, incident.source) == (True, True, True, "user")
    assert incident.milestone("reported") == clock.now() - timedelta(minutes=9)
    assert incident.opened_at == clock.now() - timedelta(minutes=2)


def test_code_names_of_open_incidents_differ(ledger):
    names = [open_incident(ledger, Opening(title="t")).incident.code_name for _ in range(40)]

    assert len(set(names)) == 40
    assert open_incident(ledger, Opening(title="t", drill=True)).incident.code_name.startswith("DRILL ")


# ── routes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("opening", "follows"),
    [
        pytest.param(Opening(title="t", harm=("cse",), severity="SEV1"), True, id="as the route says"),
        pytest.param(Opening(title="t", harm=("har", "life"), severity="SEV0"), True, id="worse, and one of its harms"),
        pytest.param(Opening(title="t", harm=("cse",), severity="SEV2"), False, id="less bad"),
        pytest.param(Opening(title="t", harm=("har",), severity="SEV0"), False, id="another harm"),
        pytest.param(Opening(title="t", harm=("cse",), severity="SEV1", quiet=True), False, id="opened quietly"),
    ],
)
def test_what_follows_by_itself_on_opening(ledger, apply_roster, opening, follows):
    apply_roster(ROSTER)

    written = open_incident(ledger, opening)

    assert {"page.opened", "team.pinged", "runbook.chosen"} <= set(kinds(written)) or not follows
    assert follows or kinds(written) == ["incident.opened"]
    assert written.incident.quiet is opening.quiet


def test_raising_does_what_opening_would_have_done_and_only_once(ledger, apply_roster):
    apply_roster(ROSTER)
    id_ = open_incident(ledger, Opening(title="t", harm=("cse",), severity="SEV2")).incident.id

    raised = change_severity(ledger, id_, "SEV1", "a second account")
    further = change_severity(ledger, id_, "SEV0", "a third")

    assert kinds(raised)[0] == "severity.changed"
    assert {"page.opened", "team.pinged", "runbook.chosen"} <= set(kinds(raised))
    assert kinds(further) == ["severity.changed"]
    assert (further.incident.severity, further.incident.peak_severity) == ("SEV0", "SEV0")


def test_lowering_tells_nobody_and_keeps_the_peak(ledger, apply_roster):
    apply_roster(ROSTER)
    id_ = open_incident(ledger, Opening(title="t", severity="SEV2")).incident.id

    written = change_severity(ledger, id_, "SEV3", "a false alarm")

    assert kinds(written) == ["severity.changed"]
    assert written.queued == []
    assert (written.incident.severity, written.incident.peak_severity) == ("SEV3", "SEV2")


def test_saying_what_is_so_already_writes_nothing(ledger, incident):
    assert change_severity(ledger, incident, "SEV2", "w").entries == []
    assert change(ledger, incident, lambda found: rules.reopen(found, "")).entries == []


def test_resolving_calls_off_what_still_pages(ledger, apply_roster, store, clock):
    apply_roster(ROSTER)
    id_ = open_incident(ledger, Opening(title="t", harm=("cse",), severity="SEV1")).incident.id

    written = change(ledger, id_, lambda found: rules.resolve(found, "handed over"))

    assert kinds(written)[0] == "incident.resolved"
    assert "page.cancelled" in kinds(written)
    with store.reading() as look:
        assert look.due_pages(clock.now() + timedelta(days=1)) == []


def test_a_status_can_be_said_to_have_been_so_earlier(ledger, incident, clock):
    earlier = clock.now() - timedelta(minutes=7)

    written = change(ledger, incident, lambda found: rules.mitigate(found, "s"), at=earlier, precision="minute")

    assert written.incident.changed_at["mitigated"] == earlier
    assert written.entries[0].precision == "minute"


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_supersedes_the_one_before(ledger, incident, clock):
    first, one = state_fact(ledger, incident, "impact_started", at=clock.now() - timedelta(hours=1), why="the queue")
    second, two = state_fact(ledger, incident, "impact-started", at=clock.now() - timedelta(hours=2), why="the log")

    assert (one["name"], one["supersedes"]) == ("impact-started", None)
    assert two["supersedes"] == first.entries[0].id == second.entries[0].event.supersedes
    assert second.incident.milestone("impact-started") == clock.now() - timedelta(hours=2)


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("person", "may"), [("bob", True), ("alice", False), (None, False)])
def test_only_who_reads_what_is_privileged_calls_something_so(wiring, ledger, incident, apply_roster, person, may):
    apply_roster(ROSTER)
    mine = Ledger(wiring.store, wiring.clock, Author(actor=person or "os:eve", person=person, origin="x"), wiring.texts)

    if may:
        assert note(mine, incident, "advice", labels=frozenset({"privileged"})).entries[0].labels == "privileged"
    else:
        with pytest.raises(Refused, match="Only Legal"):
            note(mine, incident, "advice", labels=frozenset({"privileged"}))


def test_what_is_written_on_a_sensitive_incident_is_sensitive(ledger):
    id_ = open_incident(ledger, Opening(title="t", harm=("cbrn",))).incident.id

    assert note(ledger, id_, "words", labels=frozenset({"tlp:red"})).entries[0].labels == "sensitive tlp:red"
