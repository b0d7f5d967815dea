"""Keys of subjects for tests, and a value."""

from __future__ import annotations

from escalate.app.subjects import Secret
from escalate.domain.subjects.keys import key_id, ring

MAIL = Secret(type="email", value="canary@example.org")
KEY, NEW = bytes(range(32)), bytes(32)


class Keys:
    """Where one machine keeps its keys."""

    def __init__(self, *keys, given=None):
        self.keys = {key_id(key): key for key in keys}
        self._given = given

    def ring(self, known):
        return ring(self.keys, known)

    def given(self):
        return self._given

    def keep(self, key):
        self.keys[key_id(key)] = key
        return key_id(key)
