"""The systemd unit of `work --install`."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from escalate.adapters.unit import MARK, write
from escalate.errors import Misconfigured, Refused


@pytest.fixture
def place(tmp_path):
    return tmp_path / ".config" / "systemd" / "user" / "escalate.service"


@pytest.fixture
def install(tmp_path):
    def run(database="/data/record.db", home="/data", **environ):
        return write({"HOME": str(tmp_path), **environ}, Path(database), Path(home))

    return run


def test_it_runs_this_python_on_this_record(install, place):
    assert install() == place

    lines = place.read_text().splitlines()
    assert lines[0] == MARK
    assert f'ExecStart="{sys.executable}" -P -m escalate --database "/data/record.db" work' in lines
    assert 'Environment="ESCALATE_HOME=/data"' in lines


def test_only_its_owner_may_read_it_under_any_umask(install, place, tmp_path):
    before = os.umask(0)
    try:
        install()
    finally:
        os.umask(before)

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert {
        stat.S_IMODE(folder.stat().st_mode) for folder in place.parents if folder.is_relative_to(tmp_path / ".config")
    } == {0o700}
    assert list(place.parent.iterdir()) == [place]


def test_it_is_replaced_by_a_later_one(install, place):
    install()
    install(database="/other/record.db")

    assert "/other/record.db" in place.read_text()


def test_somebody_elses_unit_is_left_alone(install, place):
    place.parent.mkdir(parents=True)
    place.write_text("[Service]\nExecStart=/bin/true\n")

    with pytest.raises(Refused, match="not written by escalate"):
        install()

    assert "bin/true" in place.read_text()


def test_it_goes_where_the_user_keeps_settings(install, tmp_path):
    assert install(XDG_CONFIG_HOME=str(tmp_path / "conf")) == tmp_path / "conf/systemd/user/escalate.service"


def test_a_folder_that_cannot_be_made_is_said(install, tmp_path):
    (tmp_path / ".config").write_text("")

    with pytest.raises(Misconfigured):
        install()


@pytest.mark.parametrize("name", ["a b", 'a"b', "a%h", "a\\b", "a$HOME", "a'b", "ä;b"])
def test_a_strange_path_stays_one_word(install, place, name):
    install(database=f"/data/{name}/record.db", home=f"/data/{name}")

    [line] = [line for line in place.read_text().splitlines() if line.startswith("ExecStart=")]
    quoted = line.partition('--database "')[2].removesuffix('" work')
    plain = quoted.replace("$$", "$").replace("%%", "%").replace('\\"', '"').replace("\\\\", "\\")
    assert plain == f"/data/{name}/record.db"


@pytest.mark.parametrize("path", ["/data/a\nExecStartPre=/bin/evil", "/data/a\x1b"])
def test_a_path_cannot_add_lines(install, place, path):
    with pytest.raises(Misconfigured):
        install(home=path)

    assert not place.exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to ask")
def test_systemd_has_nothing_against_it(install, place):
    install()

    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(place)], capture_output=True, text=True, check=False
    )
    assert "escalate.service" not in done.stderr
