"""Text from outside, as data in somebody else's markup: it is read as it was written and nothing in it acts.

Each of these makes the text visible first, so none needs `visible` before it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from escalate.domain.text.visible import visible

if TYPE_CHECKING:
    import re

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKDOWN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {mark: f"\\{mark}" for mark in "\\`*_[]{}|~#$^@"})
_JIRA = str.maketrans({"\\": "&#92;", "&": "&amp;"} | {mark: f"\\{mark}" for mark in "{}[]()|*_^~!#%@"})
_LOOKALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼"})
_FORMULA = tuple("=+-@\t\r＝＋－＠")


def markdown(text: str) -> str:
    """One line of CommonMark or GitHub's, for a heading, an item or a table cell; breaks become spaces."""
    return _markdown_line(visible(" ".join(text.split())))


def markdown_block(text: str) -> str:
    """Paragraphs whose lines stay lines and keep their indent. Empty lines in a row are one."""
    blocks: list[list[str]] = [[]]
    for line in visible(text, lines=True).split("\n"):
        if line.strip():
            blocks[-1].append(_indented(line.rstrip()))
        elif blocks[-1]:
            blocks.append([])
    return "\n\n".join("\\\n".join(block) for block in blocks if block)


def html(text: str) -> str:
    """For the body and for quoted attributes; line breaks stay, as `white-space: pre-wrap` shows them."""
    return visible(text, lines=True).translate(_HTML)


def slack(text: str) -> str:
    """Slack's mrkdwn, whose only escapes are for `& < >`.

    Marks that would format or call everybody become lookalikes, since a hidden character would not be seen.
    https://docs.slack.dev/messaging/formatting-message-text (senders also leave `link_names` off).
    """
    text = visible(text, lines=True).replace("`", "ˋ")
    calls, marks, quote = _slack_marks()
    text = quote.sub(r"\1›", calls.sub("＠", text))
    return marks.sub(lambda found: found[0].translate(_LOOKALIKES), text).translate(_SLACK)


def jira(text: str) -> str:
    """Jira's wiki markup: no macro, mention, image, masked link or formatting.

    A backslash escapes `-#*_+?^~|%{}[]()!@` there, nothing else, and two break the line: others are entities.
    """
    dashes, cited, start = _jira_marks()
    text = dashes.sub(r"\\\g<0>", visible(text, lines=True).translate(_JIRA))
    return start.sub(r"\1&#46;", cited.sub(lambda found: r"\?" * len(found[0]), text))


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet calculates: a formula gets an apostrophe. Quoting is the writer's."""
    text = visible(text, lines=True)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def header(text: str) -> str:
    """The value of an e-mail header: one line, whatever was in it."""
    return visible(" ".join(text.split()))


def _markdown_line(line: str) -> str:
    links, domains, start, end = _markdown_marks()
    line = line.translate(_MARKDOWN)
    line = domains.sub(r"\\.", links.sub(lambda found: found[0].replace(":", r"\:").replace("/", r"\/"), line))
    return end.sub(r"\\!", start.sub(r"\1\\", line))


def _indented(line: str) -> str:
    """Four spaces would be a code block; the indent of a log says something, so it stays, in another form."""
    bare = line.lstrip()
    return "&nbsp;" * len(line[: len(line) - len(bare)].expandtabs(4)) + _markdown_line(bare)


@cache
def _markdown_marks() -> tuple[re.Pattern[str], ...]:
    import re

    return (
        re.compile(r":?//"),  # bare addresses that readers turn into links
        re.compile(r"(?<=\w)\.(?=[^\W\d])"),  # the same without a scheme: www.example.org
        re.compile(r"^([0-9]{1,9}(?=[.)])|(?=[-+=:%]))"),  # what would begin a list, a rule, a heading's underline
        re.compile(r"!$"),  # before a link of the template's own it would be an image
    )


@cache
def _slack_marks() -> tuple[re.Pattern[str], ...]:
    import re

    return (
        re.compile(r"(?<![\w.])@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE),
        re.compile(r"(?<![^\W_])[*_~]+|[*_~]+(?![^\W_])"),  # inside a word they format nothing
        re.compile(r"^(\s*)>", re.MULTILINE),
    )


@cache
def _jira_marks() -> tuple[re.Pattern[str], ...]:
    import re

    return (
        re.compile(r"(?<!\w)[-+]|[-+](?!\w)"),  # dates and compound words stay as they are
        re.compile(r"\?{2,}"),
        re.compile(r"^(\s*(?:h[1-6]|bq))\.", re.MULTILINE),
    )
