"""What a command may import. Somebody waits for each of these at three in the morning.

See it for yourself: python -X importtime -m escalate log x
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import escalate as package

SLOW = {
    "aiosmtpd", "asyncio", "cryptography", "dataclasses", "difflib", "email", "html", "http", "httpx", "jinja2", "jira",
    "keyring", "logging", "markdown_it", "psycopg", "pydantic", "requests", "rich", "slack_sdk", "smtplib", "ssl", "subprocess",
    "tempfile", "tomllib", "urllib.request", "xml", "zoneinfo",
}  # fmt: skip
"""Each costs more than what the command itself does; ssl and subprocess 2 ms, rich 15, httpx 100."""

EVERY_COMMAND = {
    "escalate",
    "escalate.cli",
    "escalate.cli.main",
    "escalate.cli.options",
    "escalate.cli.session",
    "escalate.config",
    "escalate.domain",
    "escalate.domain.digest",
    "escalate.domain.instants",
    "escalate.domain.value",
    "escalate.errors",
    "escalate.files",
    "escalate.wiring",
}

LOG = EVERY_COMMAND | {
    "escalate.adapters",
    "escalate.adapters.clock",
    "escalate.adapters.store",
    "escalate.adapters.store.discreet",  # every line that is written may be for an incident that is closed to its writer
    "escalate.adapters.store.failures",
    "escalate.adapters.store.files",
    "escalate.adapters.store.keeping",  # what of an entry is kept beside it, in the same transaction
    "escalate.adapters.store.knowing",
    "escalate.adapters.store.lock",
    "escalate.adapters.store.queries",
    "escalate.adapters.store.rows",
    "escalate.adapters.store.sqlite",
    "escalate.adapters.store.writing",
    "escalate.app",
    "escalate.app.incidents",
    "escalate.app.ledger",
    "escalate.cli.choice",
    "escalate.cli.commands",
    "escalate.cli.commands.record",
    "escalate.cli.lines",
    "escalate.cli.spoken",
    "escalate.domain.incident",
    "escalate.domain.incident.fold",
    "escalate.domain.incident.harm",
    "escalate.domain.incident.rules",
    "escalate.domain.incident.severity",
    "escalate.domain.incident.state",
    "escalate.domain.text",
    "escalate.domain.text.visible",
    "escalate.domain.timeline",
    "escalate.domain.timeline.chain",
    "escalate.domain.timeline.codec",
    "escalate.domain.timeline.entry",
    "escalate.domain.timeline.event",
    "escalate.domain.timeline.events",
    "escalate.domain.timeline.receipts",
    "escalate.domain.timeline.words",
}
"""All of ours that writing one line may import. What is added here is paid by every line that anybody writes."""

DUMP = """
import sys
from escalate.cli.main import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w", encoding="utf-8") as file:
    print(code, *sorted(sys.modules), sep="\\n", file=file)
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Runs a command in a process of its own, on a record with one open incident; returns what it had imported."""
    folder = tmp_path_factory.mktemp("startup")
    environ = {
        "ESCALATE_HOME": str(folder / "home"),
        "ESCALATE_COURIER": "off",
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(package.__file__).parents[1]),
        "TZ": "UTC",
    }

    def run(*words):
        dump = folder / "modules"
        done = subprocess.run(
            [sys.executable, "-c", DUMP, str(dump), *words], env=environ, capture_output=True, check=False, timeout=30
        )
        code, *modules = dump.read_text(encoding="utf-8").splitlines()
        assert (done.returncode, code) == (0, "0"), done.stderr.decode()
        return set(modules)

    run("init")
    run("open", "Reports of coordinated sign-ups", "--severity", "SEV2")
    return run


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--version",), id="version"),
        pytest.param(("log", "called the desk"), id="log"),
        pytest.param(("log", "called the desk", "--at", "5m ago"), id="log with a time"),
        pytest.param(("list",), id="list"),
        pytest.param(("show",), id="show"),
        pytest.param(("timeline",), id="timeline"),
        pytest.param(("prompt",), id="prompt"),
        pytest.param((), id="no command"),
    ],
)
def test_nothing_slow_is_imported(started, words):
    modules = started(*words)
    assert {name for name in SLOW if name in modules} == set(), "import it inside the function that uses it"


def test_the_version_is_printed_without_a_store(started):
    modules = started("--version")
    assert {name for name in modules if name.startswith("escalate")} - EVERY_COMMAND == set()
    assert "sqlite3" not in modules


def test_writing_a_line_imports_only_what_is_listed(started):
    ours = {name for name in started("log", "called the desk") if name.startswith("escalate")}
    assert ours - LOG == set(), "import it where it is used, or list it here and say why every line should pay for it"


def test_the_list_of_what_writing_a_line_imports_is_not_longer_than_needed(started):
    ours = {name for name in started("log", "called the desk") if name.startswith("escalate")}
    assert LOG - ours == set(), "well done; take it off the list"


def test_only_the_command_that_is_asked_for_is_imported(started):
    commands = {name for name in started("list") if name.startswith("escalate.cli.commands.")}
    assert commands == {"escalate.cli.commands.read"}
