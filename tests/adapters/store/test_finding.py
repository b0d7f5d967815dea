"""Finding incidents and words, alike on each database."""

from __future__ import annotations

from both_stores import every, incident, ledger, ledger_of, opened, state, store  # noqa: F401
from escalate.app.incidents import Opening, note, open_incident
from escalate.app.reading import search

# ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_incident_has_many_names(store, incident):
    code_name = state(store, incident).code_name
    names = [
        "INC-1",
        "inc-1",
        "1",
        " 1 ",
        code_name,
        code_name.lower(),
        code_name.replace(" ", "-"),
        incident,
        incident.upper(),
    ]

    with store.reading() as look:
        assert [look.ids(name) for name in names] == [[incident]] * len(names)


OTHERS = ["", "INC-", "INC-2", "-1", "1.0", "٣", "0", "9" * 14, "' OR 1 --", "%", "%s", "\udcff", "x" * 36, "a-b-c-d-e"]


def test_other_words_name_none(store, incident):
    with store.reading() as look:
        assert [look.ids(other) for other in OTHERS] == [[]] * len(OTHERS)


def test_incidents_are_listed_newest_first_in_pages(store, ledger):
    for number in range(5):
        open_incident(ledger, Opening(title=f"t{number}"))

    with store.reading() as look:
        assert [one.number for one in look.incidents(limit=2)] == [5, 4]
        assert [one.number for one in look.incidents(limit=2, before=4)] == [3, 2]
        assert [one.number for one in look.incidents(statuses=("open",))] == [5, 4, 3, 2, 1]


FOUND = {
    "desk": ["called the desk"],
    "called": ["Müller called back twice", "called the desk"],
    "muller": ["Müller called back twice"],
    '"the desk"': ["called the desk"],
    '"desk the"': [],
    "twi*": ["Müller called back twice"],
    "called nobody": [],
    "alice@example.org": ["wrote to alice@example.org"],
    "example": ["wrote to alice@example.org"],
    "O'Neill": ["O'Neill: 100%"],
}


def test_words_are_found_alike(store, ledger, incident):
    for text in ("called the desk", "wrote to alice@example.org", "O'Neill: 100%", "Müller called back twice"):
        note(ledger, incident, text)

    assert {words: [told.lines[0].text for told in search(store, words)] for words in FOUND} == FOUND


def test_hits_can_be_narrowed_and_counted(store, ledger, incident):
    other = open_incident(ledger, Opening(title="another one")).incident.id
    for number in range(3):
        note(ledger, incident, f"desk {number}")
        note(ledger, other, f"desk {number}")

    def hits(**filters):
        return [told.lines[0].text for told in search(store, "desk", **filters)]

    assert hits(incident=other) == ["desk 2", "desk 1", "desk 0"]
    assert len(hits(limit=4)) == 4
    assert len(hits(rank=True)) == 6
    assert hits(kind="incident.opened") == hits(actor="nobody") == hits(until="1999-01-01T00:00:00.000000Z") == []
    assert len(hits(kind="note.added", since="1999-01-01T00:00:00.000000Z")) == 6


def test_a_withdrawn_note_is_not_found_any_more(store, ledger, incident):
    from escalate.app.corrections import withdraw

    written = note(ledger, incident, "called the desk")
    withdraw(ledger, incident, str(written.entries[0].seq), "a mistake")

    assert [told.lines[0].text for told in search(store, "desk") if told.lines[0].seq == written.entries[0].seq] == []
