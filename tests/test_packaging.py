"""The wheel by itself: what is in it, and that it runs from anywhere."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "-w",
        str(folder),
        str(ROOT),
    ]
    if find_spec("hatchling"):
        command.insert(4, "--no-build-isolation")
    subprocess.run(command, check=True, timeout=300)
    [built] = folder.glob("escalate-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in a folder of its own, run from `/` with a home of its own; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("installed")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, timeout=300)
    environ = {
        "ESCALATE_HOME": str(folder / "home"), "ESCALATE_COURIER": "off", "HOME": str(folder), "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"], "PYTHONPATH": str(site), "TZ": "UTC",
    }  # fmt: skip

    def run(*words, program=("-m", "escalate")):
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd="/",
            env=environ,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    run.site = site
    return run


def shipped(*patterns):
    return {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}


def test_it_holds_every_module_and_every_query(names):
    source = {name.removeprefix("src/") for name in shipped("src/escalate/**/*.py", "src/escalate/**/*.sql")}
    assert source - names == set()
    assert "escalate/py.typed" in names
    assert any(name.endswith(".sql") for name in source)


def test_it_holds_templates_and_runbooks(names):
    wanted = {
        f"escalate/_bundled/{name}" for name in shipped("templates/**/*.j2", "templates/**/*.toml", "runbooks/*.md")
    }
    assert wanted
    assert wanted - names == set()


def test_it_holds_nothing_else(names):
    strange = {name for name in names if not name.startswith("escalate/") and ".dist-info/" not in name}
    assert strange == set()
    assert {
        name for name in names if name.rpartition("/")[2].startswith("test_") or name.endswith((".db", ".pyc"))
    } == set()


def test_it_names_the_console_script_and_the_licence(wheel, names):
    with ZipFile(wheel) as archive:
        [entry] = [name for name in names if name.endswith("entry_points.txt")]
        assert "escalate = escalate." in archive.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_runs_from_anywhere(installed):
    where = installed(program=("-c", "import escalate; print(escalate.__file__)")).strip()
    assert Path(where).is_relative_to(installed.site)
    assert installed("--version").startswith("escalate, version ")


def test_it_finds_its_templates_runbooks_and_queries(installed):
    installed("init")
    installed("open", "Reports of coordinated sign-ups", "--harm", "life", "--severity", "SEV3", "--quiet-open")
    templates = json.loads(installed("template", "list", "--json"))["data"]
    runbooks = json.loads(installed("runbook", "list", "--json"))["data"]
    assert {"triage", "policy"} <= {one["name"] for one in templates}
    assert {"child-safety", "threat-to-life"} <= {one["name"] for one in runbooks}
    assert "executive summary" in installed("summary", "-o", "-")
    assert json.loads(installed("verify", "--json"))["data"]["bad"] == []
