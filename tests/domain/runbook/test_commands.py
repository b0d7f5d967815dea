from __future__ import annotations

import pytest

from escalate.domain.runbook.commands import PLACE, filled, marked, mistakes, typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Page. Run: `escalate page ts`", ["escalate page ts"]),
        ("Page.\n\nRun: `escalate page ts`\n\nMore.", ["escalate page ts"]),
        ("Run: `escalate log\n  'two lines'`", ["escalate log 'two lines'"]),
        ("Only named: `escalate page ts`", []),
        ("It was Run by hand; `Run: x`", []),
        ("Run: rm -rf x", [""]),
        ("Run: `escalate log a` Run: `escalate log b`", ["escalate log a", "escalate log b"]),
    ],
)
def test_a_step_marks_its_command(text, expected):
    assert marked(text) == expected


@pytest.mark.parametrize(
    "command",
    [
        "escalate page policy:critical-harm",
        "escalate page policy:critical-harm -i {ref}",
        "escalate show {ref}",
        'escalate severity SEV0 --why "a child may be in danger now"',
        "escalate log 'Legal: it is with them'",
        "escalate oncall",
        "escalate oncall who schedule:ts",
        "escalate clock {ref}",
    ],
)
def test_what_works_on_the_incident_may_be_offered(command):
    assert mistakes(command) == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("", "followed by a command in backticks"),
        ("rm -rf records", "another program"),
        ("sh -c 'escalate log x'", "another program"),
        ("/tmp/escalate log x", "another program"),
        ("ESCALATE_HOME=/tmp escalate log x", "another program"),
        ("escalate", "the name of a command stands right after"),
        ("escalate --database other.db log x", "the name of a command stands right after"),
        ("escalate log x; rm y", "only a shell reads: ;"),
        ("escalate log x && rm y", "only a shell reads: &"),
        ("escalate log x | sh", "only a shell reads: |"),
        ("escalate log $(id)", "only a shell reads: $()"),
        ("escalate log $HOME", "only a shell reads: $"),
        ("escalate log x > file", "only a shell reads: >"),
        ("escalate log *", "only a shell reads: *"),
        ("escalate log 'x", "a quote in it is not closed"),
        ("escalate log x\u202ey", "characters that cannot be seen"),
        ("escalate log x\x1b[2J", "characters that cannot be seen"),
        ("escalate assign lead {name}", "nothing fills in {name}"),
        ("escalate log {ref", "nothing fills in {ref"),
        ("escalate log {}", "nothing fills in {}"),
        ("escalate db restore copy.db", "`escalate db` is not for a runbook to run"),
        ("escalate apply roster.toml", "`escalate apply` is not for"),
        ("escalate import x.jsonl", "`escalate import` is not for"),
        ("escalate login chat", "`escalate login` is not for"),
        ("escalate withdraw 3", "`escalate withdraw` is not for"),
        ("escalate approve P-1", "`escalate approve` is not for"),
        ("escalate runbook run other", "`escalate runbook` is not for"),
        ("escalate work", "`escalate work` is not for"),
        ("escalate nonsense", "`escalate nonsense` is not for"),
        ("escalate oncall override add ts", "not 'override'"),
        ("escalate oncall -i {ref} override add ts", "not '-i'"),
        ("escalate clock applies x", "not 'applies'"),
        ("escalate timeline --reveal --why x", "--reveal is not for a runbook to give"),
        ("escalate timeline --reveal=x", "--reveal is not for"),
        ("escalate timeline --follow", "--follow is not for"),
        ("escalate summary -o file.md", "-o is not for"),
        ("escalate summary -ofile.md", "-o is not for"),
        ("escalate log x --help", "--help is not for"),
        ("escalate resolve INC-3", "it names an incident, 'INC-3'"),
        ("escalate page cancel inc-3/1", "it names an incident, 'inc-3/1'"),
        ("escalate resolve -i SLATE", "it names an incident, 'SLATE'"),
        ("escalate resolve -iSLATE", "it names an incident, 'SLATE'"),
        ("escalate resolve --incident=SLATE", "it names an incident, 'SLATE'"),
    ],
)
def test_all_else_is_not_and_it_is_said_why(command, says):
    assert says in " ".join(mistakes(command))


def test_every_mistake_is_named():
    assert len(mistakes("escalate db {x} > y")) == 3


def test_the_incident_is_filled_in_word_by_word():
    assert filled("escalate show {ref}", "INC-7") == ["show", "INC-7"]
    assert filled("escalate log 'about {ref}'", "INC-7") == ["log", "about INC-7"]
    assert filled("escalate page a b", "INC-7") == ["-i", "INC-7", "page", "a", "b"]
    assert filled(f"escalate show {PLACE}", "x; rm y") == ["show", "x; rm y"]
    assert typed(["log", "x; rm y"]) == "escalate log 'x; rm y'"
