from __future__ import annotations

import os
import pty
import pwd
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import split_arg_string

import escalate as package
from escalate.adapters.library import Library
from escalate.app import paging
from escalate.cli.main import COMMANDS
from escalate.cli.steps import unknown
from escalate.domain.runbook.commands import RUNNABLE
from escalate.domain.runbook.runbook import checked
from escalate.resources import bundled
from telling import roster

SECURITY = """
[teams.security]
name = "Security"
people = ["bob"]
"""


@pytest.fixture
def opened(escalate):
    escalate("init")
    assert escalate("open 'Held back' --severity SEV1 --harm cse").exit_code in {0, 9}
    return escalate


def test_a_runbook_is_found_started_and_worked_through(opened):
    listed = opened("runbook list --json").data
    assert (listed[0]["name"], listed[0]["fits"]) == ("child-safety", True)

    started = opened("runbook start child-safety --json").data
    assert started["progress"]["next"] == 1
    assert opened("runbook done 1 --note 'closed it' --json").data["progress"]["done"] == 1
    assert "nothing new" in opened("runbook done 1").stdout.lower()
    skipped = opened("runbook skip 2 --why 'not now' --json").data
    assert skipped["progress"]["skipped"] == 1
    shown = opened("runbook show child-safety")
    assert "  1. [x] Step away" in shown.stdout
    assert "  2. [-]" in shown.stdout
    kinds = [entry["kind"] for entry in opened("timeline --all --json").data]
    assert [kind for kind in kinds if kind.startswith("runbook.")] == [
        "runbook.started",
        "runbook.step_done",
        "runbook.step_skipped",
    ]


def test_runbooks_can_be_read_without_any_incident(escalate):
    assert escalate("runbook list").exit_code == 0
    assert "What not to do" not in escalate("runbook list").stdout
    assert escalate("runbook show threat-to-life --json").data["steps"][0]["state"] is None


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("runbook show child-safty", 3, "Did you mean child-safety?"),
        ("runbook show ../../etc/passwd", 3, "There is no runbook"),
        ("runbook done 1", 4, "No runbook is started"),
        ("runbook done one", 2, "integer"),
        ("runbook skip 1", 2, "--why"),
        ("runbook list INC-9", 3, "INC-9"),
    ],
)
def test_failures_have_documented_exit_codes(opened, line, exit_code, says):
    result = opened(line)

    assert result.exit_code == exit_code
    assert says in result.stderr


# ── what the bundled runbooks tell people to type ───────────────────────────────────────────────────────────────────

STANDS_FOR = {"NAME": "alice", "PAGE": "INC-1/1"}
BUNDLED = Library(own=Path("nowhere"), bundled=bundled("templates").parent)
TYPED = sorted(
    {
        command
        for name in BUNDLED.runbooks()
        for command in re.findall(r"`escalate ([^`]+ [^`]+)`", BUNDLED.runbook(name).body)
    }
)
PARTS = ["First ten minutes", "Who to involve", "What not to do", "Close"]


