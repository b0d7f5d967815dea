"""Which incident is meant: REF, `-i`, the environment, this terminal's, the only open one."""

from __future__ import annotations

import json

import pytest


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
