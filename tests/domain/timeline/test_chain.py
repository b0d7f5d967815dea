from __future__ import annotations

from hashlib import sha256

import pytest

from escalate.domain.timeline import chain

FIELDS = {
    "incident": "11111111-1111-4111-8111-111111111111",
    "seq": 2,
    "id": "22222222-2222-4222-8222-222222222222",
    "kind": "note.added",
    "occurred_at": "2026-11-21T20:55:00.000000Z",
    "precision": "minute",
    "written_at": "2026-11-21T21:00:00.000001Z",
    "recorded_at": "2026-11-21T21:00:00.000002Z",
    "origin": "desk-1",
    "actor": "alice",
    "labels": "sensitive tlp:red",
    "body_digest": "3eec3c4fcb24fb44c6e9fa35ac5fcf4b1f5f6ccb1c8c2e90a1b2b7a3f7ba0000",
    "prev": "0" * 64,
}
BODY = '{"text":"called the desk \\u2013 twice"}'


# What follows is written out and never computed: these bytes are the same for ever.


def test_the_order_of_what_is_hashed():
    assert chain.HASHED == (
        "incident", "seq", "id", "kind", "occurred_at", "precision", "written_at",
        "recorded_at", "origin", "actor", "labels", "body_digest", "prev",
    )  # fmt: skip
    assert chain.lines(FIELDS[name] for name in chain.HASHED) == (
        "escalate-entry-1\n"
        "11111111-1111-4111-8111-111111111111\n"
        "2\n"
        "22222222-2222-4222-8222-222222222222\n"
        "note.added\n"
        "2026-11-21T20:55:00.000000Z\n"
        "minute\n"
        "2026-11-21T21:00:00.000001Z\n"
        "2026-11-21T21:00:00.000002Z\n"
        "desk-1\n"
        "alice\n"
        "sensitive tlp:red\n"
        "3eec3c4fcb24fb44c6e9fa35ac5fcf4b1f5f6ccb1c8c2e90a1b2b7a3f7ba0000\n"
        "0000000000000000000000000000000000000000000000000000000000000000"
    )


def test_golden_digest_of_an_entry():
    assert (
        chain.digest(FIELDS[name] for name in chain.HASHED)
        == "e23d258c922df8edc4755e0666567ef5ed9bdba7e4c5537319375bc04a9786ba"
    )


def test_golden_digest_of_a_first_entry_without_labels():
    first = FIELDS | {"seq": 1, "labels": "", "kind": "incident.opened"}

    assert (
        chain.digest(first[name] for name in chain.HASHED)
        == "5b5494b7ee17ef6e2aa6d93a8d6b2b13f2a21a7b8ed0bf7f4b5c6c0db076b483"
    )


def test_golden_digest_of_a_body():
    assert (
        chain.body_digest(bytes(range(16)), BODY) == "429e42c54ae06dfe3ab849d6540c579a3cf9648f3586e4a8cba8a8c2ed6f0b7e"
    )
    assert chain.body_digest(bytes(range(16)), BODY) == sha256(bytes(range(16)) + BODY.encode()).hexdigest()


def test_golden_name_made_of_parts():
    assert chain.uuid_parts("22222222-2222-4222-8222-222222222222", "1", "2") == "cf58ec8b-f7b4-54ef-ab50-80575cefed2e"


def test_the_first_entry_follows_64_zeros():
    assert chain.START == "0" * 64


# ── walking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(*specs):
    """Rows that fit together; a spec is (kind, actor, body)."""
    made, prev = [], chain.START
    for seq, (kind, actor, body) in enumerate(specs, start=1):
        salt = bytes([seq] * 16)
        fields = FIELDS | {
            "seq": seq, "id": f"id-{seq}", "kind": kind, "actor": actor, "prev": prev, "body_digest": chain.body_digest(salt, body),
        }  # fmt: skip
        lines = chain.lines(fields[name] for name in chain.HASHED)
        prev = sha256(lines.encode()).hexdigest()
        made.append({**fields, "body": body, "salt": salt, "lines": lines, "digest": prev})
    return made


def walked(made, expect=0):
    walk = chain.Walk(expect)
    return walk, [(row["seq"], field) for row in made for field in walk.step(row)]


THREE = [("incident.opened", "alice", "{}"), ("note.added", "alice", "{}"), ("note.added", "bob", '{"text":"x"}')]


