from __future__ import annotations

import os
import re
import time
from zlib import crc32

import pytest

DEFAULT = 30.0
"""Seconds for all parts together, what they take to begin and to end not counted."""


def pytest_addoption(parser):
    parser.addoption("--torture-seconds", type=float, help="how long to torture, for all parts together")
    parser.addoption("--torture-seed", type=int, help="where to begin, as -s showed it")


@pytest.fixture(scope="session")
def seconds(pytestconfig):
    """How long, by option or environment. From five minutes on, the self-test tries every bug in every part."""
    given = pytestconfig.getoption("--torture-seconds", default=None)
    return given or float(os.environ.get("ESCALATE_TORTURE_SECONDS") or DEFAULT)


@pytest.fixture(scope="session")
def seed(pytestconfig):
    """Where to begin. A landing is decided by the same cases each time; by hand they vary, and -s shows which."""
    option = pytestconfig.getoption("--torture-seed", default=None)
    given = option or os.environ.get("ESCALATE_TORTURE_SEED") or ("1" if os.environ.get("CI") else "")
    of_this_run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(time.time_ns())
    return int(given) if given else crc32(of_this_run.encode()) % 100_000


KNOWN: tuple[tuple[str, str], ...] = ()
"""Defects of the program that are found and not mended yet, (pattern of the finding, what it is); whoever mends one takes it out."""


@pytest.fixture
def told(seed):
    """Nothing was found that is not known. The figures are shown with -s."""

    def check(report):
        known = [one for one in report.findings if any(re.search(pattern, one) for pattern, _what in KNOWN)]
        print(report.figures, f"known: {len(known)}; seed {seed}")
        assert [one for one in report.findings if one not in known] == []

    return check
