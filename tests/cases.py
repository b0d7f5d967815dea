"""Cases as `oncall simulate --scenario` takes them, in few words."""

T0 = "2025-06-02T08:00:00+00:00"
SMS = [{"delay_minutes": 0, "via": "sms"}]
SMS_AND_AGAIN = [*SMS, {"delay_minutes": 30, "via": "sms"}]
CREATED = {"t": 0, "event": "alert_created", "alert": 1}


def happens(t, event, **more):
    return {"t": t, "event": event, "alert": 1, **more}


def step(delay, *targets, **more):
    return {"delay_minutes": delay, "targets": list(targets), **more}


def case(steps, events, *, repeat=0, users=None, until=None, **more):
    names = [target for one in steps for target in one["targets"] if not target.startswith("schedule:")]
    users = users or dict.fromkeys(names, SMS)
    policy = {"repeat": repeat, "steps": steps}
    return {"t0": T0, "policy": policy, "users": users, "events": [CREATED, *events], "until_t": until, **more}
