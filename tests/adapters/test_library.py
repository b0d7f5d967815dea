from __future__ import annotations

import re

import pytest
from click.shell_completion import split_arg_string

from escalate.adapters.library import Library
from escalate.domain.assessment.answers import missing
from escalate.errors import Misconfigured, NotFound, Refused, Usage
from escalate.resources import bundled

BUNDLED = bundled("templates").parent
TEMPLATE = 'title = "{}"\nversion = 1\n[fields.a]\ntype = "text"\n'
RUNBOOK = '+++\ntitle = "{}"\nversion = 1\nsummary = "s"\n+++\n- [ ] do it\n'


@pytest.fixture
def own(tmp_path):
    (tmp_path / "templates" / "assessments").mkdir(parents=True)
    (tmp_path / "runbooks").mkdir()
    return tmp_path


def library(own) -> Library:
    return Library(own=own, bundled=BUNDLED)


def test_what_comes_with_escalate_is_found_and_has_no_mistake(tmp_path):
    found = library(tmp_path / "nothing here")

    assert {"triage", "policy"} <= set(found.templates())
    assert {"child-safety", "threat-to-life"} <= set(found.runbooks())
    for name in found.templates():
        template = found.template(name)
        assert all(field.help or field.forbidden for field in template.fields), name
        assert all(column.help for field in template.fields for column in field.columns), name
    for name in found.runbooks():
        assert found.runbook(name).steps


def test_a_triage_demands_little(own):
    needed = missing(library(own).template("triage"), {})

    assert needed == [
        "reporter_class",
        "one_line",
        "harm_primary",
        "imminent",
        "child_involved",
        "ongoing",
        "content_viewed_by",
        "outcome",
        "bluf",
        "confidence",
    ]


def test_the_bundled_runbooks_name_commands_that_exist(own):
    from escalate.cli.main import COMMANDS

    found = library(own)
    for name in found.runbooks():
        for command in re.findall(r"`escalate ([^`]+)`", found.runbook(name).body):
            assert split_arg_string(command)[0] in COMMANDS, command


def test_the_teams_own_comes_first(own):
    (own / "templates" / "assessments" / "triage.toml").write_text(TEMPLATE.format("Ours"))
    (own / "runbooks" / "zebra.md").write_text(RUNBOOK.format("Zebra"))
    found = library(own)

    assert found.template("triage").title == "Ours"
    assert [name for name, (_, origin) in found.templates().items() if origin == "own"] == ["triage"]
    assert next(iter(found.runbooks())) == "zebra"


def test_an_own_template_may_include_the_bundled_header_or_its_own(own):
    folder = own / "templates" / "assessments"
    (folder / "ours.toml").write_text('include = ["header"]\n' + TEMPLATE.format("Ours"))

    assert library(own).template("ours").field("bluf") is not None

    (folder / "_header.toml").write_text('[fields.only]\ntype = "text"\n')

    assert [field.name for field in library(own).template("ours").fields] == ["a", "only"]
    assert "_header" not in library(own).templates()


@pytest.mark.parametrize("name", ["../triage", "/etc/passwd", "a/b", "..", "", "triage.toml", "_header", "a\x00b"])
def test_a_name_is_never_a_path(own, name):
    with pytest.raises(NotFound):
        library(own).template(name)
    with pytest.raises(NotFound):
        library(own).runbook(name)


def test_an_include_is_never_a_path(own):
    (own / "secret.toml").write_text('[fields.x]\ntype = "text"\n')
    (own / "templates" / "assessments" / "ours.toml").write_text(
        'include = ["../../secret"]\n' + TEMPLATE.format("Ours")
    )

    with pytest.raises(Misconfigured, match="include"):
        library(own).template("ours")


def test_a_misspelt_name_is_answered_with_the_nearest(own):
    with pytest.raises(NotFound) as refused:
        library(own).template("triag")

    assert "Did you mean triage?" in refused.value.hint


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"title = ", "is not TOML"),
        (b"a = 1\na = 2", "is not TOML"),
        (b"\xff\xfea", "is not UTF-8"),
        (b"#" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (b"a = " + b"[" * 5000, "is not TOML"),
    ],
)
def test_an_unreadable_file_says_which_and_why(own, content, says):
    path = own / "templates" / "assessments" / "ours.toml"
    path.write_bytes(content)

    with pytest.raises(Misconfigured, match=says) as refused:
        library(own).template("ours")

    assert str(path) in refused.value.message


def test_a_file_that_is_not_there_is_said_so(own):
    with pytest.raises(NotFound, match="There is no file"):
        library(own).template_at(own / "nothing.toml")


def test_what_a_new_template_begins_with_is_a_template(own, tmp_path):
    path, text = library(own).begun("house-rules", None)
    path.write_text(text)

    assert path == own / "templates" / "assessments" / "house-rules.toml"
    assert library(own).template("house-rules").field("attachments").forbidden


def test_the_folder_for_it_is_made_for_its_owner_alone(tmp_path):
    home = tmp_path / "deep" / "home"
    path, _ = library(home).begun("a", "policy")

    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent, home)] == [0o700] * 3


@pytest.mark.parametrize("name", ["", "../a", "_new", "A", "a b", "a.toml", "x" * 65])
def test_a_new_name_is_a_name(own, name):
    with pytest.raises(Usage):
        library(own).begun(name, None)


def test_a_new_template_takes_nobodys_place(own):
    (own / "templates" / "assessments" / "mine.toml").write_text("edited")
    for name, like in (("mine", None), ("mine", "mine"), ("triage", None), ("triage", "policy")):
        with pytest.raises(Refused):
            library(own).begun(name, like)
    with pytest.raises(NotFound):
        library(own).begun("other", "nothing")
    assert library(own).begun("triage", "triage")[1].startswith('title = "Triage"')


@pytest.mark.parametrize(
    ("template", "field", "plain"),
    [
        ("triage", "bluf", True),
        ("triage", "harm_primary", True),
        ("triage", "one_line", False),
        ("policy", "facts", False),
        ("triage", "nothing", False),
        ("nothing", "bluf", False),
    ],
)
def test_plain_fields_are_those_written_for_readers_outside(own, template, field, plain):
    assert library(own).plain_field(template, field) is plain
