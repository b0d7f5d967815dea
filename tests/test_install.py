"""install.sh as a person meets it: in a home of its own, mostly with a Python that only pretends to build."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parents[1]
SCRIPT = CHECKOUT / "install.sh"

PRETENDER = """#!/bin/sh
# Runs as a Python, but makes environments whose pip and escalate do what FAKE_PIP and FAKE_ESCALATE say.
if [ "$1 $2 $3" = "-I -m venv" ]; then
  mkdir -p "$4/bin"
  printf '#!/bin/sh\\n[ "$3" != pip ] || exit "${FAKE_PIP:-0}"\\n' > "$4/bin/python"
  cat > "$4/bin/escalate" <<'END'
#!/bin/sh
if [ -n "$_ESCALATE_COMPLETE" ]; then echo "# _ESCALATE_COMPLETE $_ESCALATE_COMPLETE"; exit 0; fi
if [ "$1" = drill ]; then echo "the report is here"; exit "${FAKE_DRILL:-0}"; fi
echo "escalate, version pretended"
exit "${FAKE_ESCALATE:-0}"
END
  chmod 700 "$4/bin/python" "$4/bin/escalate"
  exit 0
fi
exec REAL "$@"
"""


class Home:
    """A user's home, with a space in its name."""

    def __init__(self, root: Path) -> None:
        self.path = root / "home of ann"
        self.path.mkdir()
        self.pretender = self.command("python-pretender", PRETENDER.replace("REAL", f"'{sys.executable}'"))
        self.link = self.path / ".local" / "bin" / "escalate"
        self.program = self.path / ".local" / "share" / "escalate-program"
        self.record = self.path / ".local" / "share" / "escalate"

    def command(self, name: str, text: str) -> Path:
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def install(self, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        kept = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "SHELL": "/bin/bash",
            "PYTHON": str(self.pretender),
        }
        wanted = {name: value for name, value in {**kept, **environ}.items() if value}
        return subprocess.run(
            ["/bin/sh", SCRIPT, *options],
            env=wanted,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=500,
        )

    @property
    def environments(self) -> list[str]:
        return sorted(each.name for each in self.program.iterdir() if each.is_dir() and not each.is_symlink())

    @property
    def current(self) -> str:
        return str((self.program / "current").readlink())


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_real_installation_runs_from_anywhere(home):
    index = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http"))}

    done = home.install(PYTHON=sys.executable, **index)

    assert done.returncode == 0, done.stderr
    run = subprocess.run(
        [home.link, "--version"],
        env={"HOME": str(home.path)},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert run.stdout.startswith("escalate, version ")
    assert list((home.program / "current").glob("lib/python*/site-packages/escalate/__pycache__/*.pyc"))
    assert list((home.program / "current").glob("lib/python*/site-packages/escalate/_bundled/templates"))
    data = home.path / ".local" / "share"
    assert "_ESCALATE_COMPLETE" in (data / "bash-completion" / "completions" / "escalate").read_text()
    assert "_ESCALATE_COMPLETE" in (data / "zsh" / "site-functions" / "_escalate").read_text()
    assert "_ESCALATE_COMPLETE" in (home.path / ".config" / "fish" / "completions" / "escalate.fish").read_text()


def test_nothing_it_makes_is_open_to_others(home):
    assert home.install().returncode == 0

    made = [home.program, *home.program.rglob("*"), home.link.parent]
    assert [each for each in made if not each.is_symlink() and stat.S_IMODE(each.stat().st_mode) & 0o077] == []


def test_it_says_what_to_do_about_path_and_edits_no_profile(home):
    profile = home.command(".profile", "# mine\n")

    said = home.install().stdout

    assert "is not in PATH" in said
    assert 'export PATH="$HOME/.local/bin:$PATH"' in said
    assert profile.read_text() == "# mine\n"
    assert "PATH" not in home.install(PATH=f"{home.link.parent}:{os.environ['PATH']}").stdout


def test_another_escalate_that_comes_first_is_named(home):
    home.install()
    other = home.command("escalate", "#!/bin/sh\n")

    said = home.install(PATH=f"{home.path}:{home.link.parent}:{os.environ['PATH']}").stdout

    assert f"Another escalate comes first in PATH: {other}" in said


def test_running_it_again_upgrades_and_keeps_one_version_back(home):
    home.install()
    first = home.current
    home.install()
    second = home.current
    home.install()

    assert len({first, second, home.current}) == 3
    assert home.environments == sorted([second, home.current])


def test_what_another_installer_is_building_is_left_alone(home):
    building = home.program / "0.0.1-20260101T000000Z-1"
    abandoned = home.program / "0.0.1-20260101T000000Z-2"
    for folder, process in ((building, os.getpid()), (abandoned, 2**22 + 1)):
        folder.mkdir(parents=True)
        (folder / ".building").write_text(f"{process}\n")

    home.install()

    assert home.environments == sorted([building.name, home.current])


@pytest.mark.parametrize(
    ("failing", "says"),
    [
        pytest.param({"FAKE_PIP": "1"}, "pip could not install escalate", id="pip"),
        pytest.param({"FAKE_ESCALATE": "1"}, "the new version does not run (escalate --version)", id="smoke test"),
        pytest.param({"FAKE_DRILL": "9"}, "the drill failed (exit 9)", id="drill"),
    ],
)
def test_the_old_version_stays_when_the_new_one_fails(home, failing, says):
    home.install()
    before = home.current

    done = home.install("--drill", **failing)

    assert done.returncode == 1
    assert says in done.stderr
    assert f"{before} is still in place" in done.stderr
    assert home.current == before
    assert home.environments == [before]
    assert home.link.exists()


def test_a_first_installation_that_fails_leaves_nothing(home):
    done = home.install(FAKE_PIP="1")

    assert done.returncode == 1
    assert "Nothing was installed." in done.stderr
    assert home.environments == []
    assert not home.link.is_symlink()


def test_a_drill_is_run_only_when_asked_for(home):
    assert "the report is here" not in home.install().stdout
    said = home.install("--drill").stdout
    assert "the report is here" in said
    assert said.index("the report is here") < said.index("is not in PATH")


def test_a_foreign_command_is_not_replaced(home):
    home.link.parent.mkdir(parents=True)
    home.link.write_text("mine")

    done = home.install()

    assert done.returncode == 1
    assert "is there already and is not from this installer" in done.stderr
    assert home.link.read_text() == "mine"
    assert not home.program.exists()


def test_a_foreign_completion_is_not_replaced(home):
    mine = home.path / ".config" / "fish" / "completions" / "escalate.fish"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    assert "it is left as it is" in home.install().stdout
    home.install("--uninstall")

    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("#!/bin/sh\nexit 127\n", "does not run, or is older than 3.11", id="a shim that does not run"),
        pytest.param(
            "#!/bin/sh\ncase $3 in *version_info*) exit 1 ;; esac\n",
            "does not run, or is older than 3.11",
            id="too old",
        ),
        pytest.param(
            "#!/bin/sh\ncase $3 in *print*) echo python3.11-venv ;; *ensurepip*) exit 1 ;; esac\n",
            "apt install python3.11-venv",
            id="without venv",
        ),
    ],
)
def test_a_python_that_will_not_do_is_refused(home, text, says):
    done = home.install(PYTHON=str(home.command("python-odd", text)))

    assert done.returncode == 1
    assert says in done.stderr
    assert not home.program.exists()


