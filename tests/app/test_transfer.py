"""In and out: what others wrote, and what we exported ourselves."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta

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
from escalate.errors import Conflict, EscalateError, Refused
from escalate.wiring import Wiring

AT = "2026-11-21T20:55:00Z"


def read_time(text):
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("it has no zone")
    return found.astimezone(UTC)


def line(text="called", at=AT, **more):
    return json.dumps({"at": at, "text": text, **more})


@pytest.fixture
def bring_in(ledger):
    return lambda *lines: transfer.bring_in(
        ledger, list(lines), title="Brought in", source="notes.jsonl", read_time=read_time
    )


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


# ── what others wrote ───────────────────────────────────────────────────────────────────────────────────────────────


def test_every_line_becomes_a_note_with_what_it_bore(bring_in):
    brought = bring_in(
        line(
            "  byte for byte \n",
            kind="observation",
            actor="carol",
            approximate=True,
            precision="hour",
            labels=["tlp:red"],
        ),
        "",
        line("second", at="2026-11-21T19:00:00+02:00", mood="calm", size=[1, None, True]),
    )

    opened, first, second = brought.written.entries
    assert brought.count == 2
    assert (opened.event.title, opened.event.imported_from, opened.event.severity) == (
        "Brought in",
        "notes.jsonl",
        "SEV2",
    )
    assert opened.occurred_at == second.occurred_at == "2026-11-21T17:00:00.000000Z"
    assert (first.event.text, first.event.tag, first.event.author) == ("  byte for byte \n", "observation", "carol")
    assert (first.event.approximate, first.precision, first.labels, first.actor) == (True, "hour", "tlp:red", "alice")
    assert second.event.extra == {"mood": "calm", "size": [1, None, True]}


def test_no_fact_is_inferred_and_nobody_is_told(bring_in, store):
    brought = bring_in(line(kind="resolved"), line("mitigated"))

    assert (brought.written.incident.status, brought.written.incident.facts) == ("open", {})
    assert count(store) == (1, [])


def test_numbers_that_a_body_cannot_hold_are_kept_as_text(bring_in):
    huge = "9" * 5000
    raw = f'{{"at": "{AT}", "text": "t", "ratio": 0.10, "id": 12345678901234567890, "small": -7, "huge": {huge}}}'

    [_, entry] = bring_in(raw).written.entries

    assert entry.event.extra == {"ratio": "0.10", "id": "12345678901234567890", "small": -7, "huge": huge}


def test_a_null_character_is_made_visible_and_that_is_said(bring_in):
    brought = bring_in(
        line("fine"), line("a\x00b", note="\x00"), line("a \\u0000 that was typed"), line("x", actor="c\x00")
    )

    texts = [entry.event.text for entry in brought.written.entries[1:]]
    assert texts == ["fine", "a␀b", "a \\u0000 that was typed", "x"]
    assert brought.written.entries[2].event.extra == {"note": "␀"}
    assert brought.remarks == ["U+0000 cannot be kept and stands as ␀ now, in line 2, 4."]


DEEP = '{"at": "%s", "text": "t", "x": %s1%s}'


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param('{"at": "2026-11-21T20:55:00Z", "te', "it is not JSON", id="a torn line"),
        pytest.param("[1]", "not a JSON object", id="a list"),
        pytest.param("null", "not a JSON object", id="nothing"),
        pytest.param('{"text": "t"}', "`at` and `text` are needed", id="no time"),
        pytest.param(line(at=5), "both as text", id="a time that is a number"),
        pytest.param(line(""), "The text is empty", id="no words"),
        pytest.param(line("\u200b"), "The text is empty", id="nothing to see"),
        pytest.param(line("x" * 100_001), "100,001 characters", id="too many words"),
        pytest.param(line("x", more="y" * 1_000_001), "longer than 1,000,000", id="too long a line"),
        pytest.param(line("a\ud800"), "not text", id="half a character"),
        pytest.param(line(at="2026-11-21T20:55:00"), "no zone", id="no zone"),
        pytest.param(line(at="yesterday"), "Invalid isoformat", id="no time at all"),
        pytest.param(line(at="2026-11-21T21:03:00Z"), "is in the future", id="the future"),
        pytest.param(line(at="0001-01-01T00:00:00+14:00"), "outside the calendar", id="before the calendar"),
        pytest.param(f'{{"at": "{AT}", "text": "t", "x": NaN}}', "NaN is not a number", id="NaN"),
        pytest.param(f'{{"at": "{AT}", "text": "a", "text": "b"}}', "'text' stands in it twice", id="a key twice"),
        pytest.param(f'{{"at": "{AT}", "text": "a", "x": {{"y": 1, "y": 1}}}}', "'y' stands in it twice", id="a key twice, inside"),
        pytest.param(DEEP % (AT, "[" * 50, "]" * 50), "nested too deeply", id="50 levels"),
        pytest.param(DEEP % (AT, "[" * 100_000, "]" * 100_000), "nested too deeply", id="100,000 levels"),
        pytest.param(line(größe=1), "not plain ASCII", id="a key that is not ASCII"),
        pytest.param(line(x="\ud800"), "lone surrogates", id="half a character, unread"),
        pytest.param(line(kind=1), "`kind` is not text", id="a kind that is a number"),
        pytest.param(line(actor=["a"]), "`actor` is not text", id="an actor that is a list"),
        pytest.param(line(precision="about noon"), "`precision` is not a word", id="a precision in words"),
        pytest.param(line(labels=["TLP:RED"]), "`labels` is not a list of labels", id="labels in capitals"),
        pytest.param(line(labels={"a": 1}), "`labels` is not a list", id="labels in an object"),
        pytest.param(line(labels=["privileged"]), "only Legal marks", id="privileged, by somebody else"),
    ],
)  # fmt: skip
def test_all_lines_or_none_and_each_bad_one_is_named(bring_in, store, bad, says):
    with pytest.raises(Refused) as caught:
        bring_in(line(), bad, line("last"), "{")

    assert caught.value.message.startswith("Nothing was imported. line 2: ")
    assert says in caught.value.message
    assert "line 4: it is not JSON" in caught.value.message
    assert count(store) == (0, [])


def test_many_bad_lines_are_counted(bring_in):
    with pytest.raises(Refused, match=r"line 20: .* … and 30 more"):
        bring_in(*["{"] * 50)


@pytest.mark.parametrize("lines", [[], [""], ["  ", "\r"]])
def test_a_file_without_lines_is_said(bring_in, lines):
    with pytest.raises(Refused, match="nothing to import"):
        bring_in(*lines)


def test_legal_may_bring_in_what_is_privileged(bring_in, apply_roster):
    apply_roster(
        '[people.alice]\nname = "Alice Ng"\nzone = "Europe/London"\n'
        '[teams.legal]\nname = "Legal"\npeople = ["alice"]\nreads = ["privileged"]\n'
    )

    assert bring_in(line(labels="privileged")).written.entries[1].labels == "privileged"


@pytest.mark.slow
def test_ten_thousand_lines_take_no_time(bring_in, store):
    lines = [
        line(f"line {number}", at=f"2026-11-21T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z")
        for number in range(10_000)
    ]
    begun = time.monotonic()

    brought = bring_in(*lines)

    assert (brought.count, brought.written.incident.head.seq) == (10_000, 10_001)
    assert time.monotonic() - begun < 5


# ── what we exported ────────────────────────────────────────────────────────────────────────────────────────────────


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
        with pytest.raises(Conflict, match="in this record already"):
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
