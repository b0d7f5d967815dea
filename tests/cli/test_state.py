"""`open`, `severity`, `mitigate`, `resolve`, `close`, `reopen`, `assign`, `list`, `show`."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(escalate):
    """INC-1, SEV2, opened quietly."""
    escalate("init")
    assert escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open").exit_code == 0
    return escalate


def kinds(escalate, ref="INC-1"):
    return [entry["kind"] for entry in escalate(f"timeline {ref} --all --json").data]


# ── open ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_incident_has_the_shape_of_the_contract(escalate):
    escalate("init")

    incident = escalate("open 'A title' --harm har --json").data

    assert set(incident) >= {
        "ref", "id", "code_name", "title", "status", "severity", "peak_severity", "harm", "opened_at", "mitigated_at",
        "resolved_at", "closed_at", "roles", "unacknowledged_pages", "next_deadline", "head",
    }  # fmt: skip
    assert (incident["ref"], incident["title"], incident["status"]) == ("INC-1", "A title", "open")
    assert (incident["severity"], incident["provisional"], incident["head"]["seq"]) == ("SEV2", True, 1)


def test_the_first_minute(escalate):
    escalate("init")

    incident = escalate(
        "open --title - --harm life,har --imminent --child --ongoing --reported-at 20:40 --source user --at '5m ago' --json",
        stdin="a threat\n",
    ).data

    assert (incident["harm"], incident["imminent"], incident["child"], incident["ongoing"]) == (
        ["life", "har"],
        True,
        True,
        True,
    )
    assert (incident["source"], incident["marking"], incident["opened_at"]) == (
        "user",
        "TLP:RED",
        "2026-11-21T20:55:00+00:00",
    )
    assert escalate("show --json").data["title"] == "[masked: 8 characters]"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("open", "nothing was given"),
        ("open ''", "The title is empty"),
        (["open", "\u3164\u200b\u2800"], "The title is empty"),
        ("open t --severity P1", "no severity 'P1'"),
        ("open t --harm lif", "Did you mean life?"),
        ("open t --source neighbour", "'neighbour'"),
        ("open t --at noonish", "No time can be read"),
        ("open t --reported-at ''", "No time can be read"),
        ("open one two", "unexpected extra argument"),
    ],
)
def test_what_cannot_be_opened(escalate, line, says):
    escalate("init")

    result = escalate(line)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert escalate("list --all --json").data == []


def test_without_a_record_the_first_step_is_named(escalate):
    result = escalate("open 'A title'")

    assert result.exit_code == 6
    assert "escalate init" in result.stderr


# ── from open to closed, and back ───────────────────────────────────────────────────────────────────────────────────


def test_the_life_of_an_incident(opened, clock):
    for line, status in (
        ("mitigate --summary 'accounts suspended'", "mitigated"),
        ("resolve --summary 'handed over'", "resolved"),
        ("close --disposition near-miss --worst SEV3 --why 'stopped in time'", "closed"),
        ("reopen INC-1 --why 'it is back'", "open"),
    ):
        clock.advance(minutes=10)
        assert opened(f"{line} --json").data["status"] == status

    incident = opened("show --json").data
    assert (incident["mitigated_at"], incident["resolved_at"], incident["closed_at"]) == (
        "2026-11-21T21:10:00+00:00",
        None,
        None,
    )
    assert incident["disposition"] is None
    assert kinds(opened) == [
        "incident.opened",
        "incident.mitigated",
        "incident.resolved",
        "incident.closed",
        "incident.reopened",
    ]


@pytest.mark.parametrize(
    "line",
    ["mitigate", "resolve", "severity SEV1 --why w", "assign lead bob", "close INC-1 --disposition incident --worst 1"],
)
def test_saying_it_twice_writes_it_once(opened, line):
    first, second = opened(line), opened(line)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "nothing new" in second.stdout
    assert len(kinds(opened)) == 2


@pytest.mark.parametrize(
    ("first", "same", "other", "says"),
    [
        (
            "close INC-1 --disposition incident --worst SEV2 --why w",
            "close INC-1 --disposition incident --worst SEV2",
            "close INC-1 --disposition near-miss --worst SEV0",
            "escalate reopen INC-1",
        ),
        (
            "mitigate --at '2h ago' --summary s",
            "mitigate --at '2h ago' --summary s",
            "mitigate --at '1h ago' --summary s",
            "escalate fact mitigated INC-1 --at",
        ),
        ("mitigate --summary s", "mitigate", "mitigate --summary other", "escalate log -i INC-1"),
        ("resolve --summary s", "resolve --summary s", "resolve --at '1h ago'", "escalate fact resolved INC-1 --at"),
    ],
)
def test_what_is_so_already_is_not_quietly_left_as_it_was(opened, first, same, other, says):
    assert opened(first).exit_code == 0

    again, refused = opened(same), opened(other)

    assert (again.exit_code, refused.exit_code) == (0, 4)
    assert "nothing new" in again.stdout
    assert says in refused.stderr
    assert len(kinds(opened)) == 2


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("close", 2, "--disposition incident|near-miss|not-an-incident|duplicate"),
        ("close --disposition incident", 2, "--worst SEV0|SEV1"),
        ("close --disposition over --worst 1", 2, "'over'"),
        ("close --disposition incident --worst 9", 2, "no severity '9'"),
        ("close --disposition duplicate --worst 4", 2, "--duplicate-of"),
        ("close --disposition incident --duplicate-of INC-2 --worst 4", 2, "only a duplicate"),
        ("close --duplicate-of INC-1 --worst 4", 4, "of itself"),
        ("close --duplicate-of INC-9 --worst 4", 3, "INC-9"),
        ("severity", 2, "LEVEL"),
        ("severity SEV1", 2, "Give --why"),
        ("severity SEV1 --why ''", 2, "The reason is empty"),
        ("severity high --why w", 2, "no severity 'high'"),
        ("assign lead", 2, "PERSON"),
        ("assign ' ' bob", 2, "A role and a person are needed"),
        ("mitigate --at 2099-01-01T00:00Z", None, "future"),
        ("mitigate INC-9", 3, "escalate list --all"),
    ],
)
def test_failures_name_the_thing_and_what_to_do(opened, line, exit_code, says):
    opened("open 'Another' --quiet-open")

    result = opened(f"{line} -i INC-1")

    assert result.exit_code == exit_code if exit_code else result.exit_code in {2, 4}
    assert says in result.stderr
    assert kinds(opened) == ["incident.opened"]


@pytest.mark.parametrize("line", ["mitigate INC-1", "resolve INC-1"])
def test_a_closed_incident_is_reopened_first(opened, line):
    opened("close INC-1 --disposition incident --worst SEV2")

    result = opened(line)

    assert result.exit_code == 4
    assert "escalate reopen INC-1" in result.stderr


def test_a_closed_incident_is_never_meant_by_itself(opened):
    opened("close INC-1 --disposition incident --worst SEV2")

    result = opened("log 'late'")

    assert result.exit_code == 3
    assert "No incident is open" in result.stderr
    assert opened("log 'late' -i INC-1").exit_code == 0


def test_duplicates_name_what_they_repeat_and_make_no_rings(opened):
    opened("open 'The same again' --quiet-open")
    closed = opened("close INC-2 --duplicate-of INC-1 --worst SEV4 --json").data

    assert (closed["disposition"], closed["duplicate_of"]) == ("duplicate", "INC-1")
    ring = opened("close INC-1 --duplicate-of INC-2 --worst SEV4")
    assert ring.exit_code == 4
    assert "INC-2 is itself a duplicate of INC-1" in ring.stderr
    assert opened("reopen INC-2 --json").data["duplicate_of"] is None


def test_an_incident_that_still_pages_is_not_closed(opened, tmp_path):
    (tmp_path / "roster.toml").write_text('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    opened(["apply", str(tmp_path / "roster.toml")])
    opened("page person:bob")

    refused = opened("close INC-1 --disposition incident --worst SEV2")

    assert refused.exit_code == 4
    assert "escalate page cancel INC-1/1" in refused.stderr
    opened("ack INC-1 --for bob")
    assert opened("close INC-1 --disposition incident --worst SEV2").exit_code in {0, 9}


def test_a_person_is_one_of_the_roster_where_there_is_one(opened, tmp_path):
    assert opened("assign lead anybody --json").data["roles"] == {"lead": "anybody"}
    (tmp_path / "roster.toml").write_text('[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\n')
    opened(["apply", str(tmp_path / "roster.toml")])

    refused = opened("assign lead anybody-else")

    assert refused.exit_code == 2
    assert "People: bob" in refused.stderr
    assert opened("assign Lead bob --json").data["roles"] == {"lead": "bob"}


def test_lists(opened):
    opened("open 'Second' --severity SEV4 --quiet-open")
    opened("close INC-1 --disposition incident --worst SEV2")

    assert [one["ref"] for one in opened("list --json").data] == ["INC-2"]
    assert [one["ref"] for one in opened("list --all --json").data] == ["INC-2", "INC-1"]
    assert [one["ref"] for one in opened("list --all --limit 1 --json").data] == ["INC-2"]
    assert "Second" in opened("list").stdout
