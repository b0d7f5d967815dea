"""A roster with every kind of way out, and ways out that answer as they are told to."""

import json
import re
import threading

from werkzeug import Response

from escalate.app.delivery import Courier
from escalate.app.ports import Taken
from escalate.errors import Misconfigured

TOKENS = {
    "ESCALATE_SECRET_CHAT": "xoxb-1111-canary-chat",
    "ESCALATE_SECRET_PAGER": "canarypagerkey0123456789abcdef01",
    "ESCALATE_SECRET_HOOK": "canary-hook-5d41402abc4b2a76",
    "ESCALATE_SECRET_MAIL": "canary-mail-passphrase-77",
    "ESCALATE_SECRET_TRACKER": "canary-tracker-token-99",
}
"""A secret for every channel, as the environment gives them; none of them may ever be seen."""

ROSTER = """
[channels.chat]
kind = "slack"
token = "secret:chat"
url = "{http}/api/"

[channels.pager]
kind = "pagerduty"
routing_key = "secret:pager"
url = "{http}/v2/enqueue"

[channels.hook]
kind = "webhook"
url = "{http}/hook"
secret = "secret:hook"
details = {details}

[people.alice]
name = "Alice Ng"
zone = "Europe/London"
slack = "U0ALICE"
reach = [{{ via = "hook", after = "0m" }}, {{ via = "pager", after = "2m" }}]

[people.bob]
name = "Bob Okoro"
zone = "Europe/Berlin"
reach = [{{ via = "hook", after = "0m" }}]

[people.carol]
name = "Carol Reyes"
zone = "America/Los_Angeles"
reach = [{{ via = "pager", after = "0m" }}]

[people.dana]
name = "Dana Weiss"
zone = "Europe/London"

[teams.legal]
name = "Legal"
slack = "C0LEGAL"

[teams.crew]
name = "Crew"
people = ["bob"]
slack = "C0CREW"

[teams.board]
name = "Board"
people = ["carol"]

[policies.critical]
repeat = 0
fallback = "person:carol"

[[policies.critical.steps]]
wait = "5m"
targets = ["person:alice"]

[[policies.critical.steps]]
wait = "5m"
targets = ["person:bob"]

[policies.quick]

[[policies.quick.steps]]
wait = "10s"
targets = ["person:bob"]
"""

ROUTES = """
[[routes]]
when = { severity = "SEV2" }
ping = ["legal"]

[[routes]]
when = { severity = "SEV1" }
page = ["policy:critical"]
runbook = "child-safety"
"""

TRACKER = """
[channels.tracker]
kind = "jira"
url = "{http}"
project = "TS"
user = "bot@example.org"
token = "secret:tracker"
"""


def roster(http="http://127.0.0.1:9", *, details=False, more=""):
    return ROSTER.format(http=http.rstrip("/"), details=str(details).lower()) + more.replace("{http}", http.rstrip("/"))


class Receivers:
    """The other side of every channel over HTTP, on one server. `refuse` maps a channel to the status it answers;
    with `echoes` it repeats the whole request to whoever sent it.
    """

    def __init__(self, server):
        self.got, self.refuse, self.headers = [], {}, {}
        self.issues = []
        self.echoes = False
        server.expect_request(re.compile(".*")).respond_with_handler(self._reply)

    def _reply(self, request):
        names = {"api": "chat", "v2": "pager", "hook": "hook", "rest": "tracker"}
        name = names[request.path.strip("/").split("/")[0]]
        if name in self.refuse:
            words = f"no: {dict(request.headers)} {request.get_data(as_text=True)}" if self.echoes else "no"
            return Response(words, status=self.refuse[name], headers=self.headers)
        if name == "tracker":
            return self._jira(request)
        if name != "chat" or request.path.endswith("chat.postMessage"):
            self.got.append((name, request.get_json(silent=True) or request.form.to_dict(), dict(request.headers)))
        return self._json(
            {"ok": True, "channel": "C0", "ts": f"{len(self.got)}.0", "status": "success", "messages": []}
        )

    def _jira(self, request):
        path = request.path.removeprefix("/rest/api/2/")
        if path in {"search", "search/jql"}:
            label = re.search(r'labels = "([^"]+)"', request.args["jql"])[1]
            return self._json(
                {"issues": [{"id": one["id"]} for one in self.issues if label in one["fields"]["labels"]]}
            )
        if path == "issue":
            self.issues.append(
                {
                    "id": str(10001 + len(self.issues)),
                    "key": f"TS-{len(self.issues) + 1}",
                    "fields": request.json["fields"],
                }
            )
            self.got.append(("tracker", request.json, dict(request.headers)))
            return self._json({"id": self.issues[-1]["id"], "key": self.issues[-1]["key"]}, 201)
        if path.endswith("/remotelink"):
            return self._json({"id": 1}, 201)
        if path == "field":
            return self._json([])
        return self._json(next(one for one in self.issues if path.endswith((one["key"], one["id"]))))

    def _json(self, body, status=200):
        return Response(json.dumps(body), status=status, content_type="application/json")

    def by(self, name):
        return [body for by, body, _headers in self.got if by == name]


class Line:
    """A way out that gives the answers of `script` in order (an exception is raised), and then takes everything."""

    def __init__(self, *script):
        self.script = list(script)
        self.sent = []
        self._lock = threading.Lock()

    def send(self, message):
        with self._lock:
            self.sent.append(message)
            answer = self.script.pop(0) if self.script else Taken(remote=f"r-{len(self.sent)}")
        if callable(answer):
            answer = answer(message)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def keys(self):
        return [message.id for message in self.sent]


class Lines(dict):
    """The ways out by name; one that is not there is not set up."""

    def __call__(self, via, _roster):
        if via not in self:
            raise Misconfigured(f"The roster has no channel {via!r}.", hint="Look at it: escalate roster")
        return self[via]


def everything():
    return Lines(chat=Line(), pager=Line(), hook=Line(), tracker=Line())


def courier(wiring, lines, **more):
    return Courier(wiring.courier_ledger(), lines, **{"threads": 4, **more})


def messages(wiring, **filters):
    """In the order in which they became owed."""
    with wiring.store.reading() as look:
        return sorted(look.messages(**filters), key=lambda m: (m.seq, m.due_at, m.via))


def states(wiring, **filters):
    return [(message.to, message.via, message.state) for message in messages(wiring, **filters)]


def kinds(wiring, incident):
    with wiring.store.reading() as look:
        return [entry.kind for entry in look.entries(incident)]


def events(wiring, incident, kind):
    with wiring.store.reading() as look:
        return [entry.event for entry in look.entries(incident) if entry.kind == kind]
