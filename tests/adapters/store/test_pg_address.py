"""Addresses of shared records: what of them may be seen."""

from __future__ import annotations

import pytest

from escalate.adapters.store import pg_address
from escalate.errors import Misconfigured


@pytest.mark.parametrize(
    ("url", "public", "place", "secret"),
    [
        ("postgresql://ann@db.example.org/esc", "postgresql://ann@db.example.org/esc", "db.example.org", False),
        ("postgres://ann@db.example.org:6000/esc", "postgresql://ann@db.example.org:6000/esc", "db.example.org:6000", False),
        ("postgresql://ann:h%40rd@db/esc", "postgresql://ann@db/esc", "db", True),
        ("postgresql://ann@db/esc?password=hard&sslmode=require", "postgresql://ann@db/esc?sslmode=require", "db", True),
        ("postgresql://a,b:5433/esc", "postgresql://a,b:5433/esc", "a,b:5433", False),
        ("postgresql://[::1]:5432/esc", "postgresql://[::1]:5432/esc", "[::1]:5432", False),
        ("postgresql:///esc?host=%2Frun%2Fpg", "postgresql:///esc?host=%2Frun%2Fpg", "/run/pg", False),
        ("postgresql://ann@/esc?host=%2Frun%2Fpg", "postgresql://ann@/esc?host=%2Frun%2Fpg", "/run/pg", False),
        ("postgresql://", "postgresql://", "this machine", False),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_password(url, public, place, secret):
    assert (pg_address.public(url), pg_address.place(url), pg_address.has_password(url)) == (public, place, secret)


@pytest.mark.parametrize("url", [
    "postgresql://ann:p@ss@db/esc", "postgresql://ann:pa/ss@db/esc", "postgresql://ann:pa#ss@db/esc",
    "postgresql://ann:pa?ss@db/esc", "postgresql://[db/esc",
])  # fmt: skip
def test_one_that_can_be_read_in_two_ways_is_refused_and_not_repeated(url):
    with pytest.raises(Misconfigured, match="cannot be read") as caught:
        pg_address.public(url)

    assert "ss" not in caught.value.message.replace("address", "")
    assert "%40" in caught.value.hint


def test_settings_show_no_password_either():
    from escalate.config import public

    shown = "postgresql://ann@db/esc?password=…&sslmode=require"
    assert public("postgresql://ann@db/esc?password=hard&sslmode=require") == shown
    assert public("postgresql://ann:hard@db/esc") == "postgresql://ann:…@db/esc"
