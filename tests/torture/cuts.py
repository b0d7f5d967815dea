"""Part three: the disk as a power cut may have left it, at every moment of a run that strace wrote down."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple

from escalate.errors import Misconfigured
from torture.disk import Disk
from torture.faults import LIMIT, spread
from torture.invariants import DONE, Ran, findings
from torture.kills import Report, has
from torture.plants import program
from torture.receiver import TAKEN, Receiver
from torture.record import Facts, Place, quietly

FILES = {"record.db", "record.db-journal", "record.db-wal"}

CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,rename,sendto"

SCRIPT = (
    (("log", "mark-one", "-i", "INC-1"), "mark-one"),
    (("page", "person:alice", "-i", "INC-1"), ""),
    (("ack", "--all", "--for", "alice", "--heard", "phone", "-i", "INC-1"), ""),
    (("open", "mark-two", "--quiet-open"), "mark-two"),
    (("log", "mark-three", "-i", "INC-2"), "mark-three"),
)
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
UNFINISHED = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
TEXT = re.compile(r'[<"]((?:\\x[0-9a-f]{2})*)[>"]')

NO_RECORD = re.compile("There is no record|holds no record")

NEXT = 25
"""Of how many different images one is also asked whether the next command works: it takes longer."""


class Call(NamedTuple):
    """`texts` are the paths and bytes among its arguments, `others` what remains of them: numbers and flags."""

    name: str
    texts: list
    others: str
    result: int


def calls(log):
    """What strace wrote, each call where it ended."""
    begun = {}
    for line in log.splitlines():
        if half := UNFINISHED.match(line):
            begun[half[1]] = half[2]
            continue
        if rest := RESUMED.match(line):
            line = f"{rest[1]} {begun.pop(rest[1])}{rest[2]}"  # noqa: PLW2901
        if (match := LINE.match(line)) and match[4] not in {"-1", "?"}:
            texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(match[3])]
            yield Call(match[2], texts, TEXT.sub("", match[3]), int(match[4]))


class Film:
    """What happened on the disk and outside of it, command by command."""

    def __init__(self, folder, receiver, plant=None):
        self._folder, self._receiver, self._plant = folder, receiver, plant
        self.place = Place(folder / "home")

    def record(self, script):
        """The files before, and (kind, marker, calls) of each command."""
        self.place.make(self._receiver.url)
        quietly(self.place, "open", "A title", "--quiet-open")
        before = {path.name: path.read_bytes() for path in self.place.home.glob("record.db")}
        return before, [(words[0], marker, self._run(words)) for words, marker in script]

    def record_init(self):
        self.place.home.mkdir(mode=0o700)
        return {}, [("init", "", self._run(("init",)))]

    def _run(self, words):
        log = self._folder / "strace"
        with (self._folder / "answer").open("w") as out:
            done = subprocess.run(
                ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "200000", "-o", str(log), "-e", f"trace={CALLS}",
                 *program(self._plant), *words],
                env=self.place.environ, cwd=self.place.home, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
            )  # fmt: skip
        assert done.returncode in {0, 9}, done.stderr
        return [*calls(log.read_text())]


def moments(place, before, acts, answer, got):
    """After every call that changed the disk, or said or sent something: the disk, what had been said, and sent."""
    disk, ran, sent = Disk(before), [], []
    by_key = {one.key.encode(): one for one in got}
    for kind, marker, made in acts:
        ran.append(Ran(kind, marker, None, "", ""))
        for call in made:
            if call.name == "sendto":
                sent += [
                    one._replace(answer=TAKEN)
                    for key, one in by_key.items()
                    if key in call.texts[-1] and one not in sent
                ]
            elif call.name == "write" and call.texts[0] == os.fsencode(answer):
                ran[-1] = ran[-1]._replace(out=ran[-1].out + call.texts[1][: call.result].decode())
            elif not happened(disk, place, call):
                continue
            yield disk, tuple(ran), tuple(sent)
        ran[-1] = ran[-1]._replace(code=0)
        yield disk, tuple(ran), tuple(sent)


def happened(disk, place, call):
    """Do to the disk what the call did; whether it did anything to the files of the record."""
    home = os.fsencode(place.home)
    folder, _, name = os.fsdecode(call.texts[1 if call.name == "openat" else 0]).rpartition("/")
    if call.texts and call.texts[0] == home and call.name in {"fsync", "fdatasync"}:
        disk.sync_folder()
        return True
    if os.fsencode(folder) != home or name not in FILES:
        return False
    number = int(call.others.rpartition(", ")[2]) if call.name in {"pwrite64", "ftruncate"} else 0
    match call.name:
        case "openat" if "O_CREAT" in call.others:
            disk.make(name, anew="O_TRUNC" in call.others)
        case "pwrite64":
            disk.write(name, number, call.texts[1][: call.result])
        case "ftruncate":
            disk.truncate(name, number)
        case "unlink":
            disk.unlink(name)
        case "rename":
            disk.rename(name, os.fsdecode(call.texts[1]).rpartition("/")[2])
        case "fsync" | "fdatasync":
            disk.sync(name)
        case _:
            assert call.name == "openat", f"{call.name} of {name} is not understood"
            return False
    return True


class Machine:
    """Switched on again: what it finds on its disk. One image is looked at once, however many moments may leave it."""

    def __init__(self, folder):
        self._place = Place(folder / "after")
        self._known = {}

    def facts(self, image):
        """What is there, and what does not work; None where no record was begun yet."""
        digest = sha256(repr(sorted(image.items())).encode()).digest()
        if digest not in self._known:
            self._put(image)
            self._known[digest] = self._looked()
        return self._known[digest]

    def _looked(self):
        try:
            return self._place.facts(), self._tried()
        except Misconfigured as error:
            if NO_RECORD.search(error.message):
                return None, self._begun()
            return Facts([], [], {}, [f"unreadable: {error.message}"]), []

    @property
    def images(self):
        return len(self._known)

    def _put(self, image):
        shutil.rmtree(self._place.home, ignore_errors=True)
        self._place.home.mkdir(mode=0o700)
        for name, content in image.items():
            (self._place.home / name).write_bytes(content)

    def _tried(self):
        """Every so many images: whether the next command works."""
        if len(self._known) % NEXT:
            return []
        code, said = quietly(self._place, "open", "mark-after", "--quiet-open")
        sound, found = quietly(self._place, "verify")
        return (
            [] if code in DONE and sound == 0 else [f"the next command failed ({code}, verify {sound}): {said}{found}"]
        )

    def _begun(self):
        codes = [quietly(self._place, *words)[0] for words in (("init",), ("open", "x", "--quiet-open"), ("verify",))]
        return [] if codes == [0, 0, 0] else [f"no record can be begun: {codes}"]


def cuts(folder, *, seconds, seed=1, plant=None, wanted=None, scattered=2, init=False):
    """Images at every moment of the script, or of `init`, as many as fit into so many seconds, spread over the whole;
    until something `wanted` is found.
    """
    until, found, chance, tried = monotonic() + seconds, {}, random.Random(seed), 0
    with Receiver() as receiver, _fast() as memory:
        film = Film(folder, receiver, plant)
        before, acts = film.record_init() if init else film.record(SCRIPT)
        points = [
            (image, ran, got)
            for disk, ran, got in moments(film.place, before, acts, folder / "answer", receiver.got)
            for image in disk.images(chance, scattered=scattered)
        ]
        machine = Machine(memory)
        for image, ran, got in spread(points, seed):
            if monotonic() > until or has(found, wanted):
                break
            tried += 1
            facts, odd = machine.facts(image())
            if facts is not None:
                odd = [*odd, *findings(facts, ran, got, ended=False)]
            elif any(one.done for one in ran):
                odd = [*odd, f"lost: {ran[-1].kind} said that it was done, and there is no record"]
            found |= {f"{one} (cut during {ran[-1].kind})": None for one in odd}
    figures = {
        "calls": sum(len(made) for *_who, made in acts),
        "cuts": f"{tried} of {len(points)}",
        "images": machine.images,
    }
    return Report([*found], figures)


@contextmanager
def _fast():
    """A folder in memory, where there is one: the images are many, and nothing is lost with them."""
    with TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)
