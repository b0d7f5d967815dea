"""`oncall simulate` as a person types it."""

import json
import stat

import pytest

ROSTER = {
    "channels": {"chat": {"name": "chat", "kind": "slack"}},
    "people": {
        slug: {"slug": slug, "name": slug.title(), "zone": "UTC", "reach": [{"via": "chat", "after": 0}]}
        for slug in ("alice", "bob", "carol")
    },
    "schedules": {
        "ts": {
            "name": "ts", "zone": "UTC", "notice": None,
            "rules": [{"days": None, "begin": "00:00", "end": "00:00", "target": "person:alice", "zone": None}],
        },
        "empty": {"name": "empty", "zone": "UTC", "notice": None, "rules": []},
    },
    "policies": {
        "harm": {
            "name": "harm", "repeat": 0, "fallback": "person:carol",
            "steps": [
                {"targets": ["schedule:ts"], "wait": 300},
                {"targets": ["schedule:empty"], "wait": 300},
                {"targets": ["person:bob"], "wait": 600},
            ],
        }
    },
}  # fmt: skip

CASE = {
    "id": "one",
    "t0": "2025-06-02T08:00:00+00:00",
    "policy": {
        "repeat": 0,
        "steps": [{"delay_minutes": 15, "targets": ["bob"]}, {"delay_minutes": 15, "targets": ["schedule:x"]}],
    },
    "users": {"bob": [{"delay_minutes": 0, "via": "sms"}], "jane": [{"delay_minutes": 0, "via": "voice"}]},
    "on_call": {"schedule:x": ["jane"]},
    "events": [{"t": 0, "event": "alert_created", "alert": 1}],
}


@pytest.fixture
def roster(ledger):
    with ledger.writing() as record:
        record.tx.apply_roster(ROSTER, "", "alice")


@pytest.fixture
def file(tmp_path):
    def write(data, name="case.json"):
        path = tmp_path / name
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.usefixtures("roster")
def test_json_has_the_documented_shape(escalate):
    found = escalate("oncall simulate policy:harm --at 2026-11-22T03:00Z --json")

    assert found.exit_code == 0
    assert found.data == [
        {"at": "2026-11-22T03:00:00+00:00", "t": 0, "step": 1, "person": "alice", "via": "chat"},
        {"at": "2026-11-22T03:05:00+00:00", "t": 5, "step": 3, "person": "bob", "via": "chat"},
        {"at": "2026-11-22T03:15:00+00:00", "t": 15, "step": None, "person": "carol", "via": "chat"},
    ]


@pytest.mark.usefixtures("roster")
def test_the_text_shows_who_is_told_who_is_not_and_how_it_ends(escalate):
    found = escalate("oncall simulate harm --at 03:00 --ack 12m").stdout.splitlines()

    assert found[0].split() == ["AT", "AFTER", "STEP", "PERSON", "VIA"]
    assert found[1].split() == ["2026-11-22", "03:00:00Z", "+0", "min", "1", "alice", "chat"]
    assert found[2].split() == ["2026-11-22", "03:05:00Z", "+5", "min", "3", "bob", "chat"]
    assert "2026-11-22 03:05:00Z  Nobody to page behind schedule empty: step 2 skipped" in found
    assert found[-2:] == ["Acknowledged by bob after 12 min.", "Nothing was sent and nothing was recorded."]


@pytest.mark.usefixtures("roster")
def test_declining_passes_it_on(escalate):
    found = escalate("oncall simulate harm --decline alice=1m --decline bob=3m --json")

    assert [(row["t"], row["person"]) for row in found.data] == [(0, "alice"), (1, "bob"), (3, "carol")]
    assert found.data[0]["at"] == "2026-11-21T21:00:00+00:00"


@pytest.mark.usefixtures("roster")
def test_nobody_is_told_out_loud(escalate):
    found = escalate("oncall simulate schedule:empty")

    assert "It runs out: NOBODY ACKNOWLEDGES." in found.stdout
    assert "Nobody is told." in found.stdout


