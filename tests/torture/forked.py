"""A command in a process that is forked off with everything imported, and what came of it."""

from __future__ import annotations

import os
import signal
import sys
import time


class Child:
    def __init__(self, kind, marker, words, dies_after=None, *, dies_at_a_word=False):
        self.kind, self.marker, self.words = kind, marker, words
        self._dies_at_a_word = dies_at_a_word
        self.began = time.monotonic()
        self._dies_at = self.began + dies_after if dies_after is not None else None
        self.out, self.err = os.memfd_create("out"), os.memfd_create("err")
        self.killed = False
        self.pid = os.fork()
        if self.pid == 0:
            self._be()

    def _be(self):
        code = 70
        try:
            _die_with_parent()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(self.out, 1)
            os.dup2(self.err, 2)
            sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
            code = command(self.words)
        except BaseException:
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)

    @property
    def must_die(self):
        if self.killed:
            return False
        if self._dies_at_a_word:
            return os.fstat(self.out).st_size > 0
        return self._dies_at is not None and time.monotonic() >= self._dies_at

    def kill(self, number=signal.SIGKILL):
        """Not reaped yet, it is still ours: no other process can have its id."""
        self.killed = self.killed or number == signal.SIGKILL
        os.kill(self.pid, number)

    def ended(self, status):
        by_kill = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        result = {
            "kind": self.kind,
            "marker": self.marker,
            "code": None if by_kill else os.waitstatus_to_exitcode(status),
            "out": _all(self.out),
            "err": _all(self.err),
            "seconds": time.monotonic() - self.began,
        }
        os.close(self.out)
        os.close(self.err)
        return result


def command(words):
    from escalate.cli.main import run

    try:
        run(list(words))
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def _die_with_parent():
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def _all(number):
    found = os.pread(number, 1_000_000, 0)
    return found.decode("utf-8", "replace")
