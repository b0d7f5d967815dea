from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from escalate.app.exports import export
from escalate.app.incidents import change, note, state_fact
from escalate.app.reports import make
from escalate.domain.report.audience import audience
from escalate.domain.report.material import gather
from escalate.domain.report.model import values
from escalate.domain.timeline.events import IncidentClosed
from escalate.errors import Conflict, Misconfigured, NotFound, Unreachable, Usage


class Templates:
    def plain_field(self, *_asked):
        return False


@pytest.fixture
def made(ledger, wiring, incident):
    def make_one(kind="report", form="md", audience="default", zone=UTC):
        return make(
            ledger, incident, kind=kind, format=form, audience=audience, zone=zone,
            library=Templates(), papers=wiring.texts,
        )  # fmt: skip

    return make_one


def last(store, incident):
    with store.reading() as look:
        return look.last_entries(incident, 1)[0]


@pytest.mark.parametrize("kind", ["report", "summary"])
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_a_document_is_made_and_that_it_was_is_on_record(made, store, incident, kind, form):
    before = last(store, incident)

    document = made(kind, form)

    exported = last(store, incident)
    assert (exported.seq, exported.kind) == (before.seq + 1, "report.exported")
    event = exported.event
    assert (event.report, event.format, event.audience, event.up_to) == (kind, form, "default", before.seq)
    assert event.sha256 == document.sha256 == sha256(document.text.encode()).hexdigest()
    assert event.marking == document.marking
    assert before.digest[:12] in document.text


def test_durations_and_texts_of_the_json(made, ledger, incident, clock):
    note(ledger, incident, "  kept byte for byte \n")
    for name, minutes in (("impact-started", 60), ("detected", 49)):
        from datetime import timedelta

        state_fact(ledger, incident, name, at=clock.now() - timedelta(minutes=minutes), why="published")

    document = json.loads(made(form="json").text)

    assert document["durations"]["detect"] == 11 * 60
    assert document["durations"]["resolve"] is None
    assert "  kept byte for byte \n" in [line["text"] for line in document["timeline"]]
    assert set(document["facts"]["detected"]) == {"at", "precision", "why", "by"}


def test_a_closed_incident_has_its_report_too(made, ledger, incident):
    change(ledger, incident, lambda _incident: [IncidentClosed(disposition="near-miss", worst="SEV3")])

    assert "near miss" in made().text


def test_an_audience_is_a_team_of_the_roster(made, ledger, incident):
    from escalate.domain.timeline.entry import Draft
    from escalate.domain.timeline.events import NoteAdded

    with ledger.writing() as record:
        record.tx.apply_roster(
            {"teams": {"legal": {"slug": "legal", "name": "Legal", "reads": ["privileged"]}}}, "", "t"
        )
        secret = Draft(event=NoteAdded(text="advice"), labels=frozenset({"privileged"}))
        record.append(record.incident(incident), secret)

    assert "advice" in made(audience="legal").text
    default = made()
    assert "advice" not in default.text
    assert default.left_out == 1


@pytest.mark.parametrize(
    ("given", "error"),
    [({"audience": "press"}, NotFound), ({"form": "pdf"}, Usage), ({"kind": "poem"}, Usage)],
)
def test_what_cannot_be_made_leaves_nothing_on_record(made, store, incident, given, error):
    before = last(store, incident)

    with pytest.raises(error):
        made(**given)

    assert last(store, incident) == before


def test_an_unknown_incident_is_not_found(ledger, wiring):
    with pytest.raises(NotFound):
        make(
            ledger, "nothing", kind="report", format="md", audience="default", zone=UTC, library=Templates(),
            papers=wiring.texts,
        )  # fmt: skip


def test_what_could_not_be_handed_over_is_not_on_record(ledger, wiring, incident, store):
    before = last(store, incident)

    def hand_over(_document):
        assert last(store, incident) == before
        raise OSError("there is no room left")

    with pytest.raises(OSError, match="no room"):
        make(
            ledger, incident, kind="report", format="md", audience="default", zone=UTC, library=Templates(),
            papers=wiring.texts, hand_over=hand_over,
        )  # fmt: skip
    with pytest.raises(OSError, match="no room"):
        export(ledger, incident, hand_over)

    assert last(store, incident) == before


class CannotBeWritten:
    """A store on a disk that has become read-only, or whatever else keeps it from being written."""

    def __init__(self, store, why=None):
        self._store = store
        self._why = why or Misconfigured("The record cannot be written: the disk is read-only.")

    def __getattr__(self, name):
        return getattr(self._store, name)

    def writing(self):
        raise self._why


