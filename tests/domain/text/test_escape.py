"""Cases marked H are from the hostile inputs that the project is checked with."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from escalate.domain.text.escape import csv_cell, header, html, jira, markdown, markdown_block, slack
from escalate.domain.text.visible import visible

pytestmark = pytest.mark.slow

READERS = [
    MarkdownIt("commonmark"),
    MarkdownIt("js-default", {"html": True}),  # tables and strike-through too
]
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"\\`*_{}[]()<>#+-.!|~=&@:$^%\"'/ \n\t1a",
                *(
                    "    ",
                    "```",
                    "~~~",
                    "---",
                    "===",
                    "1. ",
                    "- ",
                    "> ",
                    "![",
                    "](",
                    "<b>",
                    "</b>",
                    "<!--",
                    "&amp;",
                ),
                *("&#35;", "https://", "www.", "\r\n", "\n\n", "| - |", "<!channel>", "{code}", "[~", "h1. "),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=25,
).map("".join)


def reads(reader, source):
    """The text that a reader of `source` sees, and the kinds of things in it."""
    kinds, text = set(), []
    for token in reader.parse(source):
        kinds.add(token.type)
        for child in token.children or []:
            kinds.add(child.type)
            text.append("\n" if child.type == "hardbreak" else child.content)
        if token.type == "paragraph_close":
            text.append("\n\n")
    return "".join(text).removesuffix("\n\n"), kinds


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param("called back at 21:07, INC-12 (v1.2)", "called back at 21:07, INC-12 (v1.2)", id="plain text"),
        pytest.param("2026-11-21 10:00", "2026-11-21 10:00", id="a date stays legible"),
        pytest.param("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;", id="H md-img-onerror"),
        pytest.param(
            "![pixel](https://evil.example/track.png?i=INC-1)",
            r"!\[pixel\](https\:\/\/evil\.example/track\.png?i=INC-1)",
            id="H md-remote-image",
        ),
        pytest.param("a|b", r"a\|b", id="a cell stays a cell"),
        pytest.param("1. no list\n# no heading", r"1\. no list \# no heading", id="one line of two"),
        pytest.param("look!", r"look\!", id="no image of the link that follows"),
        pytest.param("a\u202eb\x1b", "a&lt;U+202E&gt;b␛", id="hidden characters"),
    ],
)
def test_markdown(text, escaped):
    assert markdown(text) == escaped


def test_markdown_keeps_lines_indents_and_paragraphs():
    text = "first\r\n    indented\n\n\n- not a list\n"

    assert markdown_block(text) == "first\\\n&nbsp;&nbsp;&nbsp;&nbsp;indented\n\n\\- not a list"


@given(MARKUP)
@settings(max_examples=120, deadline=None)
@pytest.mark.parametrize("reader", READERS, ids=["commonmark", "github"])
def test_a_line_of_markdown_reads_as_it_was_written(reader, text):
    seen, kinds = reads(reader, markdown(text))

    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text"}
    assert seen == visible(" ".join(text.split()))


@given(MARKUP)
@settings(max_examples=120, deadline=None)
@pytest.mark.parametrize("reader", READERS, ids=["commonmark", "github"])
def test_a_block_of_markdown_reads_as_it_was_written(reader, text):
    seen, kinds = reads(reader, markdown_block(text))

    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "hardbreak"}
    lines = [line.strip() for line in visible(text, lines=True).split("\n")]
    assert [line.strip() for line in seen.split("\n") if line] == [line for line in lines if line]


@given(st.tuples(MARKUP, MARKUP))
@settings(max_examples=120, deadline=None)
def test_two_cells_stay_two_cells(cells):
    first, second = (markdown(f"x{cell}x") for cell in cells)

    tokens = READERS[1].parse(f"| a | b |\n| --- | --- |\n| {first} | {second} |\n")

    seen = ["".join(part.content for part in token.children) for token in tokens if token.type == "inline"]
    assert seen == ["a", "b", *(visible(" ".join(f"x{cell}x".split())) for cell in cells)]


@given(MARKUP)
@settings(max_examples=120, deadline=None)
def test_html_reads_as_it_was_written(text):
    class Reader(HTMLParser):
        seen = ""

        def handle_starttag(self, tag, attrs):
            assert tag == "p"
            self.title = dict(attrs)["title"]

        def handle_data(self, data):
            self.seen += data

    reader = Reader(convert_charrefs=True)
    reader.feed(f"<p title=\"{html(text)}\" lang='{html(text)}'>{html(text)}</p>")
    reader.close()

    assert reader.seen == reader.title == visible(text, lines=True)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param(
            "<https://evil.example|https://status.example.org>",
            "&lt;https://evil.example|https://status.example.org&gt;",
            id="H slack-masked-link",
        ),
        pytest.param("<!channel> <@U012AB3CD>", "&lt;!channel&gt; &lt;@U012AB3CD&gt;", id="calls"),
        pytest.param("&lt;!here&gt;", "&amp;lt;!here&amp;gt;", id="calls escaped already"),
        pytest.param("@here @Channel, @everyone", "＠here ＠Channel, ＠everyone", id="calls in words"),
        pytest.param("ops@here.example.org @hereby", "ops@here.example.org @hereby", id="what only looks like a call"),
        pytest.param("*b* _i_ ~s~ `c` ```d```", "∗b∗ ＿i＿ ∼s∼ ˋcˋ ˋˋˋdˋˋˋ", id="formatting"),
        pytest.param("user_id 2*3*4", "user_id 2*3*4", id="what formats nothing"),
        pytest.param("said:\n> all clear", "said:\n› all clear", id="quotes"),
        pytest.param("a\u200bb", "a&lt;U+200B&gt;b", id="hidden characters"),
    ],
)
def test_slack(text, escaped):
    assert slack(text) == escaped


@given(MARKUP)
@settings(max_examples=120, deadline=None)
def test_nothing_acts_in_slack(text):
    escaped = slack(text)

    assert not set(escaped) & set("<>`")
    assert not re.search(r"&(?!amp;|lt;|gt;)", escaped)
    assert not re.search(r"(?<![^\W_])[*_~]", escaped)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param("{code}x{code} {panel}", r"\{code\}x\{code\} \{panel\}", id="H jira-macro-code"),
        pytest.param("[~accountid:5b10] [~admin]", r"\[\~accountid:5b10\] \[\~admin\]", id="H jira-mention"),
        pytest.param("!https://evil.example/x.png!", r"\!https://evil.example/x.png\!", id="images"),
        pytest.param("*b* _i_ -d- +u+ ??c?? ^s^", r"\*b\* \_i\_ \-d\- \+u\+ \?\?c\?\? \^s\^", id="formatting"),
        pytest.param("2026-11-21 well-known, why?", "2026-11-21 well-known, why?", id="what formats nothing"),
        pytest.param("h1. x\nbq. y\n# z\n----", "h1&#46; x\nbq&#46; y\n\\# z\n\\-\\-\\-\\-", id="blocks"),
        pytest.param("||a|b", r"\|\|a\|b", id="tables"),
        pytest.param("C:\\x \\{code}", r"C:&#92;x &#92;\{code\}", id="a backslash escapes nothing"),
        pytest.param("&#123;", r"&amp;\#123;", id="entities"),
        pytest.param("a\u202eb", "a<U+202E>b", id="hidden characters"),
    ],
)
def test_jira(text, escaped):
    assert jira(text) == escaped


@given(MARKUP)
@settings(max_examples=120, deadline=None)
def test_nothing_acts_in_jira(text):
    assert not re.search(r"(?<!\\)[{}\[\]!|*_^~#]", jira(text).replace("&#92;", "").replace("&#46;", ""))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="a formula"),
        pytest.param("-3", "'-3", id="minus"),
        pytest.param("+44", "'+44", id="plus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="a tab before it"),
        pytest.param(" \n=1", "' \n=1", id="white space before it"),
        pytest.param("＝1", "'＝1", id="a wide one"),
        pytest.param("\r=1", "␍=1", id="a return is shown"),
        pytest.param('a "quoted", value\nwith newline', 'a "quoted", value\nwith newline', id="H csv-quotes-newlines"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_csv_cell(text, cell):
    assert csv_cell(text) == cell


@given(st.text())
@settings(max_examples=120, deadline=None)
def test_a_header_stays_one_header(text):
    message = EmailMessage()

    message["Subject"] = header(f"a{text}\r\nBcc: x@example.org")

    assert len(message.items()) == 1
