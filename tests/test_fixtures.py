"""What the tests begin with is what the program makes."""

import sqlite3
from contextlib import closing


def all_of(path):
    with closing(sqlite3.connect(path)) as record:
        header = [
            record.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version", "page_size")
        ]
        return header, list(record.iterdump())


def test_a_copied_record_is_one_that_init_makes(escalate, wiring, tmp_path, empty_record):
    made = tmp_path / "made.db"
    assert escalate(f"--database {made} init").exit_code == 0

    assert all_of(wiring.store.path) == all_of(empty_record) == all_of(made)
    assert wiring.store.path.stat().st_mode == made.stat().st_mode
    assert wiring.store.path.parent.stat().st_mode & 0o777 == 0o700