@pytest.mark.slow
@pytest.mark.parametrize("command", TYPED)
def test_every_command_in_a_runbook_can_be_typed(
    escalate, apply_roster, ledger, incident, command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    known = f'[people.alice]\nlogins = ["{pwd.getpwuid(os.getuid()).pw_name}"]\n'
    apply_roster(roster().replace("critical", "critical-harm").replace("[people.alice]\n", known) + SECURITY)
    paging.page(ledger, incident, ("policy:critical-harm",))
    paging.acknowledge(ledger, incident, None, by="alice")

    done = escalate([STANDS_FOR.get(word, word) for word in split_arg_string(command)])

    assert done.exit_code in {0, 9}, done.stderr


def test_there_are_eight_of_them():
    assert list(BUNDLED.runbooks()) == [
        "account-network", "cbrn", "child-safety", "data-exposure", "law-enforcement-request", "model-regression",
        "responder-safety", "threat-to-life",
    ]  # fmt: skip


@pytest.mark.parametrize("name", BUNDLED.runbooks())
def test_a_bundled_runbook_is_whole(name):
    path, _ = BUNDLED.runbooks()[name]
    found = checked(name, path.read_text(encoding="utf-8"), unknown)
    sections = [part.section for part in found.parts]

    assert [part for part in PARTS if part not in sections] == []
    assert sections[-1] == "Close"
    assert found.harm
    assert all(part.text for part in found.parts if part.section in {"Who to involve", "What not to do"})
    assert [step for step in found.steps if step.section in {"First ten minutes", "Close"} and step.run]
    assert len([step for step in found.steps if step.section == "First ten minutes"]) <= 10
    assert [step.text for step in found.steps if len(step.text) > 120] == []


@pytest.mark.parametrize("name", BUNDLED.runbooks())
def test_a_step_of_a_bundled_runbook_stands_on_one_line(name):
    """What is on the next line is its detail, and would be missing where only steps are listed."""
    assert re.findall(r"^- \[ \] .+\n {2,}\S.*$", BUNDLED.runbook(name).body, flags=re.MULTILINE) == []


CLOCKS = (bundled("templates") / "clocks" / "core.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BUNDLED.runbooks())
def test_the_clocks_that_a_runbook_names_are_known(name):
    named = re.findall(r"`((?:eu|us|uk|au|in|contract)-[a-z0-9-]+)`", BUNDLED.runbook(name).body)

    assert [clock for clock in named if f'id = "{clock}"\n' not in CLOCKS] == []


# ── the commands that steps offer to run ────────────────────────────────────────────────────────────────────────────

OWN = """+++
title = "Own"
version = 1
summary = "s"
+++

Read this.

## What not to do

Do not hurry.

## First

- [ ] Write it. Run: `escalate log "{ref} was seen"`
- [ ] Fails. Run: `escalate ping nobody-there`
- [ ] Hostile. Run: `escalate db restore copy.db`
- [ ] By hand
- [ ] Later
"""


@pytest.fixture
def own(opened, home):
    folder = home / "runbooks"
    folder.mkdir()
    (folder / "own.md").write_text(OWN)
    return opened


def test_every_command_that_may_be_offered_is_there():
    assert [name for name in RUNNABLE if name not in COMMANDS] == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("escalate page policy:x", None),
        ("escalate log 'a text' -i {ref}", None),
        ("escalate show {ref}", None),
        ("escalate oncall", None),
        ("escalate oncall who schedule:ts", None),
        ("escalate log --nonsense x", "cannot be typed: No such option"),
        ("escalate fact detected", "cannot be typed: Missing option '--at'"),
        ("escalate assign lead", "cannot be typed"),
        ("escalate assess triage 7 8", "cannot be typed"),
        ("escalate resolve 7", "it names an incident, '7'"),
        ("escalate resolve 'SLATE OTTER'", "it names an incident, 'SLATE OTTER'"),
        ("escalate decide 'Refer it?' --choose yes --why x", None),
        ("escalate decide 'Refer it?' {ref} --choose yes --why x", None),
        ("escalate decide 'Refer it?' 'SLATE OTTER' --choose yes --why x", "it names an incident, 'SLATE OTTER'"),
        ("escalate verify 7", "it names an incident, '7'"),
        ("escalate clock nonsense", "`escalate clock nonsense` does not exist"),
    ],
)
def test_whether_there_is_such_a_command_is_seen_without_running_it(command, says):
    found = unknown(command)

    assert found is None if says is None else says in found


def test_checking_a_file_names_every_mistake(own, home):
    bad = home / "runbooks" / "bad.md"
    bad.write_text(
        OWN.replace("copy.db", "copy.db; rm x").replace("- [ ] Later", "- [x] Later. Run: `curl example.org`")
    )
    refused = own(f"runbook check {bad}")

    assert refused.exit_code == 6
    assert "has 4 mistakes" in refused.stderr
    for says in (
        "no step done",
        "only a shell reads: ;",
        "`escalate db` is not for",
        "step 5: 'curl' is another program",
    ):
        assert says in refused.stderr
    bad.write_text(OWN.replace("db restore copy.db", "messages"))
    fine = own(f"runbook check {bad} --json").data
    assert (fine["name"], fine["steps"]) == ("bad", 5)
    assert [row["step"] for row in fine["commands"]] == [1, 2, 3]
    assert "No mistakes: Own version 1, 5 steps, 3 of them" in own(f"runbook check {bad}").stdout
    assert own("runbook check nowhere.md").exit_code == 3


