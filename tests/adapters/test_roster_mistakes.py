"""Each mistake that a roster file can hold, and the words in which it is refused."""

from __future__ import annotations

import pytest

from escalate.adapters.roster_file import read
from escalate.errors import Misconfigured

PEOPLE = """
[people.alice]
name = "Alice Ng"
zone = "UTC"
[people.bob]
name = "Bob Okoro"
zone = "UTC"
"""


@pytest.fixture
def checked(tmp_path):
    def check(text, name="roster.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read([path])

    return check


@pytest.fixture
def mistakes(checked):
    """The lines in which a roster is refused."""

    def lines(text):
        with pytest.raises(Misconfigured) as refused:
            checked(text)
        return [line.strip() for line in refused.value.message.splitlines()[1:]]

    return lines


def test_every_mistake_is_named_at_once(mistakes):
    found = mistakes(
        PEOPLE
        + """
nmae = "x"
reach = [ { via = "slcak", after = "soon" } ]
[people.carol]
zone = "Europe/Lodnon"
[channels.slack]
kind = "slack"
token = "shhh-1234"
[policies.p]
repeat = 9
steps = []
[[routes]]
page = ["policy:q"]
"""
    )

    assert [line.split(": ")[0] for line in found] == [
        "roster.toml:channels.slack.token",
        "roster.toml:people.bob.reach[0].after",
        "roster.toml:people.bob.nmae",
        "roster.toml:people.carol.name",
        "roster.toml:people.carol.zone",
        "roster.toml:policies.p.repeat",
        "roster.toml:policies.p.steps",
        "roster.toml:people.bob.reach[0].via",
        "roster.toml:routes[0].page[0]",
    ]
    assert "Did you mean name." in found[2]
    assert "Did you mean Europe/London." in found[4]
    assert "shhh" not in "\n".join(found)


CHANNEL = PEOPLE + "[channels.out]\n"
STEP = PEOPLE + "[policies.p]\n[[policies.p.steps]]\n"
ROUTE = PEOPLE + "[policies.p]\n[[policies.p.steps]]\ntargets = ['alice']\n[[routes]]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(CHANNEL + "token = 'x'", "channels.out.kind: is missing. Kinds: slack,", id="no kind"),
        pytest.param(CHANNEL + "kind = 'slcak'", "no such kind of channel. Did you mean slack.", id="unknown kind"),
        pytest.param(CHANNEL + "kind = 'twilio'", "twilio is not there yet.", id="twilio"),
        pytest.param(CHANNEL + "kind = 'slack'", "out.token: is missing. As token =", id="no token"),
        pytest.param(
            CHANNEL + "kind = 'pagerduty'\nrouting_key = 'e93facc04764012d7bfb002500d5d1a6'",
            "out.routing_key: must be the name of a secret, never the secret itself.",
            id="literal routing key",
        ),
        pytest.param(
            CHANNEL + "kind = 'webhook'\nurl = 'https://example.org/h'\nsecret = 'secret:No Slug'",
            "out.secret: is not the name of a secret.",
            id="secret's name no slug",
        ),
        pytest.param(
            CHANNEL + "kind = 'webhook'\nurl = 'http://example.org/h'\nsecret = 'secret:h'",
            "out.url: is not https.",
            id="plain http",
        ),
        pytest.param(
            CHANNEL + "kind = 'webhook'\nurl = 'https://u:p4ss@example.org/h'\nsecret = 'secret:h'",
            "out.url: holds a user or a password.",
            id="password in an address",
        ),
        pytest.param(
            CHANNEL + "kind = 'webhook'\nurl = 'https://example.org/h?token=abc'\nsecret = 'secret:h'",
            "out.url: holds a secret in its query.",
            id="token in an address",
        ),
        pytest.param(
            CHANNEL + "kind = 'email'\nhost = 'smtp.example.org'\nfrom = 'e@example.org'",
            "out.host: is not a host with a port.",
            id="no port",
        ),
        pytest.param(
            CHANNEL + "kind = 'email'\nhost = 'smtp.example.org:25'\nfrom = 'e@example.org'\ntls = 'none'",
            'tls = "none" is taken for this machine only.',
            id="mail in clear",
        ),
        pytest.param(
            CHANNEL + "kind = 'email'\nhost = 'smtp.example.org:25'\nfrom = 'e@example.org'\nuser = 'u'",
            "user and password go together.",
            id="user without password",
        ),
        pytest.param(
            CHANNEL + "kind = 'email'\nhost = 'smtp.example.org:25'\nfrom = 'e@example.org'\ntls = 'ssl'",
            "out.tls: is something else. It can be 'starttls', 'tls' or 'none'.",
            id="unknown tls",
        ),
        pytest.param(
            CHANNEL + "kind = 'console'\ntoken = 'secret:x'",
            "out.token: there is no such key.",
            id="needless key",
        ),
        pytest.param(
            PEOPLE + "[channels.console]\nkind = 'slack'\ntoken = 'secret:s'",
            "channels.console: console is the name of the terminal itself.",
            id="the console's name",
        ),
        pytest.param(PEOPLE + "[people.'Bob B']\nname='B'\nzone='UTC'", "people.Bob B: is not a name.", id="slug"),
        pytest.param(PEOPLE + "[teams.Legal]\nname='L'", "teams.Legal: is not a name.", id="capitals but of a person"),
        pytest.param(
            PEOPLE + "[people.Bob]\nname='B'\nzone='UTC'",
            "people.Bob: differs from bob by capitals only.",
            id="two by one name",
        ),
        pytest.param(PEOPLE + "[people.c]\nname='\u200b '\nzone='UTC'", "people.c.name: is blank.", id="blank name"),
        pytest.param(
            PEOPLE + '[people.c]\nname="a\\u001b[2J"\nzone="UTC"',
            "c.name: holds a control character",
            id="escape",
        ),
        pytest.param(PEOPLE + "zone_ = 1", "bob.zone_: there is no such key. Did you mean zone.", id="unknown key"),
        pytest.param(PEOPLE + "slack = '@bob'", "bob.slack: is not a Slack member id.", id="Slack name"),
        pytest.param(PEOPLE + "email = 'bob'", "bob.email: does not look like an e-mail address.", id="no address"),
        pytest.param(PEOPLE + "email = 'a@b.org\\nBcc: x@y.org'", "does not look like an e-mail", id="two lines"),
        pytest.param(PEOPLE + "logins = ['a b']", "bob.logins[0]: holds a space.", id="login"),
        pytest.param(PEOPLE + "logins = 'bob'", "bob.logins: is a list, in [ ].", id="not a list"),
        pytest.param(
            PEOPLE + "logins = ['x']\n[people.c]\nname='C'\nzone='UTC'\nlogins=['x']",
            "people.c.logins: 'x' is a login of bob too.",
            id="one login, two people",
        ),
        pytest.param(
            PEOPLE + "reach=[{via='chat'}]\n[channels.chat]\nkind='slack'\ntoken='secret:s'",
            "people.bob.reach[0].via: bob has no slack address.",
            id="a way without its address",
        ),
        pytest.param(PEOPLE + "reach=[{via='chat'}]", "reach[0].via: there is no channel 'chat'.", id="no such way"),
        pytest.param(
            PEOPLE + "reach=[{via='console', afer='2m'}]",
            "reach[0].afer: there is no such key. Did you mean after.",
            id="unknown key in a list",
        ),
        pytest.param(PEOPLE + "[people.bob]", "cannot declare", id="a table twice"),
        pytest.param("people = 3", "people: is a table of tables.", id="no table"),
        pytest.param("[people]\nalice = 'Alice'", "people.alice: is a table.", id="no inner table"),
        pytest.param(STEP + "targets = ['alice']\nwait = '0m'", "gives nobody time to answer.", id="zero wait"),
        pytest.param(STEP + "targets = ['alice']\nwait = '9s'", "gives nobody time to answer.", id="short wait"),
        pytest.param(STEP + "targets = ['alice']\nwait = '-5m'", "is negative: time runs forward.", id="negative wait"),
        pytest.param(STEP + "targets = ['alice']\nwait = 5", "wait: is text, in quotes.", id="a number as wait"),
        pytest.param(STEP + "targets = ['alice']\nwait = '8d'", "is longer than seven days.", id="endless wait"),
        pytest.param(STEP + "targets = []", "steps[0].targets: is empty.", id="nobody asked"),
        pytest.param(
            STEP + f"targets = {['alice'] * 21}",
            "steps[0].targets: is too long. At most 20.",
            id="21 targets",
        ),
        pytest.param(PEOPLE + "[policies.p]\nrepeat = 1", "policies.p.steps: is missing.", id="no steps"),
        pytest.param(PEOPLE + "[policies.p]\nsteps = []", "policies.p.steps: is empty.", id="zero steps"),
        pytest.param(
            PEOPLE + "[policies.p]\n" + "[[policies.p.steps]]\ntargets=['bob']\n" * 11,
            "policies.p.steps: is too long. At most 10.",
            id="11 steps",
        ),
        pytest.param(STEP + "targets = ['person:alcie']", "there is no person 'alcie'. Did you mean alice.", id="typo"),
        pytest.param(STEP + "targets = ['policy:p']", "'policy:p' cannot stand here.", id="a policy as a step"),
        pytest.param(
            STEP + "targets = ['nobody']",
            "there is no person, team, schedule or rotation 'nobody'.",
            id="unknown bare name",
        ),
        pytest.param(
            PEOPLE + "[teams.bob]\nname='B'\n[policies.p]\n[[policies.p.steps]]\ntargets = ['bob']",
            "'bob' fits more than one. Say which: person:bob or team:bob.",
            id="ambiguous bare name",
        ),
        pytest.param(
            STEP + "targets = ['schedule:ts']",
            "steps[0].targets[0]: there is no schedule 'ts'.",
            id="no such schedule",
        ),
        pytest.param(PEOPLE + "[polices.p]", "polices: there is no such table. Did you mean policies.", id="table"),
        pytest.param(PEOPLE + "[teams.t]\nname='T'\npeople=['bbo']", "no person 'bbo'. Did you mean bob.", id="member"),
        pytest.param(PEOPLE + "[teams.t]\nname='T'\npolicy='q'", "teams.t.policy: there is no policy 'q'.", id="pol"),
        pytest.param(PEOPLE + "[teams.t]\nname='T'\nreads=['Top Secret']", "reads[0]: is not a label.", id="label"),
        pytest.param(ROUTE + "when = { severity = 'SEV9' }\npage=['p']", "when.severity: is not a severity.", id="sev"),
        pytest.param(ROUTE + "when = { harm = ['csee'] }\npage=['p']", "harm[0]: is not a kind of harm.", id="harm"),
        pytest.param(ROUTE + "when = { harms = ['cse'] }\npage=['p']", "Did you mean harm.", id="key of a condition"),
        pytest.param(ROUTE + "when = { harm = ['cse'] }", "routes[0]: does nothing.", id="idle route"),
        pytest.param(ROUTE + "ping = ['leagl']", "routes[0].ping[0]: there is no team 'leagl'.", id="unknown team"),
        pytest.param(ROUTE + "runbook = '../etc'", "routes[0].runbook: is not a name.", id="a path as runbook"),
        pytest.param(PEOPLE + "# was xoxb-123456-abcdef", "line 8: holds what looks like a secret.", id="in a comment"),
        pytest.param("", "the roster names nobody.", id="empty"),
        pytest.param("a = [", "invalid value.", id="no TOML"),
        pytest.param("[people.a]\nname='A'\nname='B'\n", "line 3, column 9: cannot overwrite a value.", id="twice"),
        pytest.param(b"\xef\xbb\xbf" + PEOPLE.encode(), "begins with a byte order mark.", id="BOM"),
        pytest.param(PEOPLE.encode("utf-16"), "is UTF-16 text.", id="UTF-16"),
        pytest.param(PEOPLE.encode("utf-16-le"), "is UTF-16 text.", id="UTF-16 without a mark"),
        pytest.param(PEOPLE.encode() + b"# \xe9", "line 8 is not UTF-8 text.", id="Latin-1"),
        pytest.param(b"#" * ((1 << 20) + 1), "is larger than 1 MiB.", id="huge"),
        pytest.param("a = " + "[" * 5000, "", id="deep"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_to_do(mistakes, text, says):
    found = mistakes(text)

    assert len(found) == 1, found
    assert found[0].startswith("roster.toml:")
    assert says in found[0]
    assert not {"p4ss", "e93facc0", "xoxb-1234"} & set(found[0].split("'"))


def test_a_mistake_never_repeats_a_secret(mistakes):
    canary = "canary-5f1d"
    found = mistakes(
        PEOPLE + f"[channels.a]\nkind = 'slack'\ntoken = '{canary}'\ntokn = '{canary}'\n"
        f"[channels.b]\nkind = 'email'\nhost = 'h:25'\nfrom = 'e@example.org'\nuser = 'u'\npassword = '{canary}'\n"
        f"[channels.c]\nkind = 'jira'\nproject = 'TS'\nurl = 'https://u:{canary}@example.org'\ntoken = '{canary}'\n"
    )

    assert len(found) == 5
    assert canary not in "\n".join(found)
