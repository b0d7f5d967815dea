"""`subject`: a value comes in, and is nowhere afterwards."""

from __future__ import annotations

import json

import pytest

from escalate.domain.subjects.keys import key_id
from escalate.wiring import Wiring
from two_people import BOB, wired_as

CANARY = "canary.7f3a@example.org"
PIECES = ("canary", "7f3a")
KEY = bytes(range(32))


@pytest.fixture
def environ(environ):
    return {**environ, "ESCALATE_SECRET_SUBJECTS": KEY.hex()}


@pytest.fixture
def keyed(escalate, incident):
    """The record knows the key."""
    assert escalate("subject key new --json").data["id"] == key_id(KEY)
    return incident


def nowhere(home, *results):
    """Neither in what was said, nor in any file."""
    for result in results:
        for piece in PIECES:
            assert piece not in (result.stdout + result.stderr).lower()
    for path in home.rglob("*"):
        if path.is_file():
            held = path.read_bytes().lower()
            assert not any(piece.encode() in held for piece in PIECES), path


def test_a_value_is_nowhere(escalate, keyed, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "value"
    file.write_text(f"{CANARY}\n")
    escalate(f"subject add --type email --relation actor --from {file}")
    [handle] = [
        one["handle"] for one in escalate("subject seen --type email --from - --json", stdin=CANARY).data["sightings"]
    ]
    lines = [
        ("subject add INC-1 --type email --relation target --from -", 0),
        ("subject seen --type email --from -", 0),
        ("subject seen --type phone --from -", 4),
        ("subject seen --type ip --from -", 4),
        (f"subject show {handle}", 0),
        (f"subject seen {CANARY}", 2),
        (f"subject seen --type email {CANARY}", 2),
        (f"subject seen --type {CANARY} --from -", 2),
        (f"subject add --relation actor --type email {CANARY}", 3),
        (f"subject add INC-1 {CANARY} --relation actor --type email", 2),
        (f"subject add --type email --relation {CANARY} --from -", 2),
        (f"subject add --type email --relation actor --from - --note 'it was {CANARY}'", 4),
        (f"subject show {CANARY}", 3),
        (f"subject show a {CANARY}", 2),
        (f"subject link {handle} {CANARY} --why x", 3),
        (f"subject withdraw {CANARY} --why x", 3),
        (f"subject withdraw {handle} {CANARY} --why x", 3),
        (f"subject {CANARY}", 2),
        (f"subject key import {CANARY}", 2),
        (f"assess triage --set subject_refs={CANARY}", 2),
        (f"""assess triage --set 'subject_refs=[{{"type":"email","value":"{CANARY}","relation":"actor"}}]'""", 2),
        ("timeline --all", 0),
        ("show", 0),
        ("report", 0),
        ("export", 0),
        ("doctor --offline", None),
    ]
    results = []
    for line, code in lines:
        results.append(escalate(line, stdin=CANARY))
        assert code is None or results[-1].exit_code == code, (line, results[-1].stderr)
    file.unlink()
    nowhere(tmp_path, *results)
    assert handle in escalate("timeline --all").stdout
    assert escalate(f"search {PIECES[0]}").stdout.count("INC-1") == 0


ANSWERS = {"subject_refs": [{"type": "email", "value": CANARY, "relation": "target"}, "S-M4XD"], "imminent": False}


def test_an_assessment_keeps_a_handle_of_a_value(escalate, keyed, home, store):
    done = escalate("assess triage --from - --json", stdin=json.dumps(ANSWERS))

    [handle, other] = done.data["answers"]["subject_refs"]
    assert other == "S-M4XD"
    [seen] = escalate("subject seen --type email --from - --json", stdin=CANARY).data["sightings"]
    assert (seen["handle"], seen["relation"]) == (handle, "target")
    again = escalate(f"assess triage --set subject_refs+={handle[:5].lower()} --json")
    assert again.data["answers"]["subject_refs"] == [handle, other]
    nowhere(home, done, again)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"type": "email", "value": CANARY}, "relation is one of"),
        ({"type": "phone", "value": CANARY, "relation": "actor"}, "value is not taken"),
        ({"type": CANARY, "value": CANARY, "relation": "actor"}, "no such type"),
        ({"value": CANARY}, "comes as"),
        (CANARY, "no handle"),
        ("canary7f3a", "no handle"),
    ],
)
def test_what_is_refused_leaves_nothing(escalate, keyed, home, answer, said):
    done = escalate("assess triage --from -", stdin=json.dumps({"subject_refs": [answer]}))

    assert done.exit_code == 4
    assert said in done.stderr
    nowhere(home, done)


