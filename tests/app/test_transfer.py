"""What we exported ourselves, checked and brought back."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from escalate.app import transfer
from escalate.app.corrections import correct
from escalate.app.exports import export
from escalate.app.incidents import Opening, change, note, open_incident, state_fact
from escalate.app.ledger import Author, Ledger
from escalate.app.reading import search, timeline
from escalate.app.verification import verify_store
from escalate.domain.incident import rules
from escalate.domain.timeline import chain
from escalate.errors import EscalateError, Refused
from escalate.wiring import Wiring


@pytest.fixture
def elsewhere(tmp_path, environ, clock):
    """Another record, on another machine."""
    made = Wiring(
        {**environ, "ESCALATE_HOME": str(tmp_path / "elsewhere")},
        clock=clock,
        author=Author(actor="bob", origin="laptop"),
    )
    made.store.create()
    yield made
    made.store.close()


def count(store):
    with store.reading() as look:
        return len(look.incidents()), look.messages()


@pytest.fixture
def made(ledger, incident, clock):
    """The lines of an export, and the incident's id."""
    note(ledger, incident, "first words é 😀", labels=frozenset({"tlp:red"}))
    note(ledger, incident, "second words")
    state_fact(ledger, incident, "detected", at=clock.now() - timedelta(minutes=5), why="alert")
    correct(ledger, incident, "2", text="corrected words", at=None, why="misheard")
    change(ledger, incident, lambda found: rules.mitigate(found, "stopped"))
    return export(ledger, incident).text.splitlines(), incident


def test_an_export_says_what_it_is_and_can_be_checked_without_us(made):
    from hashlib import sha256

    head, *rows = [json.loads(each) for each in made[0]]

    assert (head["format"], head["ref"], head["head"]["seq"]) == ("escalate-export-1", "INC-1", 6)
    prev = "0" * 64
    for row in rows:
        names = head["read"].partition("the fields ")[2].partition(", joined")[0].split(", ")
        assert row["prev"] == prev
        prev = sha256("\n".join(["escalate-entry-1", *(str(row[name]) for name in names)]).encode()).hexdigest()
        assert row["digest"] == prev
        assert row["body_digest"] == sha256(base64.b64decode(row["salt"]) + row["body"].encode()).hexdigest()
    assert head["head"]["digest"] == prev


def test_an_export_verifies(made):
    found = transfer.check(made[0])

    assert (found.sound, found.entries) == (True, 6)


def test_that_it_was_exported_is_on_record_afterwards(made, store):
    with store.reading() as look:
        last = look.last_entries(made[1], 1)[0]

    assert (last.kind, last.event.report, last.event.up_to) == ("report.exported", "export", 6)


def test_an_export_ends_at_its_head_also_when_others_write_meanwhile(ledger, store, made):
    with store.reading() as look:
        incident = look.incident(made[1])
    lines = transfer.export(store, incident)
    first = next(lines)
    note(ledger, made[1], "meanwhile")

    assert transfer.check([first, *lines]).sound


def test_it_comes_back_with_every_id_and_digest(made, elsewhere, store):
    lines, incident = made

    brought = transfer.bring_back(elsewhere.ledger, lines)

    with elsewhere.store.reading() as look:
        entries = look.entries(incident)
    with store.reading() as look:
        assert entries == look.entries(incident)[:6]
    assert (brought.count, brought.written.incident.ref, brought.written.incident.facts["detected"][0].why) == (
        6,
        "INC-1",
        "alert",
    )
    assert verify_store(elsewhere.store).sound
    assert [told.lines[0].seq for told in search(elsewhere.store, "words")] == [5, 3]


def test_where_its_number_is_taken_it_gets_another_which_is_an_entry(made, elsewhere):
    open_incident(elsewhere.ledger, Opening(title="there first"))

    brought = transfer.bring_back(elsewhere.ledger, made[0])

    last = brought.written.entries[-1]
    assert (last.seq, last.kind, last.event.number, last.actor) == (7, "incident.numbered", 2, "bob")
    assert brought.written.incident.ref == "INC-2"
    with elsewhere.store.reading() as look:
        assert look.ids("INC-2") == [made[1]]
    assert verify_store(elsewhere.store).sound


def test_it_comes_back_once(made, ledger, elsewhere):
    transfer.bring_back(elsewhere.ledger, made[0])

    for record in (ledger, elsewhere.ledger):
        with pytest.raises(Refused, match="in this record already"):
            transfer.bring_back(record, made[0])


ROSTER = '[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n'


def test_bringing_it_in_pages_nobody(ledger, store, incident, apply_roster, elsewhere, clock):
    from escalate.app.paging import page

    apply_roster(ROSTER)
    page(ledger, incident, ["person:bob"])

    brought = transfer.bring_back(elsewhere.ledger, export(ledger, incident).text.splitlines())

    with elsewhere.store.reading() as look:
        assert (look.due_pages(clock.now() + timedelta(days=9)), look.messages()) == ([], [])
    assert brought.written.entries[-1].kind == "page.cancelled"
    assert brought.written.incident.unacknowledged == []
    assert verify_store(elsewhere.store).sound
    with store.reading() as look:
        assert len(look.incident(incident).unacknowledged) == 1


