"""Being told to go: what is not for us stays unheard, and handing on is not broken off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from escalate.cli import leaving


@pytest.fixture
def hang_up():
    """As the program finds it, and leaves it to the others at the end."""
    before = {number: signal.getsignal(number) for number in leaving.GOING}
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    for number, was in before.items():
        signal.signal(number, was)


def told_to_go():
    os.kill(os.getpid(), signal.SIGHUP)


def test_what_whoever_started_us_said_is_not_for_us_stays_so(hang_up):
    hang_up(signal.SIG_IGN)
    stopped = []

    with leaving.noticed():
        told_to_go()
    with leaving.put_off():
        told_to_go()
    leaving.heard(lambda number, _frame: stopped.append(number))
    told_to_go()

    assert stopped == []
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "the others are heard"


def test_being_told_to_go_is_noticed(hang_up):
    hang_up(signal.SIG_DFL)

    with pytest.raises(KeyboardInterrupt), leaving.noticed():
        told_to_go()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_handing_on_is_not_broken_off_and_what_is_started_meanwhile_can_be_stopped(hang_up):
    hang_up(signal.SIG_DFL)

    with leaving.put_off():
        told_to_go()
        started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
    started.send_signal(signal.SIGHUP)

    assert started.wait(10) == -signal.SIGHUP


def test_inside_what_is_put_off_a_part_can_be_left(hang_up):
    hang_up(signal.SIG_DFL)

    with leaving.put_off():
        with pytest.raises(KeyboardInterrupt), leaving.noticed():
            told_to_go()
        told_to_go()