def test_the_shapes_of_the_answers(escalate, keyed):
    nothing = escalate("subject seen --type email --from - --json", stdin=CANARY).data
    added = escalate("subject add --type email --relation actor --from - --json --note 'came back'", stdin=CANARY).data
    seen = escalate("subject seen --type email --from - --json", stdin=CANARY).data

    assert (nothing["seen"], nothing["handle"], nothing["sightings"]) == (False, None, [])
    assert (added["ref"], added["relation"], added["seq"], added["sightings"]) == ("INC-1", "actor", 2, [])
    [one] = seen["sightings"]
    assert set(one) == {"handle", "type", "relation", "ref", "code_name", "severity", "status", "seq", "at", "by"}
    shown = escalate(f"subject show {added['handle']} --json").data
    assert (shown["handle"], shown["types"], shown["sightings"]) == (added["handle"], ["email"], seen["sightings"])


def test_who_may_not_read_it_sees_what_no_match_shows(escalate, keyed, environ, clock, ledger, apply_roster):
    from two_people import ROSTER

    apply_roster(ROSTER)
    handle = escalate("subject add --type email --relation actor --from - --json", stdin=CANARY).data["handle"]
    assert escalate("restrict INC-1 --why 'need to know'").exit_code == 0
    bob = lambda: wired_as(environ, clock, BOB)  # noqa: E731

    match = escalate("subject seen --type email --from -", stdin=CANARY, wired=bob())
    nothing = escalate("subject seen --type email --from -", stdin="nobody@example.org", wired=bob())

    assert (match.exit_code, match.stdout, match.stderr) == (nothing.exit_code, nothing.stdout, nothing.stderr)
    assert handle not in escalate(f"subject show {handle}", wired=bob()).stderr
    assert "subject.matched" in [one["kind"] for one in escalate("timeline INC-1 --all --json").data]


def test_a_decision_waits_for_a_handle_that_its_maker_may_read_of(escalate, keyed, environ, clock, apply_roster):
    from two_people import ROSTER

    apply_roster(ROSTER)
    handle = escalate("subject add --type email --relation actor --from - --json", stdin=CANARY).data["handle"]
    made = escalate(f"decide Close? --choose yes --why w --review-on subject:{handle.lower()} --json")
    assert (made.exit_code, made.data["review_on"]) == (0, [f"subject:{handle}"])

    escalate("restrict INC-1 --why 'need to know'")
    escalate("open Other --severity SEV3 --quiet-open", wired=wired_as(environ, clock, BOB))
    hidden, nobodys = (
        escalate(
            f"decide Close? INC-2 --choose yes --why w --review-on subject:{one}", wired=wired_as(environ, clock, BOB)
        )
        for one in (handle, "S-ZZZZ")
    )
    assert (hidden.exit_code, hidden.stderr) == (3, nobodys.stderr)


def test_a_wrong_key_is_refused(escalate, keyed, environ, clock):
    wrong = Wiring({**environ, "ESCALATE_SECRET_SUBJECTS": "00" * 32}, clock=clock)

    done = escalate("subject seen --type email --from -", stdin=CANARY, wired=wrong)

    assert (done.exit_code, "Wrong key" in done.stderr) == (6, True)
    again = Wiring({**environ, "ESCALATE_SECRET_SUBJECTS": "00" * 32}, clock=clock)
    assert escalate("subject key check", wired=again).exit_code == 6
    assert escalate("subject key check").exit_code == 0


@pytest.mark.parametrize("asked", ["add --type email --relation actor --from -", "seen --type email --from -"])
def test_without_a_key_it_says_how_to_make_one(escalate, incident, asked):
    done = escalate(f"subject {asked}", stdin=CANARY)

    assert (done.exit_code, done.stdout) == (6, "")
    assert "no key for subjects" in done.stderr
    assert "escalate subject key new" in done.stderr
    assert escalate("subject key list --json").data == [
        {"id": key_id(KEY), "known": False, "current": False, "here": True}
    ]


def test_keys_go_into_a_file_of_ones_own(escalate, keyed, tmp_path):
    file = tmp_path / "keys.txt"
    done = escalate(f"subject key export -o {file} --json")

    assert done.data == {"file": str(file), "keys": 1}
    assert file.stat().st_mode & 0o777 == 0o600
    assert KEY.hex() not in done.stdout + done.stderr
    assert escalate("subject key export").stdout == file.read_text()
    assert escalate("subject key export --json").exit_code == 2


def test_doctor_says_what_is_wrong_with_the_key(escalate, keyed, environ, clock):
    rows = {one["what"]: one for one in escalate("doctor --offline --json").data}
    assert rows["key of subjects"]["state"] == "ok"
    missing = Wiring({name: value for name, value in environ.items() if "SECRET" not in name}, clock=clock)
    rows = {one["what"]: one for one in escalate("doctor --offline --json", wired=missing).data}
    assert rows["key of subjects"]["state"] == "wrong"
