from __future__ import annotations

import json
import re

import pytest
from werkzeug import Response

from escalate.errors import Misconfigured, Rejected, Unreachable

LABEL = "escalate-0190a1b200007000800000000000" + "00aa"


class Desk:
    """The few endpoints of Jira that a ticket needs. `answers` replaces what it says to some of them."""

    def __init__(self, server, **answers):
        self.issues, self.links, self.asked, self.answers = [], [], [], answers
        server.expect_request(re.compile("/rest/.*")).respond_with_handler(self.reply)

    def reply(self, request):
        path = request.path.removeprefix("/rest/api/2/")
        self.asked.append(f"{request.method} {path}")
        if answer := self.answers.get(f"{request.method} {path}"):
            status, body = answer.pop(0) if isinstance(answer, list) else answer
            if status:
                return Response(json.dumps(body), status=status, content_type="application/json")
        status, body = self.act(request, path)
        return Response(json.dumps(body), status=status, content_type="application/json")

    def act(self, request, path):
        if path in {"search/jql", "search"}:
            label = re.search(r'labels = "([^"]+)"', request.args["jql"])[1]
            return 200, {"issues": [{"id": i["id"]} for i in self.issues if label in i["fields"].get("labels", [])]}
        if path == "issue":
            number = len(self.issues) + 1
            self.issues.append({"id": f"1000{number}", "key": f"TS-{number}", "fields": request.json["fields"]})
            return 201, {"id": f"1000{number}", "key": f"TS-{number}"}
        if path.endswith("/remotelink"):
            self.links.append(request.json)
            return 201, {"id": 1}
        if path == "field":
            return 200, []
        if path == "myself":
            return 200, {"displayName": "Escalate Bot"}
        if path == "project/TS":
            return 200, {"id": "1", "key": "TS"}
        return 200, next(i for i in self.issues if path.endswith((i["key"], i["id"])))


@pytest.fixture
def ticket(message):
    return lambda **changes: message(**{"purpose": "ticket", "to": "ticket:desk", "address": "", **changes})


def test_a_ticket_is_opened_labelled_and_linked_back(httpserver, base, channel, ticket):
    desk = Desk(httpserver)

    taken = channel("jira", base, timeout=2.0).send(ticket(text="{code} [~accountid:1] !x.png! see it"))

    (issue,) = desk.issues
    assert (taken.remote, taken.link) == ("TS-1", f"{base}/browse/TS-1")
    assert issue["fields"]["project"] == {"key": "TS"}
    assert issue["fields"]["issuetype"] == {"name": "Task"}
    assert issue["fields"]["summary"] == "SEV1 SLATE OTTER: acknowledge INC-42"
    assert issue["fields"]["labels"] == [LABEL]
    assert "{code}" not in issue["fields"]["description"].replace("\\{", "")
    assert desk.links[0]["globalId"].startswith("escalate:")
    assert desk.asked == ["GET search/jql", "POST issue", "POST issue/TS-1/remotelink"]
    assert httpserver.log[0][0].headers["Authorization"].startswith("Basic ")


def test_it_is_never_doubled(httpserver, base, channel, ticket):
    desk = Desk(httpserver)
    ready = channel("jira", base, timeout=2.0)

    first, second = ready.send(ticket()), ready.send(ticket(attempts=2))

    assert first == second
    assert len(desk.issues) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_data_center_is_searched_in_its_own_way(httpserver, base, channel, ticket, status):
    desk = Desk(httpserver, **{"GET search/jql": (status, {})})
    ready = channel("jira", base, timeout=2.0, user="")

    ready.send(ticket())
    ready.send(ticket())

    assert len(desk.issues) == 1
    assert "GET search" in desk.asked
    assert httpserver.log[0][0].headers["Authorization"].startswith("Bearer ")


def test_fields_that_the_screen_lacks_are_left_out_the_second_time(httpserver, base, channel, ticket):
    words = "Field 'labels' cannot be set. It is not on the appropriate screen, or unknown."
    desk = Desk(httpserver, **{"POST issue": [(400, {"errors": {"labels": words}}), (0, None)]})

    channel("jira", base, timeout=2.0).send(ticket())

    assert desk.asked.count("POST issue") == 2
    assert set(desk.issues[0]["fields"]) == {"project", "issuetype", "summary", "description"}


@pytest.mark.parametrize(
    "errors",
    [
        {"project": "valid project is required"},
        {"summary": "Field 'summary' cannot be set."},
        {"labels": "Field 'labels' cannot be set.", "customfield_1": "is required"},
    ],
)
def test_other_refusals_are_final(httpserver, base, channel, ticket, errors):
    desk = Desk(httpserver, **{"POST issue": (400, {"errors": errors})})

    with pytest.raises(Rejected, match=next(iter(errors.values()))[:20]):
        channel("jira", base, timeout=2.0).send(ticket())

    assert desk.asked.count("POST issue") == 1


def test_a_link_that_fails_does_not_lose_the_ticket(httpserver, base, channel, ticket):
    Desk(httpserver, **{"POST issue/TS-1/remotelink": (403, {})})

    assert channel("jira", base, timeout=2.0).send(ticket()).remote == "TS-1"


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_is_ours_to_mend(httpserver, base, channel, ticket, status):
    Desk(httpserver, **{"GET search/jql": (status, {})})

    with pytest.raises(Misconfigured, match="desk"):
        channel("jira", base, timeout=2.0).send(ticket())


@pytest.mark.parametrize("words", [{}, {"id": "1"}, {"id": "1", "key": "../../admin"}, {"key": 7}])
def test_a_creation_without_a_key_is_unknown(httpserver, base, channel, ticket, words):
    Desk(httpserver, **{"POST issue": (201, words)})

    with pytest.raises(Unreachable) as caught:
        channel("jira", base, timeout=2.0).send(ticket())

    assert caught.value.unknown


def test_summary_and_description_keep_to_the_limits(httpserver, base, channel, ticket):
    desk = Desk(httpserver)

    channel("jira", base, timeout=2.0).send(ticket(subject="long\n" * 200, text="{" * 50_000))

    fields = desk.issues[0]["fields"]
    assert len(fields["summary"]) <= 255
    assert "\n" not in fields["summary"]
    assert len(fields["description"]) <= 32_767


@pytest.mark.parametrize("project", ['TS" OR project = "X', "ts", ""])
def test_a_project_that_is_no_key_is_refused(channel, ticket, project):
    with pytest.raises(Misconfigured, match="project"):
        channel("jira", "https://desk.example.org", project=project).send(ticket())


def test_probe_looks_at_the_project(httpserver, base, channel):
    Desk(httpserver)

    assert channel("jira", base, timeout=2.0).probe() == "Jira project TS, as Escalate Bot"
