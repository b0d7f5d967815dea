"""How answers are drawn on terminals of any width."""

from __future__ import annotations

import io
import sys

import pytest

from escalate.cli import screen
from escalate.cli.views import Table

TIMELINE = Table(
    columns=("#", "when", "who", "what"),
    rows=[
        ("3", "2026-11-21 21:07:14Z", "alice", ("called the desk back, they look into it", "cyan")),
        ("4", "2026-11-21 21:09:10Z", "courier:desk", "told bob"),
    ],
)
MESSAGES = Table(
    columns=("id", "to", "via", "for", "state", "tries", "due", "last error"),
    rows=[
        ("0a1b2c3d", "Bob Okoro", "hook", "page", ("failed", "bold red"), "1", "21:00:00Z", "hook answered 400: no"),
        ("1a1b2c3d", "Alice Ng", "pager", "page", ("queued", ""), "0", "21:02:00Z", ""),
    ],
)
ROSTER = Table(columns=("person", "reached by", "logins"), rows=[("alice", "hook, then pager after 2m", "ang")], wide=1)


@pytest.fixture
def drawn(monkeypatch):
    """The lines that a terminal of that many columns shows."""

    def draw(view, columns):
        terminal = io.StringIO()
        terminal.isatty = lambda: True
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", "40")
        monkeypatch.setenv("TERM", "dumb")
        screen.show(view)
        return [line.rstrip() for line in terminal.getvalue().splitlines()]

    return draw


@pytest.mark.parametrize("columns", [10, 20, 30, 40, 59, 60, 80, 120])
@pytest.mark.parametrize("table", [TIMELINE, MESSAGES, ROSTER], ids=["timeline", "messages", "roster"])
def test_every_word_is_there_at_any_width(drawn, table, columns):
    lines = drawn([table], columns)

    assert all(len(line) <= columns for line in lines)
    shown = "".join("".join(lines).split())
    words = [word for row in table.rows for cell in row for word in screen._text(cell).split()]
    assert [word for word in words if word not in shown] == []


def test_a_narrow_terminal_shows_rows_as_blocks(drawn):
    assert drawn([TIMELINE], 40) == [
        "3  2026-11-21 21:07:14Z  alice",
        "  called the desk back, they look into",
        "  it",
        "4  2026-11-21 21:09:10Z  courier:desk",
        "  told bob",
    ]


def test_a_wide_text_between_short_ones_goes_under_them(drawn):
    assert drawn([ROSTER], 24) == ["alice  ang", "  hook, then pager after", "  2m"]


def test_where_it_fits_it_is_a_table(drawn):
    assert drawn([MESSAGES], 100)[0].split() == ["id", "to", "via", "for", "state", "tries", "due", "last", "error"]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_number_to_be_called_stands_whole_on_one_line(drawn, columns):
    from escalate.cli.views.authority import listed

    one = {"name": "example-desk", "body": "Example Duty Desk", "place": ["GB", "US-CA"], "harm": ["life", "cse:grooming"],
           "channel": "phone", "phone": "+00 000 0000", "address": None, "verified_by": "alice",
           "verified_on": "2026-11-01", "age_days": 21, "stale": False, "open": False,
           "opens": "2026-11-23T09:00:00+00:00"}  # fmt: skip

    assert any("+00 000 0000" in line for line in drawn(listed([one]), columns))


def test_an_empty_cell_leaves_no_hole_in_a_block(drawn):
    assert drawn([MESSAGES], 50) == [
        "0a1b2c3d  Bob Okoro  hook  page  failed  1",
        "  21:00:00Z",
        "  hook answered 400: no",
        "1a1b2c3d  Alice Ng  pager  page  queued  0",
        "  21:02:00Z",
    ]
