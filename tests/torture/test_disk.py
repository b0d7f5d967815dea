"""What a disk may hold after a power cut."""

from __future__ import annotations

import random

import pytest

from torture.disk import Disk, patched, sectors


def images(disk, scattered=0):
    return [image() for image in disk.images(random.Random(1), scattered=scattered)]


@pytest.fixture
def disk():
    return Disk({"a": b"old"})


def test_what_was_not_synced_is_there_or_not(disk):
    disk.write("a", 0, b"new")

    assert {image["a"] for image in images(disk)} == {b"old", b"new"}


def test_what_was_synced_is_there(disk):
    disk.write("a", 0, b"new")
    disk.sync("a")

    assert images(disk, 5) == [{"a": b"new"}] * 10


def test_a_name_is_gone_for_certain_once_its_folder_was_synced(disk):
    disk.unlink("a")
    assert {"a": b"old"} in images(disk)
    assert {} in images(disk)

    disk.sync_folder()
    assert images(disk, 5) == [{}] * 10


def test_a_new_file_may_be_there_without_what_is_in_it(disk):
    disk.make("b")
    disk.write("b", 0, b"x")

    nothing, everything, names, contents, torn = images(disk)
    assert (nothing, everything) == ({"a": b"old"}, {"a": b"old", "b": b"x"})
    assert (names, contents) == ({"a": b"old", "b": b""}, {"a": b"old"})
    assert torn == names


def test_a_renamed_file_takes_the_place_of_the_other(disk):
    disk.make("b")
    disk.write("b", 0, b"new")
    disk.sync("b")
    disk.rename("b", "a")

    assert images(disk)[:2] == [{"a": b"old"}, {"a": b"new"}]


@pytest.mark.parametrize(
    ("offset", "length", "lengths"),
    [(0, 512, [512]), (0, 513, [512, 1]), (500, 100, [12, 88]), (510, 2, [2]), (512, 1024, [512, 512])],
)
def test_a_write_is_torn_at_sectors(offset, length, lengths):
    pieces = sectors((offset, b"x" * length))

    assert [len(data) for _offset, data in pieces] == lengths
    assert patched(b"", pieces) == patched(b"", [(offset, b"x" * length)])


def test_a_torn_write_has_its_beginning():
    disk = Disk({"a": b""})
    disk.write("a", 0, b"x" * 2048)

    found = {len(image()["a"]) for seed in range(50) for image in disk.images(random.Random(seed), scattered=0)}
    assert found == {0, 512, 1024, 1536, 2048}


@pytest.mark.parametrize(
    ("changes", "after"),
    [([(1, b"X")], b"oXd"), ([(5, b"X")], b"old\0\0X"), ([1], b"o"), ([5], b"old\0\0"), ([0, (0, b"n")], b"n")],
    ids=str,
)
def test_writes_and_lengths(changes, after):
    assert patched(b"old", changes) == after
