"""A record with something in every table that is copied, and what it holds, to be compared."""

from __future__ import annotations

import os
import pwd

from escalate.adapters.store.copying import COPIED
from guided import HARASSMENT
from telling import roster

KEY = "07" * 32

LINES = [
    "open 'Reports of coordinated sign-ups' --severity SEV2",
    "use INC-1",
    "log 'called the desk, naïve ✓'",
    "fact awareness --at '5m ago' --why 'the first report'",
    "page policy:critical",
    "decide 'Remove it?' --choose yes --why 'it fits' --break-glass",
    "ask bob 'Refer today?' --by 'in 30m'",
    "open 'For a few' --restricted",
    "restrict INC-1 --why 'a source'",
    "subject key new",
    "ping legal -m 'please look' -i INC-2",
]


def fill(escalate, tmp_path):
    """What a team writes, by Alice, on the record that `escalate` goes to."""
    logins = f'logins = ["esc_alice", "{pwd.getpwuid(os.getuid()).pw_name}"]'
    (tmp_path / "roster.toml").write_text(roster().replace("[people.alice]\n", f"[people.alice]\n{logins}\n"))
    (tmp_path / "clauses.toml").write_text(HARASSMENT)
    for line in (
        "init",
        f"apply {tmp_path}/roster.toml",
        f"guidance apply {tmp_path}/clauses.toml",
        *LINES,
    ):
        done = escalate(line)
        assert done.exit_code in {0, 9}, (line, done.stderr)
    for number in (1, 2):
        seen = escalate(f"subject add INC-{number} --type email --relation actor --from -", stdin="kim@example.org")
        assert seen.exit_code in {0, 9}, seen.stderr
    escalate("open 'Another' --quiet-open")


def held(store):
    """Every row that is copied."""
    with store.reading():
        connection = store.connection()
        return {
            table: [tuple(row) for row in connection.execute(rows.reading(table)).fetchall()]
            for table, rows in COPIED.items()
        }
