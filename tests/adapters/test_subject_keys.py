from __future__ import annotations

from types import SimpleNamespace

import pytest
from keyrings.alt.file import PlaintextKeyring

from escalate.adapters.secrets import Secrets
from escalate.adapters.subject_keys import SubjectKeys
from escalate.domain.subjects.keys import key_id
from escalate.errors import Misconfigured

OLD, NEW = bytes(range(32)), bytes(32)
IDS = [key_id(OLD), key_id(NEW)]


class Kept(PlaintextKeyring):
    """A keyring like any other, in a file of its own."""


@pytest.fixture
def keyring(tmp_path):
    backend = Kept()
    backend.file_path = str(tmp_path / "keyring.cfg")
    return SimpleNamespace(
        get_keyring=lambda: backend,
        get_password=backend.get_password,
        set_password=backend.set_password,
        delete_password=backend.delete_password,
    )


def test_a_new_key_leaves_the_earlier_one_where_it_is(keyring):
    keys = SubjectKeys(Secrets({}, keyring))
    assert [keys.keep(key) for key in (OLD, NEW)] == IDS

    found = SubjectKeys(Secrets({}, keyring)).ring(IDS)

    assert (found.keys, found.missing, found.current) == ({IDS[0]: OLD, IDS[1]: NEW}, (), IDS[1])


@pytest.mark.parametrize("name", ["ESCALATE_SECRET_SUBJECTS", f"ESCALATE_SECRET_SUBJECTS_{IDS[1].upper()}"])
def test_the_environment_will_do(keyring, name):
    keys = SubjectKeys(Secrets({name: NEW.hex()}, keyring))

    assert keys.ring(IDS[1:]).current == IDS[1]
    assert (keys.given() is not None) == (name == "ESCALATE_SECRET_SUBJECTS")


def test_what_the_record_does_not_know_is_not_used(keyring):
    found = SubjectKeys(Secrets({"ESCALATE_SECRET_SUBJECTS": NEW.hex()}, keyring)).ring(IDS[:1])

    assert (found.keys, found.stray) == ({}, (IDS[1],))


def test_what_is_no_key_is_said_without_it(keyring):
    keys = SubjectKeys(Secrets({"ESCALATE_SECRET_SUBJECTS": "canary"}, keyring))
    with pytest.raises(Misconfigured, match="is no key") as caught:
        keys.ring(IDS)
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"


def test_without_a_keyring_it_says_where_to_put_the_key():
    keys = SubjectKeys(Secrets({}))
    with pytest.raises(Misconfigured) as caught:
        keys.keep(NEW)
    assert "ESCALATE_SECRET_SUBJECTS" in caught.value.hint
    with pytest.raises(Misconfigured, match="no keyring"):
        assert keys.ring(IDS).current
