from __future__ import annotations

import hmac
import json
import socket
import time
from hashlib import sha256

import pytest
from werkzeug import Response

from escalate.adapters.channels import urls
from escalate.errors import Misconfigured, Rejected, Unreachable

SECRET = "canary-3f2c1d9e8b7a"


def test_the_signature_covers_timestamp_and_body(httpserver, base, channel, message):
    httpserver.expect_request("/hook", method="POST").respond_with_data("", headers={"X-Request-Id": "r-1"})

    taken = channel("webhook", base).send(message())

    ((request, _),) = httpserver.log
    stamp = request.headers["Escalate-Timestamp"]
    signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.data, sha256).hexdigest()
    assert request.headers["Escalate-Signature"] == f"v1={signed}"
    assert abs(time.time() - int(stamp)) < 60
    assert request.headers["Idempotency-Key"] == message().id
    assert taken.remote == "r-1"
    assert SECRET.encode() not in request.data


def test_the_body_is_as_documented(httpserver, base, channel, message):
    httpserver.expect_request("/hook").respond_with_data("")

    channel("webhook", base).send(message(name="A\u202elice", text="one\n\x1b]0;two"))

    body = json.loads(httpserver.log[0][0].data)
    assert list(body) == [
        "version", "id", "purpose", "to", "name", "subject", "text", "ref", "code_name", "severity", "head", "drill",
    ]  # fmt: skip
    assert (body["version"], body["ref"], body["severity"], body["drill"]) == (1, "INC-42", "SEV1", False)
    assert "\u202e" not in body["name"]
    assert body["text"].startswith("one\n")
    assert "\x1b" not in body["text"]


def test_a_trusted_receiver_is_called_by_the_name_it_was_given(encrypted, trusted, channel, message):
    encrypted.expect_request("/hook").respond_with_data("")

    channel("webhook", f"https://localhost:{encrypted.port}", client=trusted, timeout=2.0).send(message())

    assert encrypted.log[0][0].headers["Host"] == f"localhost:{encrypted.port}"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_asked_for_the_receiver_by_name(monkeypatch, encrypted, proxy, trusted, channel, message, variable):
    encrypted.expect_request("/hook").respond_with_data("")
    monkeypatch.setenv(variable, proxy.url)

    channel("webhook", f"https://localhost:{encrypted.port}", client=trusted, timeout=2.0).send(message())

    assert proxy.asked == [f"localhost:{encrypted.port}"]
    assert encrypted.log[0][0].headers["Host"] == f"localhost:{encrypted.port}"


@pytest.mark.parametrize("direct", ["*", "localhost", "example.org, localhost"])
def test_what_needs_no_proxy_is_called_directly(monkeypatch, encrypted, proxy, trusted, channel, message, direct):
    encrypted.expect_request("/hook").respond_with_data("")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", direct)

    channel("webhook", f"https://localhost:{encrypted.port}", client=trusted, timeout=2.0).send(message())

    assert proxy.asked == []
    assert len(encrypted.log) == 1


def test_a_proxy_is_not_asked_for_an_address_that_must_not_be_called(monkeypatch, proxy, trusted, channel, message):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    with pytest.raises(Misconfigured, match="private network"):
        channel("webhook", "https://10.0.0.7", client=trusted).send(message())

    assert proxy.asked == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://dana:pass-phrase@127.0.0.1", "127.0.0.1:::"])
def test_a_proxy_that_cannot_be_used_is_said(monkeypatch, encrypted, trusted, channel, message, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with pytest.raises(Misconfigured, match="proxy") as raised:
        channel("webhook", f"https://localhost:{encrypted.port}", client=trusted).send(message())

    assert "pass-phrase" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7",
        "192.168.1.1",
        "172.16.0.1",
        "127.0.0.1",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
    ],
)
def test_a_private_address_must_be_meant(address):
    given = urls._literal(address)

    with pytest.raises(Misconfigured, match="private network"):
        urls.check_address(given, "desk.example.org", private=False)
    urls.check_address(given, "desk.example.org", private=True)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.0.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
     "2002:a9fe:a9fe::"],
)  # fmt: skip
def test_some_addresses_are_never_called(address):
    with pytest.raises(Misconfigured, match="never called"):
        urls.check_address(urls._literal(address), "desk.example.org", private=True)


def test_a_public_address_is_fine():
    urls.check_address(urls._literal("93.184.215.14"), "desk.example.org", private=False)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
def test_a_disguised_loopback_is_seen_through(channel, message, host):
    try:
        socket.getaddrinfo(host, 443)
    except OSError:
        pytest.skip("this resolver does not read such numbers")

    with pytest.raises(Misconfigured):
        channel("webhook", f"https://{host}").send(message())


def test_a_name_that_is_not_known_is_tried_again(channel, message):
    with pytest.raises(Unreachable, match="could not be looked up") as caught:
        channel("webhook", "https://nobody.invalid").send(message())

    assert not caught.value.unknown


@pytest.mark.parametrize("status", [408, 425])
def test_not_now_is_not_never(httpserver, base, channel, message, status):
    httpserver.expect_request("/hook").respond_with_data("", status=status)

    with pytest.raises(Unreachable) as caught:
        channel("webhook", base).send(message())

    assert not isinstance(caught.value, Rejected)


def test_an_endless_answer_is_not_read(httpserver, base, channel, message):
    pieces = []

    def endless(_request):
        def body():
            while len(pieces) < 200:
                pieces.append(b"x" * 65_536)
                yield pieces[-1]

        return Response(body())

    httpserver.expect_request("/hook").respond_with_handler(endless)

    channel("webhook", base, timeout=5.0).send(message())

    assert len(pieces) < 150  # of which most stood ready on the way


@pytest.mark.parametrize("status", [200, 404, 405])
def test_probe_sends_nothing(httpserver, base, channel, status):
    httpserver.expect_request("/hook", method="HEAD").respond_with_data("", status=status)

    assert str(status) in channel("webhook", base).probe()

    ((request, _),) = httpserver.log
    assert request.data == b""
    assert "Escalate-Signature" not in request.headers