def test_rows_that_fit_raise_nothing():
    walk, wrong = walked(rows(*THREE), expect=2)

    assert (wrong, walk.seq, walk.missing) == ([], 3, [])
    assert walk.digest == rows(*THREE)[-1]["digest"]
    assert walk.expected_digest == rows(*THREE)[1]["digest"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(lambda r: r[1].update(body='{"a":1}'), [(2, "body")], id="a body"),
        pytest.param(lambda r: r[1].update(salt=b"0" * 16), [(2, "body")], id="a salt"),
        pytest.param(lambda r: r[1].update(salt="text"), [(2, "body")], id="a salt that is text"),
        pytest.param(lambda r: r[1].update(salt=2**70), [(2, "body")], id="a salt that is a number"),
        pytest.param(lambda r: r[1].update(body=b"{}"), [(2, "body")], id="a body that is bytes"),
        pytest.param(lambda r: r[1].update(body="\ud800"), [(2, "body")], id="a body that is not text"),
        pytest.param(lambda r: r[1].update(lines=r[1]["lines"].replace("alice", "mallo")), [(2, "digest")], id="a hashed field"),
        pytest.param(lambda r: r[1].update(lines=None), [(2, "digest")], id="a field that is gone"),
        pytest.param(lambda r: r[1].update(lines="\udcff"), [(2, "digest")], id="a field that is not text"),
        pytest.param(lambda r: r[1].update(kind=b"note.added"), [(2, "digest")], id="a kind that is bytes"),
        pytest.param(lambda r: r[1].update(digest="0" * 64), [(2, "digest"), (3, "prev")], id="a digest"),
        pytest.param(lambda r: r[1].update(prev="0" * 64), [(2, "prev")], id="a prev"),
        pytest.param(lambda r: r[1].update(seq="two"), [("two", "seq")], id="a number that is a word"),
        pytest.param(lambda r: r.pop(1), [(3, "seq"), (3, "prev")], id="an entry left out"),
        pytest.param(lambda r: r.insert(1, r[1]), [(2, "seq"), (2, "prev") ], id="an entry twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change, found):
    made = rows(*THREE)
    change(made)

    _, wrong = walked(made)

    assert wrong[: len(found)] == found


ASKED = ("entry.erase_asked", "alice", '{"entry":"id-2","why":"w"}')
ALSO_ASKED = ("entry.erase_asked", "bob", '{"entry":"id-2","why":"w"}')
ERASED_BY_BOB = ("entry.erased", "bob", '{"entry":"id-2","why":"w"}')
ERASED_BY_ALICE = ("entry.erased", "alice", '{"entry":"id-2","why":"w"}')


@pytest.mark.parametrize(
    ("entries", "missing"),
    [
        pytest.param([ASKED, ERASED_BY_BOB], [], id="asked by one, done by another"),
        pytest.param([ASKED, ALSO_ASKED, ERASED_BY_BOB], [], id="asked by both"),
        pytest.param([ASKED, ERASED_BY_ALICE], [2], id="both by one"),
        pytest.param([ERASED_BY_BOB, ASKED], [2], id="asked afterwards"),
        pytest.param([ASKED], [2], id="only asked"),
        pytest.param([], [2], id="nobody"),
        pytest.param([("entry.erased", "bob", "[]")], [2], id="a body that names nothing"),
        pytest.param([("entry.erased", "bob", "no json")], [2], id="a body that is no JSON"),
        pytest.param([("entry.erased", "bob", '{"entry":[1]}')], [2], id="a body that names a list"),
    ],
)
def test_a_body_may_be_gone_once_two_people_said_so(entries, missing):
    made = rows(*THREE, *entries)
    made[1].update(body=None, salt=None)

    walk, wrong = walked(made)

    assert (wrong, walk.missing, walk.erased) == ([], missing, {"id-2": 2})


@pytest.mark.parametrize("column", [None, *chain.COLUMNS])
@pytest.mark.parametrize("wrong", [None, "", "x", 7, b"x", "0" * 64])
def test_striding_over_notes_finds_what_stepping_finds(column, wrong):
    notes = rows(*[("note.added", "alice", f'{{"text":"{number}"}}') for number in range(9)])
    if column is not None:
        notes[4] = {**notes[4], column: wrong}
    stepped, expected = walked(notes)

    walk, found, index = chain.Walk(), [], 0
    tuples = [tuple(row[name] for name in chain.COLUMNS) for row in notes]
    while (index := walk.stride(tuples, index)) < len(notes):
        found += [(notes[index]["seq"], field) for field in walk.step(notes[index])]
        index += 1

    assert (found, walk.seq, walk.digest) == (expected, stepped.seq, stepped.digest)