def test_a_case_needs_no_record(escalate, environ, file, home):
    found = escalate(["oncall", "simulate", "--scenario", file(CASE), "--json"])

    assert [(row["t"], row["step"], row["person"], row["via"]) for row in found.data] == [
        (0, 1, "bob", "sms"),
        (15, 2, "jane", "voice"),
    ]
    assert not home.exists()


def test_a_case_may_be_piped_in(escalate):
    found = escalate("oncall simulate --scenario - --json", stdin=json.dumps(CASE))

    assert len(found.data) == 2


def test_what_a_case_leaves_open_is_said_beside_the_answer(escalate, file):
    found = escalate(["oncall", "simulate", "--scenario", file({**CASE, "policy": None}), "--json"])

    assert (found.exit_code, found.data) == (0, [])
    assert found.stderr == "Note: The policy has no steps: nobody would be told.\n"


def test_names_in_a_case_cannot_act_on_the_terminal(escalate, file):
    hostile = "bob\x1b[31m"
    case = {**CASE, "users": {hostile: CASE["users"]["bob"]}, "on_call": {}}
    case["policy"] = {"steps": [{"delay_minutes": 15, "targets": [hostile]}]}

    found = escalate(["oncall", "simulate", "--scenario", file(case)])

    assert "bob␛[31m" in found.stdout
    assert "\x1b" not in found.stdout + found.stderr


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        ("", 2, "Nobody is named"),
        ("ghost", 3, "nobody and nothing called 'ghost'"),
        ("harm --at never", 2, "No time can be read in 'never'"),
        ("harm --ack soon", 2, "No duration can be read in 'soon'"),
        ("harm --decline bob", 2, "--decline 'bob' does not say who"),
        ("harm --decline ghost=2m", 3, "no person 'ghost'"),
        ("harm --harm nonsense", 2, "There is no harm 'nonsense'"),
        ("harm --scenario case.json", 2, "A case says itself"),
        ("--scenario nowhere.json", 3, "There is no file nowhere.json"),
        ("--scenario /", 6, "/ cannot be read"),
    ],
)
@pytest.mark.usefixtures("roster")
def test_what_cannot_be_done_is_said(escalate, words, exit_code, says):
    found = escalate(f"oncall simulate {words}")

    assert found.exit_code == exit_code
    assert says in found.stderr
    assert found.stdout == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "case.json:1:2 is not JSON", id="cut off"),
        pytest.param("", "case.json:1:1 is not JSON", id="empty"),
        pytest.param("[" * 100_000, "cannot be read", id="too deep"),
        pytest.param('{"t0": ' + "9" * 5000 + "}", "cannot be read", id="too long a number"),
        pytest.param('{"t0": NaN}', "t0: it is not a text", id="not a number"),
        pytest.param(" " * (1 << 20) + "{}", "is larger than 1 MiB", id="too large"),
    ],
)
def test_a_file_that_is_no_case_is_refused_by_name(escalate, file, text, says):
    found = escalate(["oncall", "simulate", "--scenario", file(text)])

    assert found.exit_code == 2
    assert says in found.stderr
    assert "Traceback" not in found.stderr


def test_every_mistake_of_a_case_is_named(escalate, file):
    case = {
        **CASE,
        "events": [*CASE["events"], {"t": 3, "event": "decline", "alert": 1, "by": "bbo"}, {"t": 2, "event": "panic"}],
    }

    found = escalate(["oncall", "simulate", "--scenario", file(case), "--json"])

    message = json.loads(found.stdout)["error"]["message"]
    assert found.exit_code == 2
    assert "events[1].by: there is no user 'bbo'. Users: bob, jane." in message
    assert "events[2].event: there is no event 'panic'." in message
    assert "events[2].t: it goes back behind the event before." in message


def test_the_room_it_is_rehearsed_in_is_for_its_owner_alone(wiring, clock):
    with wiring.rehearsal(clock) as store:
        assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
        place = store.path.parent
    assert not place.exists()
