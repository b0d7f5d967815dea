"""What a disk may hold after a power cut: what was synced for certain, and of the rest anything.

A name is made, moved or taken away for certain only once its folder was synced. A write that was not synced may be
there, or not, or some of its sectors; so may the new length of a file. Names change in their order.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

SECTOR = 512


class File:
    def __init__(self, content=b""):
        self.synced = content
        self.since: list[tuple[int, bytes] | int] = []

    def sync(self):
        self.synced, self.since = patched(self.synced, self.since), []


def patched(content, changes):
    """After writes, (offset, bytes), and truncations, a length."""
    found = bytearray(content)
    for change in changes:
        if isinstance(change, int):
            del found[change:]
            found.extend(bytes(change - len(found)))
            continue
        offset, data = change
        found.extend(bytes(max(0, offset - len(found))))
        found[offset : offset + len(data)] = data
    return bytes(found)


def sectors(change):
    """A write as the writes of its sectors."""
    if isinstance(change, int):
        return [change]
    offset, data = change
    edges = [0, *range(SECTOR - offset % SECTOR, len(data), SECTOR), len(data)]
    return [(offset + start, data[start:end]) for start, end in pairwise(edges)]


class Disk:
    """Some files of one folder."""

    def __init__(self, files):
        self._names = {name: File(content) for name, content in files.items()}
        self._synced = dict(self._names)
        self._since: list[tuple[str, File | None]] = []

    def make(self, name, *, anew=False):
        if name not in self._names:
            self._set(name, File())
        elif anew:
            self._names[name].since.append(0)

    def write(self, name, offset, data):
        self._names[name].since.append((offset, data))

    def size(self, name):
        return len(patched(self._names[name].synced, self._names[name].since))

    def truncate(self, name, length):
        self._names[name].since.append(length)

    def unlink(self, name):
        self._set(name, None)

    def rename(self, old, new):
        self._set(new, self._names[old])
        self._set(old, None)

    def sync(self, name):
        self._names[name].sync()

    def sync_folder(self):
        self._synced, self._since = dict(self._names), []

    def _set(self, name, file):
        self._since.append((name, file))
        self._names = _renamed(self._names, [(name, file)])

    def images(self, random, *, scattered):
        """Nothing of what was not synced; all of it; names without contents, contents without names; the last write torn;
        and so many images with sectors and names as they fell. Each is made when it is called.
        """
        last = len(self._since)
        yield self._image(0, _nothing)
        yield self._image(last, _everything)
        yield self._image(last, _nothing)
        yield self._image(0, _everything)
        yield self._image(last, partial(_torn, random))
        for _ in range(scattered):
            yield self._image(random.randint(0, last), partial(_some, random, random.choice([0.1, 0.5, 0.9])))

    def _image(self, names, chosen):
        files = _renamed(self._synced, self._since[:names])
        frozen = {name: (file.synced, tuple(file.since)) for name, file in files.items()}
        return lambda: {name: patched(content, chosen(since)) for name, (content, since) in frozen.items()}


def _renamed(names, changes):
    found = dict(names)
    for name, file in changes:
        if file is None:
            found.pop(name, None)
        else:
            found[name] = file
    return found


def _nothing(_changes):
    return []


def _everything(changes):
    return changes


def _torn(random, changes):
    if not changes:
        return []
    pieces = sectors(changes[-1])
    return [*changes[:-1], *pieces[: random.randrange(len(pieces))]]


def _some(random, share, changes):
    return [piece for change in changes for piece in sectors(change) if random.random() < share]
