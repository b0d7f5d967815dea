"""A real store in a temporary folder, a clock that stands still, and the command line as a user types it."""

import gc
import os
import shlex
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

OF_TESTS = ("ESCALATE_TEST_", "ESCALATE_TORTURE_")
"""What is said to the tests themselves; all else of escalate's would be said to the program."""

for name in [name for name in os.environ if name.startswith("ESCALATE_") and not name.startswith(OF_TESTS)]:
    del os.environ[name]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.pop("NO_COLOR", None)

if sys.dont_write_bytecode:  # then it is not wanted beside the sources; making it anew costs each worker nine seconds
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")

from hypothesis import settings  # noqa: E402

# A busy machine is not a slow rule; and a landing is decided by the same examples each time. By hand they vary.
settings.register_profile("by hand", deadline=None)
settings.register_profile("landing", deadline=None, derandomize=True)
settings.load_profile("landing" if os.environ.get("CI") else "by hand")

from escalate.adapters.store.sqlite import SqliteStore  # noqa: E402
from escalate.app.incidents import Opening, open_incident  # noqa: E402
from escalate.app.ledger import Author  # noqa: E402
from escalate.files import own_folder  # noqa: E402
from escalate.wiring import Wiring  # noqa: E402

MEMORY = "/dev/shm"
ROOM = 1 << 30
"""Bytes that have to be free there; far more than the tests have at any one time."""


def pytest_configure(config):
    """Records of the inner loop are kept in memory, where there is such a place: waiting for a disk to have them is a
    third of the time, and nobody cuts the power. All tests together, before a landing, are on a disk.
    """
    if config.option.markexpr == "not slow" and _is_roomy(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


def _is_roomy(folder):
    """Whether `folder` can be written, run from and has room: in a container it is often none of these."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize > ROOM


def pytest_collection_finish():
    """The tests themselves stay to the end: looking through all of them for garbage again and again is in vain."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory):
    """The file of a record as `init` makes it: to be copied, never opened."""
    made = SqliteStore(tmp_path_factory.mktemp("empty") / "record.db", FrozenClock())
    made.create()
    made.close()
    return made.path


@pytest.fixture
def wiring(environ, clock, empty_record):
    """Everything wired up on an empty record, written to by Alice."""
    author = Author(actor="alice", person="alice", source="test", origin="desk")
    made = Wiring(environ, clock=clock, author=author)
    if not made.store.path.exists():  # a command of the test may have made it
        own_folder(str(made.store.path.parent))
        shutil.copy(empty_record, made.store.path)
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