def test_shims_that_do_not_run_are_passed_over(home):
    shims = home.path / "shims"
    shims.mkdir()
    for name in ("python3", "python3.13", "python3.12"):
        home.command(f"shims/{name}", "#!/bin/sh\nexit 127\n")
    home.command("shims/python3.11", home.pretender.read_text())

    done = home.install(PYTHON="", PATH=f"{shims}:/usr/bin:/bin")

    assert done.returncode == 0, done.stderr


def test_uninstalling_keeps_the_record(home):
    home.install()
    home.record.mkdir()
    (home.record / "record.db").write_text("")

    done = home.install("--uninstall")

    assert done.returncode == 0
    assert f"Kept {home.record}" in done.stdout
    assert not home.link.is_symlink()
    assert not home.program.exists()
    assert not list(home.path.rglob("*escalate.fish"))
    assert (home.record / "record.db").exists()


def test_purging_removes_the_record_and_says_so(home):
    home.install()
    home.record.mkdir()
    (home.record / "record.db").write_text("")

    done = home.install("--uninstall", "--purge")

    assert done.returncode == 0
    assert f"Removed {home.record}" in done.stdout
    assert not home.record.exists()


@pytest.mark.parametrize("where", ["", "documents"])
def test_purging_refuses_a_folder_that_is_not_its_own(home, where):
    home.install()
    folder = home.path / where
    folder.mkdir(exist_ok=True)
    (folder / "letter.txt").write_text("mine")

    done = home.install("--uninstall", "--purge", ESCALATE_HOME=str(folder))

    assert done.returncode == 1
    assert "does not look like escalate's own folder" in done.stderr
    assert (folder / "letter.txt").exists()
    assert home.link.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--purge"], "--purge goes with --uninstall"), (["--prefix=/opt"], "there is no option --prefix=/opt")],
)
def test_words_it_does_not_know_are_refused(home, options, says):
    done = home.install(*options)

    assert done.returncode == 1
    assert says in done.stderr
    assert not home.program.exists()
