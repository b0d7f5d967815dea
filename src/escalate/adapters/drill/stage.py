"""Where a drill takes place: a record, a roster and receivers of its own, so that nobody real can be reached."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Self

from escalate.errors import Misconfigured, NotFound
from escalate.files import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from escalate.app.drill import Scenario

SECRETS = ("drill-slack", "drill-pager", "drill-hook", "drill-tracker")
PATIENCE = 20.0
"""Seconds the receivers have to say where they listen."""


class Stage:
    """Use it in `with`: the receivers end with it, however it ends. `arrived` gets each line of what they took."""

    def __init__(self, folder: Path, arrived: Callable[[dict[str, Any]], None]) -> None:
        self.folder = folder
        self._arrived = arrived
        self._first: Queue[dict[str, Any]] = Queue()
        self.pid = 0
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        own_folder(str(self.folder.parent))
        self.folder.mkdir(mode=0o700)
        self._program = subprocess.Popen(
            [sys.executable, "-m", "escalate.adapters.drill.receiver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            env=_program_environ(),
        )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            said = self._first.get(timeout=PATIENCE)
        except Empty:
            self.__exit__()
            raise Misconfigured(
                "The drill's receivers did not start.",
                hint="Is loopback (127.0.0.1) allowed on this machine?",
            ) from None
        self.pid, self.ports = said["pid"], {"http": said["http"], "smtp": said["smtp"]}
        return self

    def _listen(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            said = json.loads(line)
            if "pid" in said:
                self._first.put(said)
            else:
                self._arrived(said)

    def __exit__(self, *_error: object) -> None:
        if self._program.stdin is not None:
            self._program.stdin.close()
        try:
            self._program.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()

    def environ(self, real: Mapping[str, str]) -> dict[str, str]:
        """The environment the drill's own parts see: its home, its secrets, none of the real ones."""
        kept = {
            name: value
            for name, value in real.items()
            if not name.startswith("ESCALATE_") and "proxy" not in name.lower()
        }
        made = {f"ESCALATE_SECRET_{name.upper().replace('-', '_')}": secrets.token_hex(16) for name in SECRETS}
        return {**kept, **made, "ESCALATE_HOME": str(self.folder), "ESCALATE_COURIER": "off"}

    def roster(self, template: Path) -> Path:
        """The drill's roster, pointing at the receivers."""
        text = template.read_text(encoding="utf-8")
        for name, port in self.ports.items():
            text = text.replace("{" + name + "}", str(port))
        path = self.folder / "roster.toml"
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def _program_environ() -> dict[str, str]:
    """Enough to find this very escalate again, and nothing that is ours."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUNBUFFERED": "1"}


def scenarios(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml")) if path.stem != "roster"}


def scenario(folder: Path, name: str) -> Scenario:
    """The scenario called `name`. Raises NotFound, and Misconfigured for a file that cannot be read."""
    import tomllib

    from escalate.app.drill import parse

    known = scenarios(folder)
    if name not in known:
        raise NotFound(f"There is no scenario {name!r}.", hint=f"Scenarios: {', '.join(known)}.")
    try:
        data = tomllib.loads(known[name].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"{known[name]} cannot be read: {error}.", hint="Mend it, or use another scenario."
        ) from error
    return parse(name, data)
