from __future__ import annotations

import errno
import os

import pytest

from escalate.adapters import documents
from escalate.errors import Misconfigured, Refused
from escalate.files import write_whole


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_a_document_is_its_owners_alone_under_any_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        documents.write(tmp_path / "a.md", "text")
    finally:
        os.umask(before)

    assert (tmp_path / "a.md").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a.md").read_text() == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("mine")
    path.chmod(0o644)

    with pytest.raises(Refused, match="exists") as refused:
        documents.write(path, "new")
    assert "--force" in refused.value.hint
    assert path.read_text() == "mine"

    documents.write(path, "new", force=True)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("force", [False, True])
def test_a_symbolic_link_is_never_followed(tmp_path, force):
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "target")

    with pytest.raises(Refused, match="symbolic link"):
        documents.write(tmp_path / "link", "new", force=force)

    assert (tmp_path / "target").read_text() == "mine"


def test_a_link_to_nothing_is_refused_too(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nothing")

    with pytest.raises(Refused):
        documents.write(tmp_path / "link", "new")


def test_a_folder_and_a_device_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(Refused):
            documents.write(path, "new", force=True)


def test_a_missing_folder_is_said_so(tmp_path):
    with pytest.raises(Misconfigured, match="no such folder"):
        documents.write(tmp_path / "none" / "a.md", "text")


def test_a_full_disk_leaves_what_was_there_and_no_half(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("mine")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured, match="no room left"):
        documents.write(path, "new", force=True)

    assert path.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_two_who_write_at_once_do_not_write_over_each_other(tmp_path):
    path = tmp_path / "a.md"
    documents.check(path)
    path.write_text("the other one was faster")

    with pytest.raises(FileExistsError):
        write_whole(str(path), b"mine", replace=False)
    assert path.read_text() == "the other one was faster"


def test_the_name_says_what_it_is_and_is_safe_anywhere(ledger, incident):
    with ledger.store.reading() as look:
        found = look.incident(incident).but(number=12, code_name="SLATE OTTER/..")

    name = documents.default_name(found, "summary", "md", "TLP:AMBER+STRICT")

    assert name == "INC-12-SLATE-OTTER___-summary-TLP-AMBER+STRICT.md"
