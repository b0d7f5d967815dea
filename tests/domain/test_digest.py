"""The small SHA-256 gives what OpenSSL's gives."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.digest import sha256


@given(st.binary(max_size=5000))
def test_it_is_the_same_digest(data):
    assert sha256(data) == hashlib.sha256(data).hexdigest()


def test_a_published_vector():
    """FIPS 180-2, appendix B.1."""
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
