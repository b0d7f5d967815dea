from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.domain.text.guard import found

SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mail a.b+c@mail.example.org.", [("e-mail address", "a.b+c@mail.example.org")], id="e-mail"),
        pytest.param("(https://x.example.org/a_(b)).", [("web address", "https://x.example.org/a_(b)")], id="URL"),
        pytest.param("see www.example.org, then", [("web address", "www.example.org")], id="URL without scheme"),
        pytest.param("t.example/joinme", [("web address", "t.example/joinme")], id="short link"),
        pytest.param("hxxps://bad[.]example/x", [("web address", "hxxps://bad[.]example/x")], id="defanged URL"),
        pytest.param("call +44 20 7946 0958 now", [("phone number", "+44 20 7946 0958")], id="phone abroad"),
        pytest.param("tel:+442079460958", [("phone number", "+442079460958")], id="phone after a colon"),
        pytest.param("or (020) 7946 0958", [("phone number", "(020) 7946 0958")], id="phone at home"),
        pytest.param("or 555-010-1234.", [("phone number", "555-010-1234")], id="phone in threes"),
        pytest.param("d41d8cd98f00b204e9800998ecf8427e", [("hash", "d41d8cd98f00b204e9800998ecf8427e")], id="MD5"),
        pytest.param(f"sha1:{SHA1.upper()}", [("hash", SHA1.upper())], id="SHA-1"),
        pytest.param("e3b0c442" * 8, [("hash", "e3b0c442" * 8)], id="SHA-256"),
        pytest.param("from 192.0.2.7:443", [("IP address", "192.0.2.7")], id="IPv4"),
        pytest.param("from 192[.]0[.]2[.]7", [("IP address", "192[.]0[.]2[.]7")], id="defanged IPv4"),
        pytest.param("and 2001:db8::7,", [("IP address", "2001:db8::7")], id="IPv6"),
        pytest.param("1:2:3:4:5:6:7:8", [("IP address", "1:2:3:4:5:6:7:8")], id="IPv6 in full"),
        pytest.param("user @some_one.", [("account name", "@some_one")], id="handle"),
        pytest.param("account 76561198000000001", [("long number", "76561198000000001")], id="account number"),
        pytest.param("4111 1111 1111 1111", [("long number", "4111 1111 1111 1111")], id="card number"),
        pytest.param(
            "id 123e4567-e89b-12d3-a456-426614174000",
            [("UUID", "123e4567-e89b-12d3-a456-426614174000")],
            id="UUID",
        ),
        pytest.param(
            "@one wrote to two@example.org from 192.0.2.1",
            [("account name", "@one"), ("e-mail address", "two@example.org"), ("IP address", "192.0.2.1")],
            id="from left to right",
        ),
        pytest.param(
            f"https://example.org/{SHA1}?u=a@example.org",
            [("web address", f"https://example.org/{SHA1}?u=a@example.org")],
            id="what is inside another is not told twice",
        ),
    ],
)
def test_identifiers_are_pointed_out(text, expected):
    assert [(one.kind, one.text) for one in found(text)] == expected
    assert all(text[one.start : one.end] == one.text for one in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "called the desk back at 21:07:14, paged bob and alice (SEV1)",
        "INC-12 and INC-1234567 are SEV1; see step 3/4 and/or later",
        "2026-11-21 21:07:14Z, 2026-11-21T21:07:14.123456+01:00",
        "2026-11-21 21:07 - 2026-11-21 22:15",
        "20261121, 20261121210714, 21.11.2026 21:07, 01-02-2026 1430",
        "from 0930-1030 0930 to 0800 2030",
        "v1.2.3, v1.2.3.4, version 1.2.3.4 and 1.2.3.4.5",
        "999.1.1.1 is nothing, 3.14159265358979 is pi",
        "std::vector and 21:07:14",
        "1,000,000,000 accounts, 100000 of them new",
        "src/app/main.py and config.toml, e.g. file.txt",
        "@here and @channel, 5 @ 3, bob@home",
        "",
    ],
)
def test_no_false_alarm(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "part", ["a", "1 ", "1.1.", "a.b", "a@", "::", "a/", "0 ", "a-", "f", "+1", "www.", ")", "@a "]
)
def test_long_texts_are_read_in_linear_time(part):
    """Quadratic patterns would take minutes here."""
    found(part * 50_000)


@given(st.text(st.sampled_from("ab0129:./@-+ ()[]fF\n@٣é"), max_size=60))
@settings(max_examples=100, deadline=None)
def test_what_is_found_stands_where_it_is_said_to_stand(text):
    every = found(text)

    assert all(text[one.start : one.end] == one.text for one in every)
    assert all(one.end <= other.start for one, other in pairwise(every))


def test_an_ordinary_line_costs_no_pattern():
    code = (
        "import re, typing, escalate.domain.text.guard as guard\n"
        "guard.found('called back at 21:07 on 2026-11-21, bob took INC-12 and/or SEV1')\n"
        "print(guard._pattern.cache_info().currsize)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "0\n"
