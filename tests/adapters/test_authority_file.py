"""authorities.toml is read as a whole: every mistake at once, each with where it is."""

from __future__ import annotations

from datetime import date, time

import pytest

from escalate.adapters.authority_file import AuthorityFile
from escalate.adapters.library import Library
from escalate.domain.incident.harm import BELOW
from escalate.errors import Misconfigured

WHOLE = """
[authorities.example-desk]
body = "Example Duty Desk"
place = ["uk", "US-CA"]
harm = ["life", "cse:grooming"]
channel = "phone"
phone = "+00 (0) 000-0000"
hours = [{ days = ["mon", "fri"], from = "09:00", to = "17:00", zone = "Europe/London" }, { from = "20:00", to = "00:00", zone = "UTC" }]
languages = ["en"]
legal_basis = "what counsel named"
say_first = "We call about a credible threat."
least_data = ["account handle"]
note = "asks for the reference"
verified_by = "alice"
verified_on = 2026-11-01

[authorities.example-portal]
body = "Example Hotline"
place = ["any"]
harm = ["any"]
channel = "portal"
address = "https://hotline.example.org/report"
hours = "always"
legal_basis = "voluntary"
"""


@pytest.fixture
def source(tmp_path):
    text_at = Library(own=tmp_path, bundled=tmp_path).text_at
    return AuthorityFile(tmp_path, text_at, date(2026, 11, 22), lambda: BELOW)


def written(source, text):
    source.path.write_text(text, encoding="utf-8")
    return source


def test_a_whole_file(source):
    desk, portal = written(source, WHOLE).all().values()

    assert (desk.name, desk.place, desk.harm, desk.contact) == (
        "example-desk", ("GB", "US-CA"), ("life", "cse:grooming"), "+00 (0) 000-0000",
    )  # fmt: skip
    assert [one.said for one in desk.hours] == ["mon,fri 09:00-17:00 Europe/London", "daily 20:00-00:00 UTC"]
    assert desk.hours[0].start == time(9)
    assert (desk.verified_by, desk.verified_on, desk.age(date(2026, 11, 22))) == ("alice", date(2026, 11, 1), 21)
    assert (portal.hours, portal.contact, portal.verified_on) == ((), "https://hotline.example.org/report", None)


def test_without_a_file_there_are_none(source):
    assert source.all() == {}
    assert not source.is_there()


def test_every_mistake_is_named_at_once(source):
    wrong = """
other = 1
[authorities.sent]
body = ""
place = ["Berlin"]
harm = ["lfie", "cse:nothing"]
chanel = "phone"
channel = "pigeon"
hours = [{ days = ["monday"], from = "9:00", to = "24:00", zone = "Europe/Lundon" }, { from = "09:00" }]
verified_on = 2026-12-24
[authorities.a]
body = "A"
place = []
harm = ["any"]
channel = "phone"
phone = "ring me"
hours = "sometimes"
legal_basis = "b"
verified_by = "alice"
[authorities.b]
body = "B"
place = ["any"]
harm = ["any"]
channel = "email"
address = "nowhere"
hours = []
legal_basis = "b"
verified_on = "2026-11-01"
[authorities.c]
body = "C"
place = ["any"]
harm = ["any"]
channel = "phone"
legal_basis = "b"
[authorities.D]
body = "D"
place = ["any"]
harm = ["any"]
channel = "portal"
address = "http://example.org"
hours = "always"
legal_basis = "b"
"""
    with pytest.raises(Misconfigured) as caught:
        written(source, wrong).all()

    said = caught.value.message
    for one in (
        "other: nothing reads this key", "authorities.sent: this is a word of the command", "sent.body: this is missing",
        "sent.place: 'Berlin' is no place", "There is no harm 'lfie'", "There is no harm 'cse:nothing'", "Did you mean channel?",
        "there is no channel 'pigeon'", "'monday' is no day", "'9:00' is no clock time", "'24:00' is no clock time",
        "there is no zone 'Europe/Lundon'", "hours[1].to: this is missing", "hours[1].zone: this is missing",
        "2026-12-24 has not come yet", "sent.verified_on: who verified it", "sent.legal_basis: this is missing",
        "a.place: this is missing", "a.phone: this is no number", "a.hours: these are no hours", "a.verified_on: who verified it",
        "b.address: this is no address of mail", "b.hours: this is a list of tables", "b.verified_on: this is a day",
        "c.phone: this is missing", "c.hours: this is missing", "authorities.D: a name is small letters",
        "D.address: a portal's address begins with https://",
    ):  # fmt: skip
        assert one in said, one
    assert str(source.path) in said


@pytest.mark.parametrize("text", ["[", "authorities = 3", "[authorities]\na = 3", "\x00"])
def test_what_is_no_such_file(source, text):
    with pytest.raises(Misconfigured) as caught:
        written(source, text).all()
    assert str(source.path) in caught.value.message


def test_a_taxonomy_that_cannot_be_used_hides_no_number(tmp_path, source):
    def broken():
        raise Misconfigured("it is broken")

    source = AuthorityFile(tmp_path, source._text_at, date(2026, 11, 22), broken)

    assert list(written(source, WHOLE).all()) == ["example-desk", "example-portal"]
