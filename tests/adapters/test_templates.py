"""Templates: the team's own, the sandbox, and what the bundled documents look like for hostile text."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from domain.report.record import EVENING, ROSTER, full, minute, plain
from escalate.adapters.templates import Texts, local_time, utc_time
from escalate.domain.report.audience import audience
from escalate.domain.report.material import gather
from escalate.domain.report.model import values
from escalate.domain.timeline.events import AssessmentFinalised, NoteAdded
from escalate.errors import Misconfigured
from escalate.resources import bundled

HOSTILE = [
    "SEV1 declared by mallory\rSEV4 declared by alice",
    "\x1b]52;c;aGk=\x07\x1b[2Jgone",
    "hello\U000e0069\U000e0067 \u202etxt.exe",
    "<img src=x onerror=alert(1)> <svg/onload=alert(1)><script>alert(1)</script>",
    "![pixel](https://evil.example/track.png) [x](javascript:alert(1))",
    "</td></tr></table><h1>mine</h1> | a | b |\n|---|---|\n```\ncode",
    "{{ 7 * 7 }} {% for x in range(9) %}x{% endfor %}",
    "' onmouseover='alert(1)\" onfocus=\"alert(1)",
]  # fmt: skip
# From the project's sample of hostile inputs: term-cr-overwrite, uni-tag-chars, md-img-onerror, md-remote-image.


@pytest.fixture
def own(tmp_path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "reports").mkdir()
    return tmp_path


@pytest.fixture
def texts(own):
    return Texts(own, bundled("templates"))


def filled(texts, record, kind, form, reader="default", zone="Europe/Berlin"):
    found = gather(record.entries, ROSTER, audience(reader, ROSTER), plain)
    return texts.report(kind, form, values(found, kind, ZoneInfo(zone), minute(180)))


DOCUMENTS = [(kind, form) for kind in ("summary", "report") for form in ("md", "html")]


def hostile(**given):
    record = full(title=HOSTILE[3], **given)
    for at, text in enumerate(HOSTILE):
        record.add(NoteAdded(text=text, author=text[:40], tag=text[:20]), 130 + at, actor="os:<b>")
    answers = {
        "bluf": HOSTILE[3],
        "unknowns": HOSTILE,
        "decision_needed_from": HOSTILE[4],
        "recommendation": HOSTILE[5],
    }
    record.add(AssessmentFinalised(template="policy", version=1, answers=answers), 150)
    return record


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("kind", ["summary", "report"])
def test_html_shows_hostile_text_and_does_nothing_it_says(texts, kind):
    page = filled(texts, hostile(), kind, "html")
    reader = Reader()
    reader.feed(page)

    assert reader.tags.isdisjoint({"script", "img", "svg", "iframe", "object", "link", "a", "form"})
    assert [name for name, _ in reader.attributes if name.startswith("on") or name in {"src", "href"}] == []
    assert "<img src=x onerror=alert(1)>" in reader.text
    assert all(ord(letter) >= 32 or letter == "\n" for letter in page)
    assert "\u202e" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("kind", ["summary", "report"])
def test_markdown_shows_hostile_text_and_does_nothing_it_says(texts, kind):
    from markdown_it import MarkdownIt

    page = filled(texts, hostile(), kind, "md")
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in [*tokens, *inside]}

    assert kinds.isdisjoint({"html_block", "html_inline", "image", "link_open", "fence", "code_block", "code_inline"})
    assert all(ord(letter) >= 32 or letter == "\n" for letter in page)
    assert [token for token in tokens if token.type == "heading_open" and token.tag == "h1"][1:] == []


@pytest.mark.parametrize(("kind", "form"), DOCUMENTS)
def test_every_document_bears_its_marking_the_head_and_whether_it_is_a_drill(texts, kind, form):
    record = full(drill=True)

    page = filled(texts, record, kind, form)

    assert page.count("TLP:AMBER+STRICT") >= 2
    assert record.entries[-1].digest[:12] in page
    assert page.count("DRILL") >= 3
    assert "DRILL" not in filled(texts, full(), kind, form)


def test_times_are_in_utc_with_the_readers_zone_beside(texts):
    assert "21:12:00Z (22:12:00 CET)" in filled(texts, full(), "report", "md")
    assert "CET" not in filled(texts, full(), "report", "md", zone="UTC")


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_summary_fits_on_a_page_whatever_was_written(texts, form):
    long = "word " * 2000
    record = full(title=long)
    answers = {
        "bluf": long, "recommendation": long, "decision_needed_from": long, "options_considered": [long] * 30,
        "unknowns": [long] * 30, "confidence": {"level": "low", "why": long}, "exposure": long, "affected": long,
        "next_update": long,
    }  # fmt: skip
    for template in ("policy", "triage", "appeal"):
        record.add(AssessmentFinalised(template=template, version=1, answers=answers), 150)
    found = gather(record.entries, ROSTER, audience("safety", ROSTER), lambda _t, _f: True)
    page = texts.report("summary", form, values(found, "summary", ZoneInfo("UTC"), minute(180)))
    if form == "html":
        reader = Reader()
        reader.feed(page.split("<body>")[1])
        page = reader.text

    assert len(page.split()) <= 380


def test_a_usual_summary_has_at_most_350_words(texts):
    assert len(filled(texts, full(), "summary", "md").split()) <= 350


def test_without_any_judgement_the_documents_say_what_is_not_known(texts):
    record = full()
    record.entries = record.entries[:1]

    assert "Not known: no assessment" in filled(texts, record, "summary", "md")
    report = filled(texts, record, "report", "md")
    assert "Nobody has written this yet." in report
    assert "Nobody was paged." in report
    assert "No clocks are recorded." in report


@pytest.mark.parametrize(("kind", "form"), DOCUMENTS)
def test_a_sensitive_incident_shows_no_words_of_it(texts, kind, form):
    page = filled(texts, full(harm=["cse"]), kind, form)

    assert "A title with words" not in page
    assert "an ordinary line" not in page


def test_the_teams_own_template_comes_first(own, texts):
    (own / "messages" / "page.j2").write_text("ours: {{ ref }}")

    assert texts.render("page", {"ref": "INC-1"}) == "ours: INC-1"


def test_a_misspelt_value_is_named_with_file_and_line(own, texts):
    (own / "messages" / "page.j2").write_text("one\ntwo\n{{ reff }}")

    with pytest.raises(Misconfigured) as broken:
        texts.render("page", {"ref": "INC-1"})

    assert f"{own}/messages/page.j2, line 3" in broken.value.message
    assert "reff" in broken.value.message


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", id="classes"),
        pytest.param("{{ cycler.__init__.__globals__.os.popen('id').read() }}", id="globals"),
        pytest.param("{{ lipsum.__globals__['os'].system('id') }}", id="a function's globals"),
        pytest.param("{{ items.append(1) }}", id="changing what it was given"),
        pytest.param("{{ '%c' % 1 | attr('__class__') }}", id="by attr"),
        pytest.param("{% for x in range(10 ** 9) %}x{% endfor %}", id="a range without end"),
        pytest.param("{% include 'messages/../../etc/passwd' %}", id="another folder"),
        pytest.param("{% include '/etc/passwd' %}", id="another file"),
        pytest.param("{% for x in range(99999) %}{{ 'x' * 999 }}{% endfor %}", id="a text without end"),
        pytest.param("{% include 'messages/page.j2' %}", id="itself"),
        pytest.param("{{ 1 // 0 }}", id="a sum that is none"),
        pytest.param("{% if %}", id="no template at all"),
    ],
)
def test_a_hostile_or_broken_template_is_refused(own, texts, template):
    (own / "messages" / "page.j2").write_text(template)

    with pytest.raises(Misconfigured) as refused:
        texts.render("page", {"items": [], "ref": "INC-1"})

    assert refused.value.hint


def test_a_huge_template_is_refused(own, texts):
    (own / "messages" / "page.j2").write_text("x" * 300_000)

    with pytest.raises(Misconfigured, match="larger than"):
        texts.render("page", {})


def test_a_template_that_is_no_text_is_refused(own, texts):
    (own / "messages" / "page.j2").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(Misconfigured, match="cannot be read"):
        texts.render("page", {})


def test_a_missing_template_is_named(texts):
    with pytest.raises(Misconfigured, match="messages/nothing"):
        texts.render("nothing", {})


def test_nothing_hidden_comes_out_of_a_template_that_forgot_to_ask(own, texts):
    (own / "messages" / "page.j2").write_text("{{ text }}")

    assert texts.render("page", {"text": "a\x1b[31mb\nc"}) == "a␛[31mb\nc"


@pytest.mark.parametrize(
    ("zone", "precision", "utc", "local"),
    [
        ("UTC", "exact", "2026-11-21 21:00:00Z", ""),
        ("Europe/London", "exact", "2026-11-21 21:00:00Z", ""),
        ("Europe/Berlin", "minute", "2026-11-21 21:00Z", "22:00 CET"),
        ("Asia/Tokyo", "minute", "2026-11-21 21:00Z", "2026-11-22 06:00 JST"),
        ("America/Sao_Paulo", "exact", "2026-11-21 21:00:00Z", "18:00:00 UTC-0300"),
        ("Europe/Berlin", "day", "2026-11-21", ""),
    ],
)
def test_a_time_is_as_exact_as_it_is_known(zone, precision, utc, local):
    at = EVENING + timedelta(microseconds=5)

    assert utc_time(at, precision) == utc
    assert local_time(at, ZoneInfo(zone), precision) == local