@pytest.mark.parametrize(
    ("why", "said"),
    [
        pytest.param(
            Misconfigured("The disk is read-only."),
            "THIS EXPORT IS NOT ON RECORD: The disk is read-only.",
            id="cannot be written",
        ),
        pytest.param(
            Conflict("Somebody else is writing."),
            "THIS EXPORT IS NOT ON RECORD: Somebody else is writing.",
            id="somebody else writes",
        ),
        pytest.param(
            Unreachable("The line has gone."),
            "THIS EXPORT IS NOT ON RECORD: The line has gone.",
            id="the line has gone",
        ),
        pytest.param(
            Unreachable("The line has gone.", unknown=True),
            "WHETHER THIS EXPORT IS ON RECORD IS NOT KNOWN: The line has gone. Look: escalate timeline",
            id="nobody can tell",
        ),
    ],
)
def test_what_was_handed_over_is_said_to_be_there_and_not_on_record(ledger, wiring, incident, store, why, said):
    from escalate.app.ledger import Ledger

    handed = []
    reading = Ledger(CannotBeWritten(store, why), ledger.clock, ledger.author, ledger.texts)
    document = make(
        reading, incident, kind="summary", format="md", audience="default", zone=UTC, library=Templates(),
        papers=wiring.texts, hand_over=handed.append,
    )  # fmt: skip
    exported = export(reading, incident, handed.append)

    assert [one.sha256 for one in handed] == [document.sha256, exported.sha256]
    assert (document.unrecorded, exported.unrecorded) == (said, said)


@pytest.mark.parametrize(
    ("why", "hint"),
    [
        pytest.param(Conflict("Somebody else is writing."), "nobody was asked to approve it", id="conflict"),
        pytest.param(Unreachable("The line has gone.", unknown=True), "is not known", id="nobody can tell"),
    ],
)
def test_a_document_for_outside_that_nobody_could_be_asked_about_is_said_to_be_there(
    ledger, wiring, incident, store, apply_roster, why, hint
):
    from escalate.app.ledger import Ledger

    apply_roster('[people.bob]\nname = "Bob"\nzone = "UTC"\n[teams.press]\nname = "Press"\nexternal = true\n')
    handed = []
    reading = Ledger(CannotBeWritten(store, why), ledger.clock, ledger.author, ledger.texts)
    with pytest.raises(type(why)) as failed:
        make(
            reading, incident, kind="summary", format="md", audience="press", zone=UTC, library=Templates(),
            papers=wiring.texts, hand_over=handed.append,
        )  # fmt: skip

    assert len(handed) == 1
    assert failed.value.hint.startswith("The document is there and NOT ISSUED: ")
    assert hint in failed.value.hint


def test_a_record_that_can_only_be_read_still_gives_its_document(ledger, wiring, incident, store):
    from escalate.app.ledger import Ledger

    reading = Ledger(CannotBeWritten(store), ledger.clock, ledger.author, ledger.texts)
    document = make(
        reading, incident, kind="summary", format="md", audience="default", zone=ZoneInfo("Europe/Berlin"),
        library=Templates(), papers=wiring.texts,
    )  # fmt: skip

    assert document.written is None
    assert "read-only" in document.unrecorded
    assert "executive summary" in document.text
    assert "read-only" in export(reading, incident).unrecorded


HEADINGS = ("Whom it is about", "Referrals to authorities", "Who said they came from an authority", "Legal holds")


def laid_out(wiring, form, record, reader="default"):
    from datetime import UTC

    from domain.report.record import ROSTER as PEOPLE
    from domain.report.record import minute, plain

    material = gather(record.entries, PEOPLE, audience(reader, PEOPLE), plain, ())
    return wiring.texts.report("report", form, values(material, "report", UTC, minute(210)))


@pytest.mark.parametrize("form", ["md", "html"])
def test_subjects_referrals_and_holds_have_sections_where_there_are_any(wiring, form):
    from domain.report.record import full
    from domain.report.test_concerned import add

    said, none = laid_out(wiring, form, add(full())), laid_out(wiring, form, full())

    assert [heading in said for heading in HEADINGS] == [True] * len(HEADINGS)
    assert [heading in none for heading in HEADINGS] == [False] * len(HEADINGS)
    for words in ("S-7KQ2", "canary-b", "canary-m", "the call back is late", "is held to be"):
        assert words in said, words
    assert "canary" not in laid_out(wiring, form, add(full(harm=["cse"])))


@pytest.mark.parametrize("form", ["md", "html"])
def test_what_was_typed_there_cannot_add_to_a_document(wiring, form):
    from domain.report.record import full
    from escalate.domain.timeline import outward as out

    record = full()
    words = "x | y\n## Forged\n<b>bold</b> [a](b)"
    record.add(out.HoldPlaced(hold="H-1", matter=words, scope=words, custodians=[words]), 20)
    record.add(out.ReferralDrafted(referral="R-1", authority=words, basis=words, disclosed=[words], sha256="a"), 21)
    said = laid_out(wiring, form, record)

    assert "<b>bold</b>" not in said
    assert form == "html" or ("\n## Forged" not in said and "[a](b)" not in said)
