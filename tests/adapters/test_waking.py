"""The bell of a courier."""

from __future__ import annotations

import socket
import threading
import time
from datetime import timedelta

import pytest

from escalate.adapters.waking import Bell, wake
from escalate.domain.instants import to_text


@pytest.fixture
def bell(tmp_path):
    made = Bell(str(tmp_path))
    yield made
    made.close()


def register(store, clock, address, *, ago=0):
    at = to_text(clock.now() - timedelta(seconds=ago))
    with store.writing() as tx:
        tx.beat({"id": f"c-{address[:20]}", "host": "h", "pid": 1, "socket": address, "started_at": at, "beat_at": at})


def test_nobody_rings(bell):
    began = time.monotonic()

    assert bell.wait(0.05) is False
    assert time.monotonic() - began >= 0.04


def test_a_ring_ends_the_wait_at_once(bell):
    threading.Timer(0.05, bell.ring).start()
    began = time.monotonic()

    assert bell.wait(5) is True
    assert time.monotonic() - began < 1


def test_a_ring_before_the_wait_is_not_lost_and_several_count_once(bell):
    for _ in range(5):
        bell.ring()

    assert bell.wait(5) is True
    assert bell.wait(0.01) is False


def test_waking_rings_those_alive(bell, store, clock):
    register(store, clock, bell.address)

    wake(store)

    assert bell.wait(1) is True


def test_the_dead_are_left_alone(bell, store, clock):
    register(store, clock, bell.address, ago=61)

    wake(store)

    assert bell.wait(0.01) is False


@pytest.mark.parametrize("address", ["", "zz", "00ff", "/nowhere/at/all.sock", "00" * 300])
def test_waking_never_fails(bell, store, clock, address):
    register(store, clock, address)
    register(store, clock, bell.address)

    wake(store)

    assert bell.wait(1) is True


def test_waking_without_a_record_never_fails(wiring):
    wiring.store.close()
    (wiring.home / "record.db").unlink()

    wake(wiring.store)


def test_a_courier_that_is_busy_is_not_waited_for(bell, store, clock):
    """Its buffer is full: the ring is dropped, and whoever rings goes on."""
    register(store, clock, bell.address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        with pytest.raises(BlockingIOError):
            for _ in range(100_000):
                sender.sendto(b"1", bytes.fromhex(bell.address))

    began = time.monotonic()
    wake(store)
    assert time.monotonic() - began < 1


def test_a_bell_that_is_closed_can_be_rung(bell):
    bell.close()
    bell.ring()


class Far:
    """What hears a shared record that cannot be reached the first `times`."""

    def __init__(self, times):
        self._left, self._news = times, False
        self._here, self._there = socket.socketpair()

    def fileno(self):
        if self._left:
            self._left -= 1
            self._news = not self._left
            return None
        return self._here.fileno()

    def heard(self):
        news, self._news = self._news and not self._left, False
        return news

    def close(self):
        self._here.close()
        self._there.close()


@pytest.fixture
def far_bell(tmp_path):
    made = []

    def listening(times):
        ear = Far(times)
        made.extend((Bell(str(tmp_path), ear), ear))
        return made[0]

    yield listening
    for one in made:
        one.close()


def test_a_record_that_can_be_reached_again_is_news_before_the_wait_is_over(far_bell, monkeypatch):
    monkeypatch.setattr("escalate.adapters.waking.AGAIN", 0.02)
    began = time.monotonic()

    assert far_bell(3).wait(5) is True
    assert time.monotonic() - began < 1


def test_whoever_rings_on_this_machine_is_heard_while_it_cannot(far_bell):
    bell = far_bell(10_000)
    threading.Timer(0.05, bell.ring).start()
    began = time.monotonic()

    assert bell.wait(5) is True
    assert time.monotonic() - began < 1


def test_a_record_at_which_nobody_says_anything_is_waited_at(far_bell):
    assert far_bell(0).wait(0.05) is False
