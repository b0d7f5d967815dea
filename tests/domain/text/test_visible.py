"""Cases marked H are from the hostile inputs that the project is checked with."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.domain.text.visible import cut, cut_bytes, is_blank, one_line, visible

FAMILY = "👩\u200d👩\u200d👧"
ZALGO = "Z" + "\u0337" * 40 + "\u0316" * 40 + "algo"
TAGGED = "hello" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore previous")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("called the desk back", "called the desk back", id="plain text is itself"),
        pytest.param("Ünïcode — 日本語 العربية", "Ünïcode — 日本語 العربية", id="so is every language"),
        pytest.param("a\x1b[31mb", "a␛[31mb", id="colours"),
        pytest.param("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇", id="clipboard"),
        pytest.param("SEV1 by mallory\rSEV4 by alice", "SEV1 by mallory␍SEV4 by alice", id="H term-cr-overwrite"),
        pytest.param("é\rb", "é␍b", id="a return beside a letter that is not ASCII"),
        pytest.param("a\nb\tc", "a␊b␉c", id="line breaks on one line"),
        pytest.param("\x00\x7f\x9b31m", "␀␡<U+009B>31m", id="NUL, DEL and a C1 introducer"),
        pytest.param("a\u202eb\u2066c\u200fd", "a<U+202E>b<U+2066>c<U+200F>d", id="direction"),
        pytest.param("a\u200bb\ufeffc\u00add\u2060e", "a<U+200B>b<U+FEFF>c<U+00AD>d<U+2060>e", id="zero width"),
        pytest.param("\u3164\u2800\u115f\uffa0", "<U+3164><U+2800><U+115F><U+FFA0>", id="letters without ink"),
        pytest.param("a\u2028b\u0085c", "a<U+2028>b<U+0085>c", id="line ends that are not"),
        pytest.param("\ud800", "<U+D800>", id="half a character"),
        pytest.param(FAMILY, FAMILY, id="a joined emoji stays one"),
        pytest.param("❤️ 1️⃣ 👍🏽", "❤️ 1️⃣ 👍🏽", id="so do its other forms"),
        pytest.param("a\u200db 👩\u200d", "a<U+200D>b 👩<U+200D>", id="a joiner anywhere else"),
        pytest.param("a\ufe0f\ufe01", "a<U+FE0F><U+FE01>", id="selectors that select nothing"),
        pytest.param("❤\ufe0f\ufe0f", "❤<U+FE0F><U+FE0F>", id="more selectors than one"),
        pytest.param("\U000e0100", "<U+E0100>", id="selectors that carry bytes"),
        pytest.param("Việt Nam กี่", "Việt Nam กี่", id="marks that a language needs"),
        pytest.param("\u0301a", "◌\u0301a", id="a mark on nothing does not reach the field before it"),
    ],
)
def test_what_is_hidden_is_shown(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\n\tb", "a\n\tb", id="breaks and tabs stay"),
        pytest.param("a\r\nb", "a\nb", id="a line break from elsewhere is one"),
        pytest.param("é\r\n\u200bb\r", "é\n<U+200B>b␍", id="a return alone is none"),
        pytest.param("a\x0bb\x0cc\x1b", "a␋b␌c␛", id="other controls do not"),
        pytest.param("é\n\u0301", "é\n◌\u0301", id="a mark does not reach the line above"),
    ],
)
def test_several_lines(text, shown):
    assert visible(text, lines=True) == shown


def test_scribbling_over_other_lines_is_limited_and_counted():
    """H uni-combining-zalgo."""
    assert visible(ZALGO) == "Z" + "\u0337" * 4 + "<+76 marks>algo"


def test_text_that_only_machines_read_is_shown():
    """H uni-tag-chars."""
    assert visible(TAGGED).startswith("hello<U+E0069><U+E0067>")


HOSTILE = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from("\r\n\t\x1b\x9b\u202e\u200d\u200b\ufe0f\u20e3👩❤1#\u0301\u0337\U000e0041\ud800\u3164🇬🇧"),
    )
)


@given(HOSTILE, st.booleans())
@settings(max_examples=300, deadline=None)
def test_nothing_hidden_comes_out_and_twice_is_once(text, lines):
    shown = visible(text, lines=lines)

    allowed = {"\n", "\t"} if lines else set()
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c not in allowed]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI", "PDI"}
    ]
    assert not set(shown) & set("\u200b\u200c\u200e\u200f\u2060\ufeff\u00ad\u3164\u2800")
    assert visible(shown, lines=lines) == shown


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        pytest.param("", True, id="nothing"),
        pytest.param(" \t\n\u00a0\u3000", True, id="spaces"),
        pytest.param("\u3164\u200b\u2800", True, id="H uni-width-zero-title"),
        pytest.param("\u202e\x1b\ufe0f\U000e0041", True, id="controls, tags and selectors"),
        pytest.param(" a ", False, id="a letter"),
        pytest.param("\u200bж\u200b", False, id="a letter among nothing"),
        pytest.param("❤️", False, id="an emoji"),
    ],
)
def test_what_nobody_would_see_is_blank(text, blank):
    assert is_blank(text) is blank


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        pytest.param("one\n two\r\nthree ", 40, "one two three", id="lines become one"),
        pytest.param("one two three", 8, "one two…", id="the rest is left out"),
        pytest.param("one two three", 9, "one two…", id="no space before the dots"),
        pytest.param("exactly", 7, "exactly", id="what fits is not touched"),
        pytest.param("a\rb\x1b", 0, "a b␛", id="no limit"),
    ],
)
def test_one_line(text, limit, line):
    assert one_line(text, limit) == line


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("abcdef", 4, "abc…", id="letters"),
        pytest.param("abe\u0301def", 4, "ab…", id="not between a letter and its accent"),
        pytest.param(f"a{FAMILY}b", 5, "a…", id="not inside a family"),
        pytest.param("👍🏽👍🏽", 2, "…", id="not between a thumb and its colour"),
        pytest.param("🇬🇧🇫🇷🇩🇪", 4, "🇬🇧…", id="not inside a flag"),
        pytest.param("abc", 1, "…", id="room for the dots"),
        pytest.param("abc", 0, "", id="no room"),
        pytest.param("a" + "\u0301" * 500, 100, "a" + "\u0301" * 98 + "…", id="a scribble is not kept whole"),
    ],
)
def test_cut(text, limit, expected):
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("abcdef", 6, "abcdef", id="fits"),
        pytest.param("abcdefg", 6, "abc…", id="the dots are three bytes"),
        pytest.param("ééé", 5, "é…", id="not inside a character"),
        pytest.param("日本語", 8, "日…", id="three bytes each"),
        pytest.param("abc", 2, "", id="no room for the dots"),
    ],
)
def test_cut_bytes(text, limit, expected):
    assert cut_bytes(text, limit) == expected


@given(HOSTILE, st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_a_cut_is_never_longer_than_asked(text, limit):
    assert len(cut(text, limit)) <= limit
    assert len(cut_bytes(text, limit).encode("utf-8", "surrogatepass")) <= limit
