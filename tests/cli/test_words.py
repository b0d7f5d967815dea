"""What people type in the wrong place or spell in their own way, and what is said about the words they give."""

from __future__ import annotations

import pytest

MAIL = "seen by ann@example.org"
KINDS = "this text holds what looks like: e-mail address."


@pytest.fixture
def opened(escalate):
    """INC-1, SEV2, opened quietly."""
    escalate("init")
    assert escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open").exit_code == 0
    return escalate


@pytest.fixture
def answering(opened, monkeypatch):
    """Runs a line at a terminal where the answers are typed."""

    def run(line, *answers):
        from escalate.cli.session import Session

        given = iter(answers)
        monkeypatch.setattr(Session, "interactive", property(lambda self: not self.no_input))
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda _text="": next(given))
        return opened(line)

    return run


# ── words on the command line ───────────────────────────────────────────────────────────────────────────────────────

TEXTS = [
    pytest.param(lambda t: ["log", t], id="log"),
    pytest.param(lambda t: ["fact", "detected", "--at", "20:00", "--why", t], id="fact"),
    pytest.param(lambda t: ["severity", "SEV1", "--why", t], id="severity"),
    pytest.param(lambda t: ["mitigate", "--summary", t], id="mitigate"),
    pytest.param(lambda t: ["resolve", "--summary", t], id="resolve"),
    pytest.param(lambda t: ["close", "--disposition", "incident", "--worst", "SEV2", "--why", t], id="close"),
    pytest.param(lambda t: ["correct", "2", "--why", "misheard", "--text", t], id="correct --text"),
    pytest.param(lambda t: ["correct", "2", "--text", "as it was", "--why", t], id="correct --why"),
    pytest.param(lambda t: ["withdraw", "2", "--why", t], id="withdraw"),
    pytest.param(lambda t: ["timeline", "--reveal", "--why", t], id="timeline --reveal"),
]


@pytest.mark.parametrize("line", TEXTS)
def test_identifiers_are_pointed_out_in_every_text(opened, line):
    opened("log first")

    result = opened(line(MAIL))

    assert (result.exit_code, result.stderr.count(KINDS)) == (0, 1)


@pytest.mark.parametrize("line", TEXTS)
def test_for_some_harms_words_in_argv_are_warned_about_in_every_text(escalate, line):
    escalate("init")
    escalate("open - --title - --harm life --quiet-open", stdin="a threat")
    escalate("log -", stdin="first")

    result = escalate(line("plain words"))

    assert result.exit_code == 0
    assert "words on the command line stay in the shell's history" in result.stderr


@pytest.mark.parametrize("harm", ["", "har"])
def test_otherwise_they_are_not(opened, harm):
    assert opened("mitigate --summary 'plain words'").stderr == ""


def test_reopening_says_its_reason_as_every_text_is_said(opened):
    opened("close --disposition incident --worst SEV2")

    assert KINDS in opened(["reopen", "INC-1", "--why", MAIL]).stderr


def test_a_text_may_be_piped_in(opened):
    opened("mitigate --summary -", stdin="accounts suspended\n")

    assert "accounts suspended" in opened("timeline").stdout


@pytest.mark.parametrize(
    "line", ["open", "log", "fact detected --at 20:00 --why"], ids=["open", "log", "fact"]
)  # fmt: skip
def test_an_option_that_a_hint_names_is_there(opened, line):
    hinted = opened([*line.split(), MAIL])
    assert "--label sensitive" in hinted.stderr
    marked = opened([*line.split(), MAIL, "--label", "sensitive", "-i", "1"])

    assert (marked.exit_code, marked.stderr) == (0, "")


def test_a_title_that_is_marked_is_masked(opened):
    data = opened(["open", MAIL, "--label", "sensitive", "--quiet-open", "--json"]).data

    assert data["title"] == f"[masked: {len(MAIL)} characters]"


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("open t --label Nonsense!", 2),
        ("open t --label privileged", 4),
        ("fact detected --at 20:00 --why w --label privileged", 4),
    ],
)
def test_labels_are_those_that_one_may_set(opened, line, exit_code):
    assert opened(line).exit_code == exit_code
    assert len(opened("list --all --json").data) == 1
    assert len(opened("timeline INC-1 --json").data) == 1


def test_what_is_marked_when_asked_is_masked(answering):
    answering(["mitigate", "--summary", MAIL], "y")

    assert "ann@example.org" not in answering("timeline").stdout
    assert "sensitive" in answering("timeline --json").data[-1]["labels"]


# ── what a time was taken as ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("log x --at 22:40", "happened 2026-11-20 22:40Z", id="log"),
        pytest.param("log x --at 20:40:07", "happened 2026-11-21 20:40:07Z", id="to the second"),
        pytest.param("log x --at 06:00 --zone Asia/Tokyo", "happened 2026-11-21 21:00Z", id="in a zone"),
        pytest.param("fact detected --why w --at 20:40", "happened 2026-11-21 20:40Z", id="fact"),
        pytest.param("mitigate --at 20:40", "happened 2026-11-21 20:40Z", id="mitigate"),
        pytest.param("resolve --at 20:40", "happened 2026-11-21 20:40Z", id="resolve"),
        pytest.param("open t --at 20:40", "happened 2026-11-21 20:40Z", id="open"),
        pytest.param("correct 2 --at 20:40 --why w", "happened 2026-11-21 20:40Z", id="correct"),
    ],
)
def test_what_a_time_was_taken_as_is_said(opened, line, said):
    opened("log first")

    first = opened(line).stdout.splitlines()[0]

    assert first.endswith(f" 21:00:00Z  {said}")


