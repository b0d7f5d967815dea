"""Which incident is meant: REF, `-i`, the environment, this terminal's, the only open one."""

from __future__ import annotations

import json

import pytest

from escalate.app.incidents import Opening, open_incident


@pytest.fixture
def three(escalate):
    """INC-1 to INC-3, all open."""
    escalate("init")
    for title in ("First", "Second", "Third"):
        escalate(["open", title, "--quiet-open"])
    return escalate


@pytest.fixture
def terminal(environ):
    """Sits down at a terminal of that name."""

    def sit(name):
        environ["ESCALATE_SESSION"] = name

    sit("one")
    return sit


def meant(escalate, line="show --json"):
    return escalate(line).data["ref"]


def test_the_only_open_one_is_meant(escalate):
    escalate("init")
    escalate("open 'First' --quiet-open")

    assert meant(escalate) == "INC-1"


def test_of_several_none_is_guessed(three, terminal):
    result = three("log x")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "3 incidents are open: INC-3" in result.stderr
    assert "more" not in result.stderr
    assert "escalate use INC-3" in result.stderr


def test_use_holds_for_one_terminal(three, terminal):
    assert three("use INC-2 --json").data["ref"] == "INC-2"
    assert meant(three) == "INC-2"

    terminal("two")
    assert three("show").exit_code == 2
    assert three("use --json").data is None
    three("use 3")
    assert meant(three) == "INC-3"

    terminal("one")
    assert meant(three) == "INC-2"
    assert three("use --json").data["ref"] == "INC-2"


def test_what_is_said_comes_first(three, terminal, environ):
    three("use INC-1")
    environ["ESCALATE_INCIDENT"] = "INC-2"

    assert meant(three) == "INC-2"
    assert meant(three, "show -i 3 --json") == "INC-3"
    assert meant(three, "show 1 -i 3 --json") == "INC-1"
    environ["ESCALATE_INCIDENT"] = "INC-9"
    assert three("log x").exit_code == 3


def test_a_name_will_do(three):
    name = three("show 2 --json").data["code_name"]

    assert meant(three, ["show", name.lower(), "--json"]) == "INC-2"
    assert meant(three, ["show", name.replace(" ", "-"), "--json"]) == "INC-2"


@pytest.mark.parametrize("ref", ["INC-9", "NO SUCH NAME", "0", "99999999999999999999", "\udcff", "../1"])
def test_what_names_nothing_is_not_found(three, ref):
    result = three(["show", ref])

    assert result.exit_code == 3
    assert "escalate list --all" in result.stderr


def test_clearing(three, terminal):
    three("use INC-2")

    assert three("use --clear").exit_code == 0
    assert three("use --clear").exit_code == 0
    assert three("log x").exit_code == 2


def test_a_closed_incident_is_let_go(three, terminal):
    three("use INC-2")
    three("close --disposition incident --worst SEV2")
    three("close INC-3 --disposition incident --worst SEV2")

    assert meant(three) == "INC-1"


def test_what_a_terminal_holds_belongs_to_one_record(three, terminal, environ, tmp_path):
    three("use INC-2")
    environ["ESCALATE_DATABASE"] = str(tmp_path / "another.db")
    three("init")

    assert three("use --json").data is None


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"incident": 5}', '{"database": null}', "\xff"])
def test_a_spoilt_memory_is_forgotten(three, terminal, home, content):
    three("use INC-2")
    [memory] = (home / "terminals").iterdir()
    database = json.loads(memory.read_text())["database"]
    for spoilt in (content, content.replace("}", f', "database": {json.dumps(database)}}}').replace("{,", "{")):
        memory.write_text(spoilt, encoding="latin-1")
        assert three("use --json").data is None


def test_an_incident_that_is_not_here_any_more_is_let_go(three, terminal, home):
    three("use INC-2")
    [memory] = (home / "terminals").iterdir()
    held = json.loads(memory.read_text())
    memory.write_text(json.dumps({**held, "incident": "11111111-1111-4111-8111-111111111111"}))

    assert three("use").exit_code == 0
    assert three("log x").exit_code == 2
    assert three("prompt").stdout == ""


