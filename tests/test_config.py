"""Settings: where each value comes from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from escalate.config import SETTINGS, Found, home, load, names_a_server, public
from escalate.errors import Misconfigured


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.toml"


@pytest.fixture
def written(file):
    def write(text):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        file.chmod(0o600)
        return file

    return write


def test_without_anything_every_setting_has_its_default(file):
    found = load(file, {}, {})

    assert found == {setting.name: Found(value=setting.default, source="default") for setting in SETTINGS}


def test_an_option_goes_before_the_environment_before_the_file(written):
    file = written('zone = "Europe/Paris"\ncourier = "off"\ndatabase = "a.db"')

    found = load(file, {"ESCALATE_ZONE": "UTC", "ESCALATE_DATABASE": "b.db"}, {"database": "c.db"})

    assert found["database"] == Found(value="c.db", source="option")
    assert found["zone"] == Found(value="UTC", source="ESCALATE_ZONE")
    assert found["courier"] == Found(value="off", source=str(file))


def test_an_empty_variable_counts_as_not_set(file):
    assert load(file, {"ESCALATE_ZONE": ""}, {})["zone"].source == "default"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param('zome = "UTC"', "zome: there is no such setting. Did you mean zone?", id="misspelt"),
        pytest.param("xyz = 1", "Settings: database, zone, courier.", id="unknown"),
        pytest.param("zone = 1", "zone: it is text, in quotes.", id="not text"),
        pytest.param("[zone]", "zone: it is text, in quotes.", id="a table"),
        pytest.param("zone = UTC", "config.toml: Invalid value (at line 1", id="no TOML"),
        pytest.param('courier = "maybe"', "courier is 'maybe'", id="not one of the choices"),
        pytest.param('zone = "a\\u001b"', "zone holds a control character", id="control character"),
        pytest.param(b"zone = '\xe9'", "is not UTF-8 text.", id="Latin-1"),
        pytest.param(b"#" * 70_000, "is longer than 65,536 bytes.", id="huge"),
        pytest.param("zone = " + "[" * 5000, "config.toml", id="deep"),
    ],
)
def test_a_mistake_in_the_file_is_refused(written, text, says):
    with pytest.raises(Misconfigured) as refused:
        load(written(text), {}, {})

    assert says in refused.value.message
    assert refused.value.hint


def test_all_misspelt_settings_are_named_at_once(written):
    with pytest.raises(Misconfigured) as refused:
        load(written("zome = 1\ncourrier = 2"), {}, {})

    assert len(refused.value.message.splitlines()) == 2


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to_is_refused(written, mode):
    file = written('zone = "UTC"')
    file.chmod(mode)

    with pytest.raises(Misconfigured, match="Others may write to") as refused:
        load(file, {}, {})

    assert refused.value.hint == f"chmod go-w '{file}'"


def test_a_folder_in_its_place_is_refused(file):
    file.mkdir()

    with pytest.raises(Misconfigured, match="is not a file"):
        load(file, {}, {})


def test_a_choice_from_the_environment_is_checked_too(file):
    with pytest.raises(Misconfigured, match=r"courier is 'of' \(ESCALATE_COURIER\)"):
        load(file, {"ESCALATE_COURIER": "of"}, {})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HOME": "/home/ann"}, "/home/ann/.local/share/escalate"),
        ({"HOME": "/home/ann", "XDG_DATA_HOME": "/data"}, "/data/escalate"),
        ({"HOME": "/home/ann", "XDG_DATA_HOME": "not/absolute"}, "/home/ann/.local/share/escalate"),
        ({"HOME": "/home/ann", "XDG_DATA_HOME": "/data", "ESCALATE_HOME": "/record"}, "/record"),
        ({"HOME": "/home/ann", "ESCALATE_HOME": ""}, "/home/ann/.local/share/escalate"),
    ],
)
def test_home(environ, expected):
    assert home(environ) == Path(expected)


def test_a_relative_home_is_taken_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert home({"ESCALATE_HOME": "here"}) == tmp_path / "here"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("record.db", "record.db"),
        ("postgresql://ann@db.example.org/x", "postgresql://ann@db.example.org/x"),
        ("postgresql://ann:pass@word@db.example.org/x", "postgresql://ann:…@db.example.org/x"),
    ],
)
def test_a_password_in_an_address_is_not_shown(value, shown):
    assert public(value) == shown


@pytest.mark.parametrize("given", ["", "here", "./here", None], ids=["empty", "relative", "dotted", "none"])
def test_a_home_that_is_no_absolute_path_is_taken_from_the_password_database(given):
    import os
    import pwd

    environ = {} if given is None else {"HOME": given}

    assert str(home(environ)) == os.path.normpath(f"{pwd.getpwuid(os.getuid()).pw_dir}/.local/share/escalate")


def test_a_user_whom_the_machine_does_not_know_is_asked_for_a_folder(monkeypatch):
    def unknown(_number):
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)

    with pytest.raises(Misconfigured, match="no absolute path") as refused:
        home({"HOME": "here"})
    assert "ESCALATE_HOME" in refused.value.hint


ADDRESSES = [
    ("", False),
    ("/srv/escalate/record.db", False),
    ("record.db", False),
    ("sqlite:///srv/record.db", False),
    ("postgresql://dana@db.example.org/escalate", True),
    ("postgres:///escalate", True),
]


@pytest.mark.parametrize(("address", "on_a_server"), ADDRESSES)
def test_a_record_is_a_file_or_on_a_server(address, on_a_server):
    assert names_a_server(address) is on_a_server


@pytest.mark.parametrize(
    "address",
    [
        "POSTGRESQL://dana:correct-horse@db.example.org/escalate",
        "postgresql+psycopg://dana:correct-horse@db.example.org/escalate",
        "SQLite:///srv/correct-horse.db",
        "mysql://dana:correct-horse@db.example.org/escalate",
        "postgresql:/dana:correct-horse@db.example.org/escalate",
        "postgresql:dana:correct-horse@db.example.org/escalate",
        "host=db.example.org password=correct-horse",
        "  dbname = escalate user=dana password='correct-horse'",
    ],
)
@pytest.mark.parametrize("where", ["option", "environment", "file"])
def test_an_address_that_is_neither_is_refused_and_never_repeated(written, address, where):
    given = {"database": address} if where == "option" else {}
    environ = {"ESCALATE_DATABASE": address} if where == "environment" else {}
    file = written(f'database = "{address}"' if where == "file" else "")
    with pytest.raises(Misconfigured) as raised:
        load(file, environ, given)
    assert "correct-horse" not in f"{raised.value} {raised.value.hint}"
    assert "postgresql://USER@HOST/DATABASE" in raised.value.hint