@pytest.mark.parametrize("how", ["", "--no-input", "--json"])
def test_in_a_pipe_it_only_prints(own, how):
    own("runbook start own")
    before = len(own("timeline --all --json").data)
    done = own(f"runbook run {how}", stdin="y\ny\ny\n")

    assert done.exit_code == 0
    assert len(own("timeline --all --json").data) == before
    if how == "--json":
        steps = done.data["steps"]
        assert [step["run"] for step in steps] == [
            "escalate log 'INC-1 was seen'", "escalate -i INC-1 ping nobody-there", None, None, None,
        ]  # fmt: skip
        assert ["not for a runbook to run" in " ".join(step["refused"]) for step in steps] == [
            False, False, True, False, False,
        ]  # fmt: skip
    else:
        assert "would run: escalate log 'INC-1 was seen'" in done.stdout
        assert "would run: escalate db" not in done.stdout
        assert "the command is not offered: `escalate db` is not for" in done.stdout
        assert "Do not hurry." in done.stdout


def test_one_that_is_not_started_can_be_looked_through(own):
    done = own("runbook run own INC-1")

    assert "Not started: escalate runbook start own INC-1" in done.stdout
    assert own("runbook run").exit_code == 4
    own("runbook start own")
    assert own("runbook run INC-1").exit_code == 0


class Terminal:
    """A command on a terminal of its own; what it shows is waited for, then answered."""

    def __init__(self, words, environ):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "escalate", *words], stdin=slave, stdout=slave, stderr=slave, env=environ,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""

    def until(self, text):
        """Everything shown up to `text`, since the last time."""
        ends = time.monotonic() + 20
        while text not in self.shown:
            ready, _, _ = select.select([self.master], [], [], max(ends - time.monotonic(), 0))
            assert ready, f"{text!r} was not shown, only:\n{self.shown}"
            self.shown += os.read(self.master, 65536).decode()
        before, _, self.shown = self.shown.partition(text)
        return before.replace("\r\n", "\n")

    def type(self, line):
        os.write(self.master, f"{line}\n".encode())

    def end(self):
        try:
            while more := os.read(self.master, 65536):
                self.shown += more.decode()
        except OSError:
            pass  # Linux says so when the other side has closed
        os.close(self.master)
        return self.process.wait(timeout=20)


def test_on_a_terminal_nothing_is_run_without_a_yes(own, environ):
    source = str(Path(package.__file__).parents[1])
    terminal = Terminal(["runbook", "run", "own"], {**environ, "PYTHONPATH": source, "TERM": "dumb"})
    terminal.until("Start it? [y/N]")
    terminal.type("y")
    shown = terminal.until("Run it? y, N")
    assert "Do not hurry." in shown
    assert "escalate log 'INC-1 was seen'" in shown
    terminal.type("")  # not now
    shown = terminal.until("Run it? y, N")
    assert "escalate -i INC-1 ping nobody-there" in shown
    terminal.type("y")
    assert "That failed (exit 3). The step stays open." in terminal.until("Run it? y, N")
    terminal.type("skip")
    terminal.until("Why is it left out")
    terminal.type("there is no such team")
    shown = terminal.until("Is it done? y, N")
    assert "not offered: `escalate db` is not for a runbook to run" in " ".join(shown.split())
    assert "Run it?" not in shown
    terminal.type("n")
    terminal.until("Is it done? y, N")
    terminal.type("y")
    terminal.until("Is it done? y, N")
    terminal.type("q")
    assert terminal.end() == 0
    assert "own: 1 of 5 done, 1 skipped" in terminal.shown

    again = Terminal(["runbook", "run"], {**environ, "PYTHONPATH": source, "TERM": "dumb"})
    again.until("Run it? y, N")
    again.type("y")
    again.until("Is it done? y, N")
    again.type("quit")
    assert again.end() == 0
    entries = [(entry["kind"], entry["text"]) for entry in own("timeline --all --json").data]
    assert [text for kind, text in entries if kind == "runbook.step_done"][-1].startswith("Runbook own: step 1 done")
    assert [kind for kind, _ in entries].count("note.added") == 1
    states = {step["number"]: step["state"] for step in own("runbook show own --json").data["steps"]}
    assert states == {1: "done", 2: "skipped", 3: "open", 4: "done", 5: "open"}