def test_what_is_sensitive_stays_out_of_the_index_there_too(ledger, elsewhere):
    opened = open_incident(ledger, Opening(title="secret title", harm=("cse",), quiet=True)).incident
    note(ledger, opened.id, "secret words")

    transfer.bring_back(elsewhere.ledger, export(ledger, opened.id).text.splitlines())

    assert search(elsewhere.store, "secret") == []


def edited(lines, number, **changes):
    row = json.loads(lines[number])
    return [*lines[:number], json.dumps({**row, **changes}), *lines[number + 1 :]]


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        pytest.param(lambda ls: edited(ls, 3, body='{"text":"other"}'), (3, "body"), id="words"),
        pytest.param(lambda ls: edited(ls, 3, actor="mallory"), (3, "digest"), id="who"),
        pytest.param(lambda ls: edited(ls, 3, recorded_at="2026-11-21T20:00:00.000000Z"), (3, "digest"), id="when"),
        pytest.param(lambda ls: edited(ls, 3, salt=base64.b64encode(b"0" * 16).decode()), (3, "body"), id="a salt"),
        pytest.param(lambda ls: edited(ls, 3, body=None, salt=None), (3, "body"), id="withheld"),
        pytest.param(lambda ls: edited(ls, 3, seq=9), (9, "seq"), id="a number"),
        pytest.param(
            lambda ls: edited(ls, 3, incident="11111111-1111-4111-8111-111111111111"), (3, "digest"), id="an incident"
        ),
        pytest.param(lambda ls: [*ls[:3], *ls[4:]], (4, "seq"), id="one left out"),
        pytest.param(lambda ls: [*ls[:3], ls[4], ls[3], *ls[5:]], (4, "seq"), id="two changed places"),
        pytest.param(lambda ls: ls[:-1], (5, "head"), id="cut off"),
        pytest.param(lambda ls: [ls[0].replace('"seq": 6', '"seq": 5'), *ls[1:]], (6, "head"), id="another end"),
        pytest.param(
            lambda ls: ['{"format": "escalate-export-1", "head": [1]}', *ls[1:]], (6, "head"), id="an end that is none"
        ),
    ],
)
def test_an_edited_export_is_found_out_and_not_brought_in(made, elsewhere, edit, fault):
    lines = edit(made[0])

    found = transfer.check(lines)

    assert fault in [(one.seq, one.field) for one in found.bad]
    with pytest.raises(Refused, match="does not verify"):
        transfer.bring_back(elsewhere.ledger, lines)
    assert count(elsewhere.store) == (0, [])


@pytest.mark.parametrize(
    "raw",
    ['{"seq": 1', "[]", "null", "7", "{}", "[" * 100_000, '{"salt": 5}'],
    ids=["torn", "a list", "nothing", "a number", "empty", "deep", "a salt that is a number"],
)
def test_a_line_that_cannot_be_read_is_named(made, elsewhere, raw):
    for attempt in (transfer.check, lambda lines: transfer.bring_back(elsewhere.ledger, lines)):
        with pytest.raises(Refused, match="Line 4 of the export cannot be read"):
            attempt([*made[0][:3], raw, *made[0][4:]])


@pytest.mark.parametrize(
    ("key", "value"), [("seq", "3"), ("actor", None), ("incident", ["x"]), ("mood", "calm"), ("salt", "%%%")]
)
def test_a_field_that_cannot_be_read_is_named(made, key, value):
    with pytest.raises(Refused, match="Line 4 of the export"):
        transfer.check(edited(made[0], 3, **{key: value}))


@pytest.mark.parametrize("lines", [[""], ["null"], ["[" * 100_000], ["{}"], ['{"format": 1}'], ["x"]])
def test_what_is_no_export(lines):
    assert transfer.is_export(lines[0]) is False


def test_an_export_without_entries_is_not_in_order(made, elsewhere):
    assert transfer.check(made[0][:1]).sound is False
    with pytest.raises(Refused, match="holds no entries"):
        transfer.bring_back(elsewhere.ledger, made[0][:1])


# ── made up, digests and all ────────────────────────────────────────────────────────────────────────────────────────


