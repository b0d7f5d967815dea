"""One value, however it is typed; and never two from one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.subjects.rules import TYPES, Unreadable, normalised

LIKE = {
    "email": st.from_regex(
        r"[A-Za-z0-9._+ß-]{1,12}(@|\[at\]|\[@\])[A-Za-zäßİ0-9-]{1,8}(\.|\[\.\])[a-z]{2,4}", fullmatch=True
    ),
    "phone": st.from_regex(r"(\+|00|tel:\+)[1-9]( ?\(0\))?[0-9 ()./-]{5,18}", fullmatch=True),
    "account": st.from_regex(r"[A-Za-z]{1,8} ?: ?@{0,3}\w{1,12}(:\w)?", fullmatch=True),
    "ip": st.ip_addresses().map(str),
    "domain": st.from_regex(r"[A-Za-zäß日İ0-9-]{1,8}([.。．]|\[\.\])[A-Za-z日]{2,5}\.?", fullmatch=True),
    "url": st.from_regex(
        r"(hxxps?|HTTP|https)(://|\[://\])(u:p@)?[A-Za-zä]{1,6}(\.|\[\.\])[a-z]{2,3}(:[0-9]{1,4})?(/[a-zA-Z%é0-9~ ]{0,9})?(\?[%a-z0-9=]{0,6})?(#x)?",
        fullmatch=True,
    ),
    "hash": st.from_regex(r"(md5: ?)?[0-9A-Fa-f]{32}", fullmatch=True),
    "payment": st.from_regex(r"0X[0-9A-F]{40}|[A-Z]{2}[0-9]{2}[ A-Z0-9-]{11,30}|[0-9 -]{12,20}", fullmatch=True),
    "device": st.from_regex(r"\{?[0-9A-Fa-f:. -]{2,20}\}?", fullmatch=True),
}


@pytest.mark.parametrize("type_", TYPES)
@given(data=st.data())
@pytest.mark.slow
def test_written_once_it_stays(type_, data):
    value = data.draw(st.one_of(LIKE.get(type_, st.text()), st.text(max_size=40)))
    try:
        once = normalised(type_, value)
    except Unreadable:
        return
    assert normalised(type_, once) == once


SAME = [
    ("email", "  Anna.Roe@Example.ORG ", "anna.roe@example.org"),
    ("email", "anna.roe[at]example[.]org", "anna.roe@example.org"),
    ("email", "ａnna@example.org", "anna@example.org"),
    ("email", "anna@bücher.example", "anna@xn--bcher-kva.example"),
    ("email", "an\u200bna@example.org", "anna@example.org"),
    ("phone", "+44 (0)20 7946-0000", "+442079460000"),
    ("phone", "0044 20 7946 0000", "+442079460000"),
    ("phone", "tel:+44.20.7946.0000", "+442079460000"),
    ("account", "Forum:@Anna", "forum:anna"),
    ("account", "forum: anna", "forum:anna"),
    ("name", " Anna   ROE ", "anna roe"),
    ("name", "STRASSE", "strasse"),
    ("name", "straße", "strasse"),
    ("ip", "192.0.2.7", "192.0.2.7"),
    ("ip", "192[.]0[.]2[.]7", "192.0.2.7"),
    ("ip", "[2001:DB8:0:0::7]", "2001:db8::7"),
    ("ip", "::ffff:192.0.2.7", "192.0.2.7"),
    ("domain", "WWW.Example.org.", "www.example.org"),
    ("domain", "BÜCHER.example", "xn--bcher-kva.example"),
    ("domain", "example[.]org", "example.org"),
    ("url", "hxxps://Example[.]org:443/%7euser?q=%c3%a9#top", "https://example.org/~user?q=%C3%A9"),
    ("url", "HTTPS://user:word@EXAMPLE.org", "https://example.org/"),
    ("url", "http://192.0.2.7:8080/A", "http://192.0.2.7:8080/A"),
    ("payment", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
    ("payment", "gb82west12345698765432", "GB82WEST12345698765432"),
    ("payment", "4000-0000 0000 0002", "4000000000000002"),
    ("payment", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
    ("device", "{00-1B-44-11-3A-B7}", "001b44113ab7"),
    ("device", "00:1b:44:11:3a:b7", "001b44113ab7"),
    ("hash", "D41D8CD98F00B204E9800998ECF8427E", "md5:d41d8cd98f00b204e9800998ecf8427e"),
    ("other", " Some  Thing ", "some thing"),
]


@pytest.mark.parametrize(("type_", "typed", "written"), SAME, ids=[f"{type_} {typed}" for type_, typed, _ in SAME])
def test_one_way_of_writing(type_, typed, written):
    assert normalised(type_, typed) == written


OTHERS = [
    ("email", "anna+1@example.org", "anna@example.org"),
    ("account", "forum:anna", "market:anna"),
    ("url", "https://example.org/A", "https://example.org/a"),
    ("url", "https://example.org/a%2Fb", "https://example.org/a/b"),
    ("payment", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1boatslrhtknngkdxeeobr76b53lettpyt"),
]


@pytest.mark.parametrize(("type_", "one", "other"), OTHERS)
def test_two_values_stay_two(type_, one, other):
    assert normalised(type_, one) != normalised(type_, other)


REFUSED = [
    ("phone", "020 7946 0000", "country code"),
    ("phone", "+44 20 7946 0000 x12", "no phone number"),
    ("email", "Anna <anna@example.org>", "no e-mail"),
    ("email", "anna.example", "no e-mail"),
    ("ip", "192.0.2.0/24", "no IP"),
    ("ip", "fe80::1%eth0", "no IP"),
    ("domain", "https://example.org", "no domain"),
    ("domain", "192.0.2.7", "no domain"),
    ("domain", "localhost", "no domain"),
    ("url", "anna.example/path", "no address"),
    ("account", "anna", "no account"),
    ("hash", "sha256:abc", "no hash"),
    ("other", "two\nlines", "control character"),
    ("other", " \u200b ", "nothing in it"),
    ("other", "x" * 2001, "longer than"),
    ("other", "\ud800", "not text"),
]


@pytest.mark.parametrize(("type_", "value", "said"), REFUSED, ids=[f"{type_} {said}" for type_, _, said in REFUSED])
def test_what_is_refused_is_not_repeated(type_, value, said):
    with pytest.raises(Unreadable, match=said) as caught:
        normalised(type_, value)
    assert value not in f"{caught.value.what} {caught.value.do}"
