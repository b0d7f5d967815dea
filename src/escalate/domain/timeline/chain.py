"""The digests that tie a timeline together. These bytes are for ever.

`digest` is the SHA-256, in hex, of lines joined by LF; `prev` is the digest of the entry before, 64 zeros for the first.
A body enters by its own salted digest, so that it can be erased, or withheld from a reader, and the chain still verifies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

DOMAIN = "escalate-entry-1"
START = "0" * 64
HASHED = (
    "incident", "seq", "id", "kind", "occurred_at", "precision", "written_at",
    "recorded_at", "origin", "actor", "labels", "body_digest", "prev",
)  # fmt: skip


def body_digest(salt: bytes, body: str) -> str:
    return sha256(salt + body.encode())


def digest(fields: Iterable[object]) -> str:
    """The digest of one entry; `fields` are the values named by `HASHED`, in that order."""
    return sha256(lines(fields).encode())


def uuid_parts(*parts: str) -> str:
    """A UUIDv5 whose name is the parts after the first joined by LF; the first is the namespace."""
    from uuid import UUID, uuid5

    return str(uuid5(UUID(parts[0]), "\n".join(parts[1:])))


def lines(fields: Iterable[object]) -> str:
    """What `digest` hashes; `fields` as there."""
    return "\n".join((DOMAIN, *map(str, fields)))


COLUMNS = ("seq", "id", "kind", "actor", "prev", "digest", "body_digest", "body", "salt", "lines")
"""What a `Walk` is told of an entry; `lines` is what its digest hashes."""


class Walk:
    """Follows one incident's rows in order of seq and names every field that does not fit.

    A body may be gone where an `entry.erased` by a second person names the entry; that stands further on, so ask `missing` last.
    """

    def __init__(self, expect: int = 0) -> None:
        self.seq = 0
        self.digest = START
        self.expected_digest: str | None = None
        self.erased: dict[str, int] = {}
        self._expect = expect
        self._permitted: set[str] = set()
        self._asked: dict[str, set[str]] = {}

    def step(self, row: Any) -> list[str]:
        """The names of the fields that do not fit what came before, or their own digests; mostly none.

        Nothing is taken for granted about a row, not even that its columns hold what they should.
        """
        wrong = []
        seq, digest_, body, salt, hashed = row["seq"], row["digest"], row["body"], row["salt"], row["lines"]
        if seq != self.seq + 1:
            wrong.append("seq")
            seq = seq if isinstance(seq, int) else self.seq + 1
        if row["prev"] != self.digest:
            wrong.append("prev")
        if body is None or salt is None:
            self.erased[row["id"]] = seq
        elif not (isinstance(body, str) and isinstance(salt, bytes)) or _sha256(salt, body) != row["body_digest"]:
            wrong.append("body")
        if not (isinstance(hashed, str) and isinstance(row["kind"], str)) or _sha256(b"", hashed) != digest_:
            wrong.append("digest")
        if row["kind"] in ERASING and isinstance(body, str):
            self._remember(row["kind"], row["actor"], body)
        self.seq, self.digest = seq, digest_
        if seq == self._expect:
            self.expected_digest = digest_
        return wrong

    def stride(self, rows: list[Any], begin: int) -> int:
        """Follow notes that fit, from `rows[begin]` on; the index of the first row that needs `step` to look closer.

        The same checks without a word for what is wrong: a million entries are mostly notes, and all in order. A row is a
        tuple of `COLUMNS`.
        """
        from hashlib import sha256 as quick  # OpenSSL's: these are thousands

        seq, digest_ = self.seq, self.digest
        index = begin
        for number, _id, kind, _actor, prev, given, said, body, salt, hashed in rows[begin:] if begin else rows:
            if (
                kind != "note.added"
                or number != seq + 1
                or number == self._expect
                or prev != digest_
                or type(body) is not str
                or type(salt) is not bytes
                or quick(salt + body.encode("utf-8", "surrogatepass")).hexdigest() != said
                or type(hashed) is not str
                or quick(hashed.encode("utf-8", "surrogatepass")).hexdigest() != given
            ):
                break
            seq, digest_ = number, given
            index += 1
        self.seq, self.digest = seq, digest_
        return index

    def _remember(self, kind: str, actor: str, body: str) -> None:
        import json

        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return
        target = said.get("entry") if isinstance(said, dict) else None
        if not isinstance(target, str):
            return
        if kind == "entry.erase_asked":
            self._asked.setdefault(target, set()).add(actor)
        elif self._asked.get(target, set()) - {actor}:
            self._permitted.add(target)

    @property
    def missing(self) -> list[int]:
        """The seqs whose body is gone although no second person's `entry.erased` names them."""
        return [seq for id_, seq in self.erased.items() if id_ not in self._permitted]


def _sha256(salt: bytes, text: str) -> str:
    return sha256(salt + text.encode("utf-8", "surrogatepass"))


ERASING = frozenset({"entry.erase_asked", "entry.erased"})