def forged(*entries):
    """An export whose digests all fit; an entry is a dict of what differs from an ordinary one."""
    rows, prev = [], chain.START
    for seq, changes in enumerate(entries, start=1):
        body = changes.get("body", '{"text":"t"}')
        row = {
            "incident": "11111111-1111-4111-8111-111111111111", "seq": seq, "id": f"22222222-2222-4222-8222-{seq:012}",
            "kind": "note.added", "occurred_at": "2026-11-21T20:55:00.000000Z", "precision": "exact",
            "written_at": "2026-11-21T20:55:00.000000Z", "recorded_at": "2026-11-21T20:55:00.000000Z", "origin": "desk",
            "actor": "mallory", "labels": "", "prev": prev, **changes, "body": body,
        }  # fmt: skip
        row["body_digest"] = chain.body_digest(b"0" * 16, body)
        row["digest"] = prev = chain.digest(row[name] for name in chain.HASHED)
        rows.append(json.dumps({**row, "salt": base64.b64encode(b"0" * 16).decode()}))
    head = {"format": transfer.FORMAT, "head": {"seq": len(rows), "digest": prev}}
    return [json.dumps(head), *rows]


OPENED = {
    "kind": "incident.opened",
    "body": '{"code_name":"SLATE OTTER","number":1,"severity":"SEV2","title":"t"}',
}
PAGE = '{"number":1,"page":"p","policy":{"name":"n","steps":[]},"target":"person:x"}'


def test_what_is_made_up_well_is_believed(elsewhere):
    """Tamper-evident, not tamper-proof: who makes up a whole history is only found out by a head noted elsewhere."""
    assert transfer.bring_back(elsewhere.ledger, forged(OPENED, {})).count == 2


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([{}], id="nothing is opened"),
        pytest.param([{**OPENED, "body": '{"title":"t"}'}], id="opened with half of it"),
        pytest.param(
            [{**OPENED, "body": '{"code_name":"A","harm":[5],"number":1,"severity":"SEV2","title":"t"}'}], id="harm 5"
        ),
        pytest.param(
            [{**OPENED, "body": '{"code_name":"A","harm":7,"number":1,"severity":"SEV2","title":"t"}'}], id="no harms"
        ),
        pytest.param(
            [{**OPENED, "body": '{"code_name":5,"number":"x","severity":[],"title":{}}'}], id="nothing of its type"
        ),
        pytest.param(
            [OPENED, {"kind": "page.opened", "body": '{"number":1,"page":"p","policy":{},"target":"x"}'}],
            id="no policy",
        ),
        pytest.param(
            [
                OPENED,
                {"kind": "page.opened", "body": PAGE},
                {
                    "kind": "page.step_fired",
                    "body": '{"page":"p","pass_":1,"people":[],"roster_version":1,"step":9,"ways":[]}',
                },
            ],
            id="a step that is not there",
        ),
        pytest.param(
            [OPENED, {"kind": "entry.corrected", "body": '{"at":5,"entry":"x","why":"w"}'}],
            id="a time that is a number",
        ),
        pytest.param([OPENED, {"kind": "entry.erased", "body": "[]"}], id="a body that is a list"),
        pytest.param([OPENED, {"body": "no json"}], id="a body that is no JSON"),
        pytest.param([OPENED, {"body": '{"text": "spaces"}'}], id="a body with spaces"),
        pytest.param([OPENED, {"body": '{"text":"\\u0000"}'}], id="a body with U+0000"),
        pytest.param([OPENED, {"actor": "a\nb"}], id="an actor on two lines"),
        pytest.param([OPENED, {"actor": "\x1b[31m"}], id="an actor that colours"),
        pytest.param([OPENED, {"recorded_at": "2026-11-21T20:55:00Z"}], id="a time in another shape"),
        pytest.param([OPENED, {"labels": "b a"}], id="labels out of order"),
        pytest.param([OPENED, {"id": "22222222-2222-4222-8222-000000000001"}], id="an id twice"),
        pytest.param([OPENED, {"id": "not a uuid"}], id="an id that is none"),
        pytest.param([OPENED, {"seq": True}], id="a number that is a truth"),
    ],
)
def test_what_escalate_cannot_have_written_is_refused_in_words(elsewhere, entries):
    with pytest.raises(EscalateError) as caught:
        transfer.bring_back(elsewhere.ledger, forged(*entries))

    assert caught.value.exit_code in {4, 5}
    assert count(elsewhere.store) == (0, [])
    with elsewhere.store.reading() as look:
        assert look.run("numbers") == []


def test_a_kind_from_a_newer_version_is_taken_and_shown(elsewhere):
    brought = transfer.bring_back(elsewhere.ledger, forged(OPENED, {"kind": "moon.landed", "body": '{"crew":["a"]}'}))

    told = timeline(elsewhere.store, brought.written.incident.id)
    assert [shown.kind for shown in told.lines] == ["incident.opened", "moon.landed"]
    assert verify_store(elsewhere.store).sound


def test_the_writer_of_an_import_is_who_brought_it(ledger, elsewhere, made):
    mine = Ledger(elsewhere.store, elsewhere.clock, Author(actor="carol", origin="x"), elsewhere.texts)
    open_incident(mine, Opening(title="there first"))

    assert transfer.bring_back(mine, made[0]).written.entries[-1].actor == "carol"
