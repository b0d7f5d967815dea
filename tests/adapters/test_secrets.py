from __future__ import annotations

from types import SimpleNamespace

import pytest
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError
from keyrings.alt.file import PlaintextKeyring

from escalate.adapters.secrets import Secrets, variable
from escalate.errors import EscalateError, Misconfigured, NotFound, Usage

CANARY = "canary-3f2c1d9e8b7a"


def library(backend):
    """The keyring library as it is with `backend` in use."""
    return SimpleNamespace(
        get_keyring=lambda: backend,
        get_password=backend.get_password,
        set_password=backend.set_password,
        delete_password=backend.delete_password,
    )


class Kept(PlaintextKeyring):
    """A keyring like any other, in a file of its own."""


@pytest.fixture
def keyring(tmp_path):
    backend = Kept()
    backend.file_path = str(tmp_path / "keyring.cfg")
    return library(backend)


class Broken:
    """A backend whose desktop has gone away."""

    def __init__(self, error):
        self.error = error

    def get_password(self, *_):
        raise self.error

    set_password = delete_password = get_password


def test_a_secret_is_kept_found_and_forgotten(keyring):
    Secrets({}, keyring).set("harm-desk", f"  {CANARY}\n")

    later = Secrets({}, keyring)
    assert later.get("harm-desk") == CANARY
    assert later.source("harm-desk") == "keyring"
    later.delete("harm-desk")
    assert later.source("harm-desk") is None
    with pytest.raises(Misconfigured):
        later.get("harm-desk")


def test_the_environment_comes_first(keyring):
    Secrets({}, keyring).set("harm-desk", "from-the-keyring")
    secrets = Secrets({"ESCALATE_SECRET_HARM_DESK": f"{CANARY}\n"}, keyring)

    assert secrets.get("harm-desk") == CANARY
    assert secrets.source("harm-desk") == "environment"


def test_the_environment_needs_no_keyring():
    secrets = Secrets({"ESCALATE_SECRET_SLACK": CANARY}, library(fail.Keyring()))

    assert secrets.get("slack") == CANARY


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("slack", "ESCALATE_SECRET_SLACK"),
        ("harm-desk", "ESCALATE_SECRET_HARM_DESK"),
        ("a.b_1", "ESCALATE_SECRET_A_B_1"),
    ],
)
def test_the_variable_of_a_secret(name, expected):
    assert variable(name) == expected


@pytest.mark.parametrize("name", ["", "Slack", "../x", "a b", CANARY + "/" + CANARY, "xoxb-" + "1" * 80])
def test_what_is_no_name_is_refused_and_not_repeated(keyring, name):
    with pytest.raises(Usage) as caught:
        Secrets({}, keyring).get(name)

    assert not name or name not in caught.value.message + caught.value.hint


def test_a_missing_secret_says_how_to_give_it(keyring):
    with pytest.raises(Misconfigured) as caught:
        Secrets({}, keyring).get("slack")

    assert "escalate login slack" in caught.value.hint
    assert "ESCALATE_SECRET_SLACK" in caught.value.hint


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring(), null.Keyring(), PlaintextKeyring()],
    ids=["none", "null", "readable by anybody"],
)
def test_a_keyring_that_keeps_nothing_is_refused(backend):
    secrets = Secrets({}, library(backend))

    for ask in (lambda: secrets.get("slack"), lambda: secrets.set("slack", CANARY), secrets.backend):
        with pytest.raises(Misconfigured, match="no keyring") as caught:
            ask()
        assert "ESCALATE_SECRET_" in caught.value.hint
        assert "login" not in caught.value.hint
    assert secrets.source("slack") is None


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyringLocked(CANARY), "is locked"),
        (PasswordSetError(CANARY), "failed (PasswordSetError)"),
        (OSError(CANARY), "failed (OSError)"),
    ],
    ids=["locked", "refuses", "gone"],
)
def test_what_a_keyring_says_is_put_in_our_words(error, says):
    secrets = Secrets({}, library(Broken(error)))

    for ask in (
        lambda: secrets.get("slack"),
        lambda: secrets.set("slack", CANARY),
        lambda: secrets.delete("slack"),
    ):
        with pytest.raises(Misconfigured) as caught:
            ask()
        assert says in caught.value.message
        assert CANARY not in caught.value.message + caught.value.hint
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", ["", "  \n", "two\nlines", "\x1b[2J"])
def test_a_value_that_is_none_is_not_stored(keyring, value):
    secrets = Secrets({}, keyring)

    with pytest.raises(Usage):
        secrets.set("slack", value)
    assert secrets.source("slack") is None


def test_a_line_break_in_the_environment_is_refused(keyring):
    with pytest.raises(Misconfigured) as caught:
        Secrets({"ESCALATE_SECRET_SLACK": f"{CANARY}\nX: y"}, keyring).get("slack")

    assert CANARY not in caught.value.message + caught.value.hint


def test_forgetting_what_is_not_there_is_said(keyring):
    with pytest.raises(NotFound, match="ESCALATE_SECRET_SLACK"):
        Secrets({"ESCALATE_SECRET_SLACK": CANARY}, keyring).delete("slack")


def test_what_was_handed_out_is_known_to_the_filter(keyring):
    secrets = Secrets({"ESCALATE_SECRET_SLACK": CANARY}, keyring)
    assert secrets.seen() == frozenset()

    secrets.get("slack")
    secrets.set("mail", "another-secret")

    assert secrets.seen() == {CANARY, "another-secret"}


def test_the_backend_is_named(keyring):
    assert "Kept" in Secrets({}, keyring).backend()


def test_a_plain_file_is_used_where_it_was_chosen():
    chosen = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring"}

    assert "Plaintext" in Secrets(chosen, library(PlaintextKeyring())).backend()


def test_every_failure_is_ours(keyring):
    with pytest.raises(EscalateError):
        Secrets({}, SimpleNamespace(get_keyring=lambda: 1 / 0)).backend()


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring(), null.Keyring(), Broken(KeyringLocked())],
    ids=["none", "null", "locked"],
)
def test_one_that_is_missing_is_named_with_where_it_may_be_put(backend):
    with pytest.raises(Misconfigured) as refused:
        Secrets({}, library(backend)).get("harm-desk")

    assert "'harm-desk'" in refused.value.message
    assert "ESCALATE_SECRET_HARM_DESK is not set" in refused.value.message


def test_one_that_the_keyring_has_not_is_named_as_well(keyring):
    with pytest.raises(
        Misconfigured, match="'harm-desk': the keyring has none, and ESCALATE_SECRET_HARM_DESK is not set"
    ):
        Secrets({}, keyring).get("harm-desk")
