"""Sentences on a terminal are broken where a person would break them."""

from __future__ import annotations

import io
import sys

import pytest

from escalate.cli.lines import echo, fitted, width

PATH = "/home/somebody/.local/share/escalate/a-folder-with-a-long-name/another/record.db"


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("escalate: INC-1 still has 1 unacknowledged page. " * 3, id="prose"),
        pytest.param("   Acknowledge: escalate ack 7F2K   Cannot take it: escalate decline 7F2K", id="indented"),
        pytest.param(f"The record is at {PATH}, and nobody else reads it.", id="a path"),
        pytest.param(
            "Er sagt: 危険な状態にある人がいるかもしれないと、 折り返し電話をしました、 そして待っています。" * 2,
            id="wide letters",
        ),
        pytest.param(
            'See: escalate log "called the desk back, they look" --at "20m ago" -i INC-7, then go on.', id="a command"
        ),
    ],
)
def test_no_word_is_cut_and_none_is_lost(line, columns):
    lines = fitted(line, columns)

    assert " ".join(lines).split() == line.split()
    assert [one for one in lines if width(one) > columns and len(one.split()) > 1] == []


@pytest.mark.parametrize(
    ("line", "columns", "lines"),
    [
        pytest.param("It fits.", 40, ["It fits."], id="what fits stays"),
        pytest.param("Nothing  is lost", 12, ["Nothing  is", "lost"], id="blanks inside stay"),
        pytest.param(
            "  escalate ack INC-1/1          nobody has answered", 30,
            ["  escalate ack INC-1/1", "    nobody has answered"], id="what stands apart goes under it",
        ),
        pytest.param("  step 2 went to Bob Okoro by mail", 20, ["  step 2 went to Bob", "  Okoro by mail"], id="indented on"),
        pytest.param("See it: escalate show INC-1", 24, ["See it:", "escalate show INC-1"], id="a command stays whole"),
        pytest.param(
            "What is known: escalate list. What you write is kept: escalate log -i 9", 40,
            ["What is known: escalate list. What you", "write is kept: escalate log -i 9"], id="a command ends with its sentence",
        ),
        pytest.param(
            "Start one: escalate work   (or stay: escalate page --wait)",
            40,
            ["Start one: escalate work", "  (or stay: escalate page --wait)"],
            id="two commands",
        ),
        pytest.param(
            "escalate: the record cannot be reached", 22, ["escalate: the record", "cannot be reached"], id="not a command"
        ),
        pytest.param(
            "Do: escalate grant person:somebody INC-12", 20, ["Do: escalate grant", "person:somebody", "INC-12"],
            id="a command that is too long for any line",
        ),
        pytest.param(f"At {PATH} it is.", 40, ["At", PATH, "it is."], id="a path in one piece"),
    ],
)  # fmt: skip
def test_where_a_line_is_broken(line, columns, lines):
    assert fitted(line, columns) == lines


@pytest.fixture
def written(monkeypatch):
    """What comes out on standard error, where that is a terminal of 30 columns or none."""

    def write(text, *, terminal):
        stream = io.StringIO()
        stream.isatty = lambda: terminal
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("COLUMNS", "30")
        echo(text, err=True)
        return stream.getvalue().splitlines()

    return write


LONG = "Nothing was recorded: the incident is closed."


def test_a_terminal_gets_lines_that_fit(written):
    assert written(f"{LONG}\nSo it is.", terminal=True) == [
        "Nothing was recorded: the", "incident is closed.", "So it is.",
    ]  # fmt: skip


def test_a_pipe_gets_what_was_said(written):
    assert written(LONG, terminal=False) == [LONG]
