"""Settings, and where each value came from: option, environment, `config.toml` in the home folder, default.

Secrets are never settings: they are in the keyring, or in the environment of a machine without one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value
from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONGEST = 65_536
"""Bytes of `config.toml`. A longer one is something else under its name."""

PREFIX = "ESCALATE_"


class Setting(Value):
    """`choices` is empty where any text will do."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


class Found(Value):
    """A value and its source: `option`, the variable's name, the file's path or `default`."""

    value: str
    source: str


SETTINGS = (
    Setting(
        name="database",
        default="",
        help="Where the record is kept: a path or sqlite:///PATH; postgresql://USER@HOST/DATABASE is one that a team "
        "shares. Empty: record.db in the home folder.",
    ),
    Setting(
        name="zone",
        default="local",
        help="The zone times are read and shown in, as Europe/London; local is the machine's.",
    ),
    Setting(
        name="courier",
        default="auto",
        help="auto starts a courier where something is owed and none is alive; off never does.",
        choices=("auto", "off"),
    ),
)


PARAMETERS = ("host", "hostaddr", "port", "dbname", "user", "password", "service", "sslmode")
"""By which libpq writes an address otherwise: host=… dbname=…"""


def folder(environ: Mapping[str, str]) -> str:
    """The folder that holds the record, `config.toml`, and the team's own templates and runbooks."""
    given = environ.get("ESCALATE_HOME")
    if given:
        return os.path.abspath(os.path.expanduser(given))
    shared = environ.get("XDG_DATA_HOME", "")
    # The XDG rules say that a relative path there is to be ignored.
    root = shared if shared.startswith("/") else f"{_user_home(environ)}/.local/share"
    return os.path.normpath(f"{root}/escalate")


def _user_home(environ: Mapping[str, str]) -> str:
    """HOME, else what the password database says: with a relative one the record would move with the current folder."""
    given = environ.get("HOME", "")
    if given.startswith("/"):
        return given
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        raise Misconfigured(
            "Where your files are kept is not known: HOME is no absolute path, and this machine does not know the user.",
            hint="Set ESCALATE_HOME to a folder of your own.",
        ) from None


def home(environ: Mapping[str, str]) -> Path:
    """The same as a path; short commands go without, since pathlib costs them 2.5 ms."""
    from pathlib import Path

    return Path(folder(environ))


def load(file: str | Path, environ: Mapping[str, str], given: Mapping[str, str]) -> dict[str, Found]:
    """Every setting by its name. A value that cannot be used is refused, with the place it came from."""
    in_file = _read(file)
    return {setting.name: _checked(setting, _find(setting, file, in_file, environ, given)) for setting in SETTINGS}


def _find(
    setting: Setting,
    file: str | Path,
    in_file: Mapping[str, str],
    environ: Mapping[str, str],
    given: Mapping[str, str],
) -> Found:
    if setting.name in given:
        return Found(value=given[setting.name], source="option")
    # An empty variable counts as not set: `ESCALATE_ZONE= escalate show` means "without it".
    if environ.get(setting.variable):
        return Found(value=environ[setting.variable], source=setting.variable)
    if setting.name in in_file:
        return Found(value=in_file[setting.name], source=str(file))
    return Found(value=setting.default, source="default")


def _checked(setting: Setting, found: Found) -> Found:
    if setting.choices and found.value not in setting.choices:
        raise Misconfigured(
            f"{setting.name} is {found.value!r} ({found.source}).",
            hint=f"It can be {' or '.join(setting.choices)}.",
        )
    if setting.name == "database":
        names_a_server(found.value, found.source)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in found.value):
        raise Misconfigured(
            f"{setting.name} holds a control character ({found.source}).", hint="Write it again by hand."
        )
    return found


def names_a_server(address: str, source: str = "") -> bool:
    """Whether a record is on PostgreSQL, and not in a file. Raises Misconfigured for an address of neither, which is
    repeated nowhere: there may be a password in it.
    """
    if address.startswith(("postgresql://", "postgres://")):
        return True
    scheme, colon, rest = address.partition(":")
    another = colon and (rest.startswith("//") or scheme.lower().startswith(("postgres", "sqlite")))
    if (another and not address.startswith("sqlite://")) or _parameters(address):
        raise Misconfigured(
            f"The address of the record{source and f' ({source})'} cannot be read.",
            hint="It is a path, sqlite:///PATH or postgresql://USER@HOST/DATABASE, in small letters; a path with : in it begins "
            "with ./ or /. Nothing was made.",
        )
    return False


def _parameters(address: str) -> bool:
    words = [part.rpartition(" ")[2] for part in " ".join(address.split()).replace(" =", "=").split("=")[:-1]]
    return any(word in PARAMETERS for word in words)


def _read(file: str | Path) -> dict[str, str]:
    raw = _bytes(file)
    if raw is None:
        return {}
    import tomllib

    try:
        data = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{file} is not UTF-8 text.", hint="Save it again as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{file}: {error}.", hint='A setting is written as: zone = "Europe/London"') from error
    except RecursionError as error:
        raise Misconfigured(f"{file} is nested too deeply.", hint="It holds settings, one to a line.") from error
    mistakes = [mistake for name, value in data.items() if (mistake := _mistake(name, value))]
    if mistakes:
        raise Misconfigured("\n".join(f"{file}:{mistake}" for mistake in mistakes), hint=f"Mend {file} and try again.")
    return data


def _bytes(file: str | Path) -> bytes | None:
    """What is in the file, or None where there is none. One that others may write to is refused."""
    try:
        if os.path.exists(file) and not os.path.isfile(file):
            raise Misconfigured(f"{file} is not a file.", hint="Move it away; it should be a text file.")
        with open(file, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode & 0o777
            raw = opened.read(LONGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Misconfigured(
            f"{file} cannot be read: {error.strerror}.", hint="It should be a text file that you may read."
        ) from error
    if mode & 0o022:
        raise Misconfigured(f"Others may write to {file} (mode {mode:04o}).", hint=f"chmod go-w '{file}'")
    if len(raw) > LONGEST:
        raise Misconfigured(f"{file} is longer than {LONGEST:,} bytes.", hint="It holds a few settings.")
    return raw


def _mistake(name: str, value: Any) -> str:
    names = [setting.name for setting in SETTINGS]
    if name not in names:
        from difflib import get_close_matches

        near = get_close_matches(name, names, n=1)
        meant = f"Did you mean {near[0]}?" if near else f"Settings: {', '.join(names)}."
        return f"{name}: there is no such setting. {meant}"
    if not isinstance(value, str):
        return f"{name}: it is text, in quotes."
    return ""


def public(value: str) -> str:
    """A value as it may be shown: the password in a database's address is left out."""
    start, sign, rest = value.partition("://")
    user, at, place = rest.rpartition("@")
    if sign and at and ":" in user:
        value = f"{start}://{user.partition(':')[0]}:…@{place}"
    if not sign or "password=" not in value:
        return value
    import re

    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1…", value)
