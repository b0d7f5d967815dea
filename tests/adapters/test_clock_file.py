from __future__ import annotations

import pytest

from escalate.adapters.clock_file import ClockFiles
from escalate.errors import Misconfigured
from escalate.resources import bundled

ROW = """schema = 1
[[clocks]]
id = "{id}"
regime = "Contract"
jurisdiction = "contract"
who = "we"
start = "awareness"
trigger = "An incident that affects the customer"
n = 36
unit = "hours"
rule = "elapsed_hours"
qualifier = "within"
recipient = "their desk"
cite = "clause 7"
status = "in_force"
conf = "P"
verified_on = 2026-11-01
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "templates" / "clocks").mkdir(parents=True)
    return tmp_path / "templates" / "clocks"


@pytest.fixture
def files(tmp_path):
    return ClockFiles(bundled=bundled("templates").parent, own=tmp_path)


def test_the_shipped_ones_and_the_team_s_own(files, own):
    (own / "ours.toml").write_text(ROW.format(id="customer-a"), encoding="utf-8")

    found = {one.id: one for one in files.all()}

    assert len(found) == 64
    assert (found["customer-a"].origin, found["eu-gdpr-33-authority"].origin) == ("own", "bundled")


def test_the_team_s_own_row_takes_the_place_of_a_shipped_one(files, own):
    (own / "ours.toml").write_text(ROW.format(id="contract-processor-notice"), encoding="utf-8")

    found = {one.id: one for one in files.all()}

    assert len(found) == 63
    assert found["contract-processor-notice"].n == 36


def test_without_a_folder_of_their_own_there_are_the_shipped_ones(files):
    assert len(files.all()) == 63


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"clocks = [", "is not TOML", id="not TOML"),
        pytest.param(b"\xff\xfe", "is not UTF-8", id="not UTF-8"),
        pytest.param(b"schema = 2", "schema: this must be 1.", id="another shape"),
        pytest.param(b"#" * (1024 * 1024 + 1), "larger than 1 MiB", id="too large"),
    ],
)
def test_what_cannot_be_read_is_named(files, own, data, says):
    (own / "ours.toml").write_bytes(data)

    with pytest.raises(Misconfigured) as refused:
        files.all()

    assert "ours.toml" in refused.value.message
    assert says in refused.value.message
