"""A real store in a temporary folder, a clock that stands still, and the command line as a user types it."""

import os
import shlex
from datetime import UTC, datetime, timedelta

import pytest

OF_TESTS = ("ESCALATE_TEST_", "ESCALATE_TORTURE_")
"""What is said to the tests themselves; all else of escalate's would be said to the program."""

for name in [name for name in os.environ if name.startswith("ESCALATE_") and not name.startswith(OF_TESTS)]:
    del os.environ[name]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.pop("NO_COLOR", None)

from hypothesis import settings  # noqa: E402

# A busy machine is not a slow rule; and a landing is decided by the same examples each time. By hand they vary.
settings.register_profile("by hand", deadline=None)
settings.register_profile("landing", deadline=None, derandomize=True)
settings.load_profile("landing" if os.environ.get("CI") else "by hand")

from escalate.app.incidents import Opening, open_incident  # noqa: E402
from escalate.app.ledger import Author  # noqa: E402
from escalate.wiring import Wiring  # noqa: E402


class FrozenClock:
    def __init__(self, at="2026-11-21T21:00:00+00:00"):
        self._at = datetime.fromisoformat(at).astimezone(UTC)

    def now(self):
        return self._at

    def real(self, seconds):
        return 0.0

    def advance(self, **by):
        self._at += timedelta(**by)


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "esc"


@pytest.fixture
def environ(home, tmp_path):
    return {
        "ESCALATE_HOME": str(home),
        "HOME": str(tmp_path),
        "ESCALATE_COURIER": "off",
        "TZ": "UTC",
        "PATH": os.environ["PATH"],
    }


@pytest.fixture
def wiring(environ, clock):
    """Everything wired up on an empty record, written to by Alice."""
    author = Author(actor="alice", person="alice", source="test", origin="desk")
    made = Wiring(environ, clock=clock, author=author)
    made.store.create()
    yield made
    made.store.close()


@pytest.fixture
def store(wiring):
    return wiring.store


@pytest.fixture
def ledger(wiring):
    return wiring.ledger


@pytest.fixture
def incident(ledger):
    """The id of an open incident, INC-1."""
    return open_incident(ledger, Opening(title="Reports of coordinated sign-ups", severity="SEV2")).incident.id


@pytest.fixture
def apply_roster(ledger):
    """Puts a roster of TOML text in force."""

    def put(text, tmp="roster.toml"):
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from escalate.adapters.roster_file import read
        from escalate.app.roster import apply

        with TemporaryDirectory() as folder:
            path = Path(folder) / tmp
            path.write_text(text, encoding="utf-8")
            return apply(ledger, read([path]))

    return put


class Result:
    def __init__(self, exit_code, stdout, stderr):
        self.exit_code, self.stdout, self.stderr = exit_code, stdout, stderr

    @property
    def data(self):
        import json

        return json.loads(self.stdout)["data"]


@pytest.fixture
def escalate(environ, clock, capfd, monkeypatch):
    """Runs one command line in this process: `escalate("log 'text' --json")`."""
    import io
    import sys

    from escalate.cli.main import main

    def run(line, *, stdin="", wired=None):
        words = shlex.split(line) if isinstance(line, str) else list(line)
        monkeypatch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin if isinstance(stdin, bytes) else stdin.encode()))
        )
        capfd.readouterr()
        wiring = wired or Wiring(environ, clock=clock)
        try:
            code = main(words, wiring)
        finally:
            if "store" in wiring.__dict__:
                wiring.store.close()
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return run


def pytest_addoption(parser):
    parser.addoption("--golden-update", action="store_true", help="write the golden files again from what runs now")