# ── the prompt ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_prompt_says_what_is_held(three, terminal):
    assert three("prompt").stdout == ""
    three("use INC-2")
    name = three("show --json").data["code_name"]

    assert three("prompt").stdout == f"[INC-2 {name} SEV2]\n"


def test_the_prompt_counts_who_has_not_answered(three, terminal, tmp_path):
    (tmp_path / "roster.toml").write_text('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    three(["apply", str(tmp_path / "roster.toml")])
    three("use INC-2")
    three("page person:bob")

    assert three("prompt").stdout.endswith("SEV2 !1]\n")


def test_a_prompt_never_gets_in_the_way(escalate, terminal, home):
    assert (escalate("prompt").exit_code, escalate("prompt").stdout, escalate("prompt").stderr) == (0, "", "")
    escalate("init")
    escalate("open t --quiet-open")
    escalate("use INC-1")
    (home / "record.db").write_bytes(b"rubbish" * 500)
    assert (escalate("prompt").exit_code, escalate("prompt").stderr) == (0, "")


def test_a_closed_incident_leaves_the_prompt(three, terminal):
    three("use INC-2")
    three("close --disposition incident --worst SEV2")

    assert three("prompt").stdout == ""


@pytest.mark.parametrize("held", ["nothing", "a closed one", "one of another record"])
def test_the_prompt_answers_null_where_nothing_is_held(three, terminal, environ, held, tmp_path):
    if held != "nothing":
        three("use 2")
    if held == "a closed one":
        three("close 2 --disposition not-an-incident --worst SEV4")
    if held == "one of another record":
        environ["ESCALATE_DATABASE"] = str(tmp_path / "elsewhere.db")

    assert three("prompt").stdout == ""
    done = three("prompt --json")
    assert (done.exit_code, json.loads(done.stdout)["data"]) == (0, None)


@pytest.mark.parametrize("ref", ["inc2", "INC 2", "#2", "#INC-2", "INC-2", " 2 "])
def test_a_reference_may_be_written_as_people_write_it(three, ref):
    assert meant(three, ["show", ref, "--json"]) == "INC-2"


def test_what_is_piped_in_or_out_does_not_change_the_terminal(three, environ):
    """In a session with a terminal of its own, as a shell has one."""
    import os
    import subprocess
    import sys
    from pathlib import Path

    import escalate as package

    main, end = os.openpty()
    esc = f"{sys.executable} -m escalate"
    line = f"exec 0<>{os.ttyname(end)}; {esc} use 2; echo piped | {esc} log - | cat; {esc} show --json 2>&1 </dev/null"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            env={**environ, "PYTHONPATH": str(Path(package.__file__).parents[1])},
            start_new_session=True, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    finally:
        os.close(main)
        os.close(end)

    assert "incidents are open" not in done.stdout + done.stderr
    assert three("timeline INC-2 --json").data[-1]["text"] == "piped"


def test_sessions_without_a_terminal_are_told_apart_by_their_leader(monkeypatch):
    from escalate.cli import choice

    found = {"a": choice.terminal({})}
    monkeypatch.setattr("os.getsid", lambda _process: 1)
    found["b"] = choice.terminal({})

    assert found["a"] != found["b"]


def test_a_test_of_how_people_are_reached_does_not_stand_in_the_way(escalate, incident, apply_roster):
    apply_roster('[people.alice]\nname = "Alice Ng"\nzone = "UTC"\n')
    tried = escalate("page alice --test --json")

    written = escalate("log 'this one' --json")

    assert tried.data["page"].startswith("INC-2/")
    assert written.exit_code == 9, "nobody drives the test"
    assert meant(escalate) == "INC-1"


def test_however_many_are_open_all_count_and_drills_hide_none(escalate, ledger, wiring):
    escalate("init")
    for _ in range(2):
        open_incident(ledger, Opening(title="Really open", quiet=True))
    for _ in range(11):
        open_incident(ledger, Opening(title="A test", quiet=True, drill=True))

    assert "2 incidents are open: INC-2" in escalate("log x").stderr

    for _ in range(10):
        open_incident(ledger, Opening(title="Open as well", quiet=True))

    assert "12 incidents are open: INC-23" in (said := escalate("log x").stderr)
    assert "; and 2 more: escalate list." in said
