from escalate.app.handoff import offer_handoff
from escalate.errors import Rejected
from on_call import roster
from telling import Line, Lines, courier, messages


def test_what_goes_out_in_place_of_one_that_failed_says_the_same(ledger, wiring, apply_roster):
    apply_roster(roster())
    offer_handoff(ledger, "ts", to="carol")
    for _ in range(2):
        offer_handoff(ledger, "ts")
    pager, hook = Line(Rejected("no")), Line(Rejected("no"), Rejected("no"))
    courier(wiring, Lines(hook=hook, pager=pager)).run(2)
    found = messages(wiring)
    print([(m.to, m.via, m.state, m.text) for m in found])
    console = [m for m in found if m.via == "console"]
    assert sorted(m.subject for m in console) == ["HAND-OFF H-1 of ts", "HAND-OFF H-2 of ts", "HAND-OFF H-3 of ts"]
