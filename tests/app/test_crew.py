"""Threads that hand messages over: what wakes somebody first, and no way takes all of them."""

from __future__ import annotations

import threading
from queue import Empty, Queue
from types import SimpleNamespace

import pytest

from escalate.app.crew import Crew


class Desk:
    """Every parcel is held until it is let go."""

    def __init__(self, threads, most):
        self.begun = Queue()
        self.gates = {}
        self.crew = Crew(self._send, threads, most)

    def _send(self, parcel, _roster):
        self.begun.put(parcel.message.id)
        self.gates[parcel.message.id].wait(5)

    def take(self, id_, via="mail", purpose="ping"):
        self.gates[id_] = threading.Event()
        parcel = SimpleNamespace(message=SimpleNamespace(id=id_, via=via, purpose=purpose))
        self.crew.take(parcel, None)

    def next(self):
        return self.begun.get(timeout=5)

    def nothing_begins(self):
        with pytest.raises(Empty):
            self.begun.get(timeout=0.1)

    def end(self):
        self.crew.withdraw()
        for gate in self.gates.values():
            gate.set()


@pytest.fixture
def desk(request):
    made = Desk(*request.param)
    yield made
    made.end()


@pytest.mark.parametrize("desk", [(1, 1)], indirect=True)
def test_what_wakes_somebody_overtakes_what_waits(desk):
    for id_, purpose in (("first", "ping"), ("second", "ping"), ("page", "page")):
        desk.take(id_, purpose=purpose)
    begun = [desk.next()]
    for _ in range(2):
        desk.gates[begun[-1]].set()
        begun.append(desk.next())
    assert begun[1:] == ["page", "second"] or begun == ["page", "first", "second"]


@pytest.mark.parametrize("desk", [(3, 2)], indirect=True)
def test_a_way_that_hangs_leaves_threads_to_the_others(desk):
    for number in range(5):
        desk.take(f"hangs {number}", via="mail")
    assert {desk.next(), desk.next()} == {"hangs 0", "hangs 1"}
    desk.nothing_begins()
    desk.take("chat", via="chat")
    assert desk.next() == "chat"


@pytest.mark.parametrize("desk", [(3, 2)], indirect=True)
def test_what_comes_back_makes_room_for_the_next_by_its_way(desk):
    for number in range(3):
        desk.take(f"{number}")
    assert {desk.next(), desk.next()} == {"0", "1"}
    desk.gates["0"].set()
    assert desk.next() == "2"


@pytest.mark.parametrize("desk", [(1, 1)], indirect=True)
def test_what_nobody_has_begun_can_be_had_back(desk):
    desk.take("first")
    assert desk.next() == "first"
    desk.take("second")
    assert [parcel.message.id for parcel in desk.crew.withdraw()] == ["second"]
    desk.gates["first"].set()
    desk.nothing_begins()
