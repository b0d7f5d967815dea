"""A roster with two schedules. At 2026-11-21T21:00Z Alice is on call in `ts` until Monday 09:00, then Bob, then Carol, a
week each; in `day` Bob is, on working days from 09:00 to 17:00.
"""

from telling import roster as people

SCHEDULES = """
[rotations.weeks]
zone = "Europe/London"
start = 2026-11-16T09:00:00
every = "1 week"
people = ["alice", "bob", "carol"]

[schedules.ts]
zone = "Europe/London"
{notice}
[[schedules.ts.rules]]
from = "00:00"
to = "00:00"
target = "rotation:weeks"

[schedules.day]
zone = "Europe/London"
[[schedules.day.rules]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "09:00"
to = "17:00"
target = "person:bob"
"""


def roster(notice=None):
    return people(more=SCHEDULES.format(notice=f'notice = "{notice}"' if notice else ""))