# ── words in the wrong place ────────────────────────────────────────────────────────────────────────────────────────


def test_what_every_command_takes_may_stand_before_it(opened):
    opened("open 'Another' --quiet-open")

    assert opened("-i 1 --json log hi").data["text"] == "hi"
    assert opened("--no-input list").exit_code == 0
    assert opened("--zone Asia/Tokyo -i 1 log x --at 06:00").stdout.endswith("happened 2026-11-21 21:00Z\n")
    assert opened("-i 1 show -i 2 --json").data["ref"] == "INC-2"


@pytest.mark.parametrize("line", ["list --database x.db", "db check --database x.db"])
def test_what_only_stands_before_a_command_says_so(opened, line):
    result = opened(line)

    assert result.exit_code == 2
    assert f"escalate --database PATH {line.partition(' --')[0]} …" in result.stderr


@pytest.mark.parametrize(
    ("line", "like"),
    [("help", "--help"), ("help log", "log --help"), ("help db backup", "db backup --help")],
)
def test_help_is_a_command(opened, line, like):
    result = opened(line)

    assert (result.exit_code, result.stdout) == (0, opened(like).stdout)


@pytest.mark.parametrize(
    ("line", "says"), [("help severty", "Did you mean severity?"), ("help log x", "no further commands")]
)
def test_help_for_what_is_not_there(opened, line, says):
    result = opened(line)

    assert result.exit_code == 2
    assert says in result.stderr


def test_a_text_without_quotes(opened):
    result = opened("log one two three")

    assert result.exit_code == 2
    assert "unexpected extra arguments (two three)" in result.stderr
    assert "goes in quotes" in result.stderr


# ── words that people spell in their own way ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line", ["severity INC-1 SEV0", "severity SEV0 INC-1", "severity inc1 0", "severity sev-0 '#1'"]
)
def test_severity_and_incident_in_either_order(opened, line):
    opened("open 'Another' --quiet-open")

    assert opened(f"{line} --why w --json").data["severity"] == "SEV0"
    assert opened("show 1 --json").data["severity"] == "SEV0"


@pytest.mark.parametrize("person", ["bob", "Bob", "person:bob", "person:BOB"])
def test_a_person_however_spelt(opened, tmp_path, person):
    (tmp_path / "roster.toml").write_text('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    opened(["apply", str(tmp_path / "roster.toml")])

    assert opened(f"assign lead {person} --json").data["roles"] == {"lead": "bob"}


@pytest.mark.parametrize("answer", ["2", "sev2", "SEV-2"])
def test_how_bad_it_was_is_answered_as_the_option_is(answering, answer):
    result = answering("close INC-1 --disposition near-miss --json", "bad", answer)

    assert "There is no severity 'bad'" in result.stderr
    assert result.data["worst"] == "SEV2"


@pytest.mark.parametrize("target", ["Bob", "person:BOB", "person:bob"])
def test_a_target_however_spelt(opened, tmp_path, target):
    (tmp_path / "roster.toml").write_text('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    opened(["apply", str(tmp_path / "roster.toml")])

    assert "person:bob" in opened(f"page {target} --json").stdout


def test_a_ping_s_words_are_looked_at_as_every_text_is(opened, tmp_path):
    (tmp_path / "roster.toml").write_text('[teams.legal]\nname = "Legal"\n')
    opened(["apply", str(tmp_path / "roster.toml")])

    assert KINDS in opened(["ping", "legal", "-m", MAIL, "--dry-run"]).stderr


def test_need_to_know_is_seen_wherever_the_incident_is(opened):
    made = opened("open 'Another' --restricted --quiet-open")

    assert "restricted: need to know" in made.stdout
    assert "restricted: need to know" in opened("show 2").stdout
    assert "open, restricted" in opened("list").stdout
    assert [one["restricted"] for one in opened("list --json").data] == [True, False]
    assert "need to know" not in opened("show 1").stdout


@pytest.mark.parametrize("line", ["open ''", "severity SEV1 --why ''", "withdraw 1 --why ''"])
def test_a_hint_leads_somewhere(opened, line):
    assert "escalate log -" not in opened(line).stderr


def test_a_zone_is_only_asked_for_where_one_is_missing(opened, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"at": "2026-11-21T20:55Z"}\n')
    (tmp_path / "b.jsonl").write_text('{"at": "2026-11-21T20:55", "text": "x"}\n')

    assert "--zone" not in opened(["import", str(tmp_path / "a.jsonl")]).stderr
    assert "--zone" in opened(["import", str(tmp_path / "b.jsonl")]).stderr
