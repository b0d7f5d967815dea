from __future__ import annotations

import pytest

from escalate.domain.subjects import keys
from escalate.domain.subjects.handles import as_typed, handle_for, is_handle
from escalate.errors import Misconfigured

KEY, OTHER = bytes(range(32)), bytes(32)


def test_the_first_letters_or_as_many_as_it_takes():
    digest = "ff" * 32

    assert handle_for(digest, lambda _handle: False) == "S-ZZZZ"
    assert handle_for(digest, lambda handle: len(handle) < 8) == "S-ZZZZZZ"
    assert handle_for("0" * 64, lambda _handle: False) == "S-0000"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("s-7kq2", "S-7KQ2"), ("7kq", "S-7KQ"), ("S-oil", "S-011"), ("S-7KU2", None), ("a@b", None), ("", None)],
)
def test_as_people_type_it(typed, meant):
    assert as_typed(typed) == meant


def test_in_full():
    assert is_handle("S-7KQ2")
    assert not is_handle("S-7KQ")
    assert not is_handle("S-7KQU")


def test_a_key_by_its_name_and_its_digests():
    """Computed by hand: for ever."""
    import hashlib
    import hmac

    assert keys.key_id(KEY) == hmac.new(KEY, b"escalate-subject-key-1", hashlib.sha256).hexdigest()[:16]
    said = hmac.new(KEY, b"escalate-subject-1\nemail\nanna@example.org", hashlib.sha256).hexdigest()
    assert keys.digest(KEY, "email", "anna@example.org") == said
    assert keys.digest(KEY, "name", "anna@example.org") != said


@pytest.mark.parametrize("text", [KEY.hex(), KEY.hex().upper(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])
def test_a_key_is_hexadecimal_or_base64(text):
    assert keys.read_key(f" {text}\n") == KEY


@pytest.mark.parametrize("text", ["", "abc", "0" * 63, "zz" * 32, "AAEC"])
def test_no_key(text):
    with pytest.raises(ValueError, match="32 bytes"):
        keys.read_key(text)


def test_keys_are_handed_over_in_lines():
    text = f"# keys\n{keys.line(KEY)}\n\n{keys.line(OTHER)}\n"

    assert keys.read_lines(text) == {keys.key_id(KEY): KEY, keys.key_id(OTHER): OTHER}
    with pytest.raises(ValueError, match="called after"):
        keys.read_lines(keys.line(KEY).replace(keys.key_id(KEY), keys.key_id(OTHER)))
    with pytest.raises(ValueError, match="no key"):
        keys.read_lines("\n")


def test_the_newest_known_key_must_be_at_hand():
    old, new = keys.key_id(KEY), keys.key_id(OTHER)
    at_hand = {old: KEY, new: OTHER}

    both = keys.ring(at_hand, [old, new])
    assert (both.current, both.missing) == (new, ())
    assert [id_ for id_, _ in both.digests("name", "anna")] == [old, new]
    assert keys.ring({new: OTHER}, [old, new]).missing == (old,)
    with pytest.raises(Misconfigured, match="no key"):
        assert keys.ring(at_hand, []).current
    with pytest.raises(Misconfigured, match="Wrong key"):
        assert keys.ring({new: OTHER}, [old]).current
    with pytest.raises(Misconfigured, match="not on this machine. It is locked."):
        assert keys.ring({old: KEY}, [old, new], "It is locked.").current


def test_a_ring_never_shows_a_key():
    assert KEY.hex() not in repr(keys.ring({keys.key_id(KEY): KEY}, [keys.key_id(KEY)]))
    assert repr(KEY) not in repr(keys.ring({keys.key_id(KEY): KEY}, [keys.key_id(KEY)]))
