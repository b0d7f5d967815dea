"""A file that is named and not there is not found, whatever it was to be: exit 3, always."""

from __future__ import annotations

import pytest

LINES = (
    "apply FILE", "guidance apply FILE", "guidance apply --check FILE", "import FILE", "verify ./FILE", "db restore FILE --yes",
    "assess triage INC-1 --from FILE", "decide 'Refer?' INC-1 --from FILE", "template check FILE", "runbook check FILE",
    "taxonomy check FILE", "taxonomy import FILE -o -", "authority check FILE", "oncall simulate --scenario FILE",
    "oncall import --pagerduty FILE", "oncall import --ics FILE --schedule ts --person 'A. Ng=alice'",
    "subject key import --from FILE", "subject add -i INC-1 --type account --relation actor --from FILE",
)  # fmt: skip
"""Every command that reads a file which somebody names."""


@pytest.fixture(autouse=True)
def put(apply_roster, incident):
    from on_call import roster

    apply_roster(roster())


@pytest.mark.parametrize("line", LINES)
def test_a_file_that_is_not_there_is_not_found(escalate, store, line):
    with store.reading() as look:
        before = look.incidents(), look.roster().version

    done = escalate(line.replace("FILE", "nowhere.x"))

    assert (done.exit_code, "There is no file" in done.stderr, "nowhere.x" in done.stderr) == (3, True, True), (
        done.stderr
    )
    with store.reading() as look:
        assert (look.incidents(), look.roster().version) == before


@pytest.mark.parametrize("line", [line for line in LINES if "restore" not in line])
def test_what_is_there_and_cannot_be_read_is_something_to_mend(escalate, tmp_path, line):
    done = escalate(line.replace("./FILE", "FILE").replace("FILE", f"{tmp_path}/"))

    assert (done.exit_code, "cannot be read" in done.stderr) == (6, True), done.stderr
