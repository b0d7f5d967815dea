"""How a value is written before it is hashed: whoever types it otherwise, and means the same, gets the same handle.

A rule is for ever. Who wants another one adds a version; what was hashed by an older one stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1

RELATIONS = ("actor", "target", "reporter", "infrastructure")

LONGEST = 2_000
"""Characters of a value."""

_DEFANGED = (("[.]", "."), ("(.)", "."), ("[dot]", "."), ("[:]", ":"), ("[://]", "://"), ("[@]", "@"), ("[at]", "@"))
_HASHES = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128, "pdq": 64}
_BARE = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384"}
_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Unreadable(Exception):
    """What is wrong with a value, and how one looks. Neither ever repeats the value."""

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.do = do


def normalised(type_: str, value: str) -> str:
    """`value` as it is hashed, by version 1 of its type's rule. Raises Unreadable."""
    if len(value) > LONGEST:
        raise Unreadable(f"it is longer than {LONGEST} characters", "A value is one address, number or name.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unreadable("it is not text", "Give it as UTF-8.")
    text = "".join(letter for letter in value.strip() if unicodedata.category(letter) != "Cf")
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise Unreadable("it has a control character in it", "A value is one line.")
    if not text.strip():
        raise Unreadable("there is nothing in it", "Give the value itself.")
    rule = _RULES[type_]
    written = rule(text)
    for _ in range(8):  # what one pass uncovers is written in the one way by the next
        before, written = written, rule(written)
        if written == before:
            break
    if not written or len(written) > 4 * LONGEST:
        raise Unreadable("there is nothing in it", "Give the value itself.")
    return written


def _folded(text: str) -> str:
    """NFKC and casefold until nothing changes any more, without what cannot be seen at its ends."""
    for _ in range(8):
        again = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        again = "".join(letter for letter in again if unicodedata.category(letter) != "Cf").strip()
        if again == text:
            break
        text = again
    return text


def _refanged(text: str) -> str:
    """`example[.]org` is how people write what must not be clicked on."""
    text = unicodedata.normalize("NFKC", text).strip()
    before = ""
    while before != text:
        before = text
        for written, meant in _DEFANGED:
            text = re.sub(re.escape(written), meant, text, flags=re.IGNORECASE)
    return text


def _words(text: str) -> str:
    return " ".join(_folded(text).split())


def _email(text: str) -> str:
    local, at, domain = _folded(_refanged(text)).rpartition("@")
    if not at or not local or re.search(r"[\s<>(),;:\\\"@]", local):
        raise Unreadable("this is no e-mail address", "As name@example.org, without a name or < > around it.")
    return f"{local}@{_domain(domain)}"


def _phone(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(str(unicodedata.decimal(one, one)) for one in text)
    digits = re.sub(r"^tel:", "", digits, flags=re.IGNORECASE).replace("(0)", "")
    digits = re.sub(r"[\s().\-/\u2010-\u2015]", "", digits)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not digits.startswith("+"):
        raise Unreadable(
            "the country code is missing", "As +44 20 7946 0000: the same number stands in many countries."
        )
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise Unreadable("this is no phone number", "As +44 20 7946 0000: 7 to 15 digits, no extension.")
    return digits


def _ip(text: str) -> str:
    import ipaddress

    said = _refanged(text)
    said = said[1:-1] if said.startswith("[") and said.endswith("]") else said
    try:
        found = ipaddress.ip_address(said.replace("%", " "))  # a zone is of one machine only
    except ValueError:
        raise Unreadable(
            "this is no IP address", "As 192.0.2.7 or 2001:db8::7: one address, no port, no range."
        ) from None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _domain(text: str) -> str:
    said = _folded(_refanged(text)).replace("\u3002", ".").rstrip(".")
    labels = [_label(label) for label in said.split(".")]
    if len(labels) < 2 or labels[-1].isdigit() or len(".".join(labels)) > 253:
        raise Unreadable("this is no domain", "As example.org: no scheme, no path. An address of digits is of type ip.")
    return ".".join(labels)


def _label(label: str) -> str:
    """IDNA as Python has it (2003), which is the same for ever; what that does not know is punycode all the same."""
    import encodings.idna

    try:
        written = encodings.idna.ToASCII(label).decode("ascii").lower()
    except UnicodeError:
        written = label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii").lower()
    if not re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", written):
        raise Unreadable("this is no domain", "As example.org: letters, digits and hyphens between dots.")
    return written


def _url(text: str) -> str:
    """Scheme and host small, the host as a domain or an IP; no user, no usual port, no fragment; escapes in one way."""
    said = re.sub(r"^hxxp", "http", _refanged_host(text), flags=re.IGNORECASE)
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#\\]+)([^?#]*)(\?[^#]*)?(?:#.*)?", said, flags=re.DOTALL)
    if found is None:
        raise Unreadable("this is no address of the web", "As https://example.org/path: with its scheme.")
    scheme, place, path, query = found[1].lower(), found[2].rpartition("@")[2], found[3], found[4] or ""
    host, port = _host_and_port(place)
    beyond = f":{port}" if port and port != _PORTS.get(scheme) else ""
    return f"{scheme}://{host}{beyond}{_escaped(path) or '/'}{_escaped(query)}"


def _refanged_host(text: str) -> str:
    """Only before the path: brackets further on are the address's own, and NFKC would make another path of it."""
    text = unicodedata.normalize("NFC", text).strip()
    head = re.match(r"[^/?#]*(?:\[://\]|//)?[^/?#]*", text)
    end = head.end() if head else 0
    return _refanged(text[:end]) + text[end:]


def _host_and_port(place: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", place)
    if found is None:
        raise Unreadable("this is no address of the web", "Its host cannot be read.")
    host, port = found[1], (found[2] or "").lstrip("0")
    if host.startswith("["):
        written = _ip(host)
        return (f"[{written}]" if ":" in written else written), port
    try:
        return _ip(host), port
    except Unreadable:
        return _domain(host), port


def _escaped(text: str) -> str:
    """`%7e` and `~` are the same; `%2F` and `/` are not. What is no ASCII is UTF-8 in percents."""
    text = "".join(
        one if one.isascii() and one > " " else "".join(f"%{byte:02X}" for byte in one.encode()) for one in text
    )

    def one_way(found: re.Match[str]) -> str:
        if not found[1]:
            return "%25"
        letter = chr(int(found[1], 16))
        return letter if letter in _UNRESERVED else f"%{found[1].upper()}"

    return re.sub(r"%([0-9A-Fa-f]{2})?", one_way, text)


def _account(text: str) -> str:
    platform, colon, id_ = _folded(text).partition(":")
    platform, id_ = platform.strip(), id_.strip().lstrip("@").strip()
    if not colon or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", platform) or not id_ or re.search(r"\s", id_):
        raise Unreadable("this is no account", "As PLATFORM:ID: the same name is somebody else on another platform.")
    return f"{platform}:{id_}"


def _payment(text: str) -> str:
    """Card, bank account, wallet or customer number. Of wallets only those change case of which it means nothing."""
    text = unicodedata.normalize("NFKC", text)
    if "@" in text:
        return _email(text)
    said = re.sub(r"[\s\-\u2010-\u2015]", "", text)
    if _is_iban(said.upper()):
        return said.upper()
    lower = said.lower()
    if re.fullmatch(r"0x[0-9a-f]{40}", lower) or re.fullmatch(r"(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{8,87}", lower):
        return lower
    return said


def _is_iban(text: str) -> bool:
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _device(text: str) -> str:
    """With or without the marks between its groups."""
    said = re.sub(r"[\s:.{}\-\u2010-\u2015]", "", _folded(text))
    if not said:
        raise Unreadable("there is nothing in it", "Give the device's number.")
    return said


def _hash(text: str) -> str:
    kind, colon, digits = _folded(text).rpartition(":")
    digits = digits.strip()
    kind = kind.strip() if colon else _BARE.get(len(digits), "")
    if kind not in _HASHES or not re.fullmatch(r"[0-9a-f]*", digits) or len(digits) != _HASHES[kind]:
        raise Unreadable("this is no hash", f"As sha256: and its digits; kinds: {', '.join(_HASHES)}.")
    return f"{kind}:{digits}"


_RULES: dict[str, Callable[[str], str]] = {
    "email": _email,
    "phone": _phone,
    "account": _account,
    "name": _words,
    "ip": _ip,
    "domain": _domain,
    "url": _url,
    "payment": _payment,
    "device": _device,
    "hash": _hash,
    "other": _words,
}

TYPES = tuple(_RULES)

LOOKS = {
    "email": "name@example.org",
    "phone": "+44 20 7946 0000",
    "account": "PLATFORM:ID",
    "name": "a name; two people may have it",
    "ip": "192.0.2.7",
    "domain": "example.org",
    "url": "https://example.org/path",
    "payment": "a card, bank account, wallet or customer number",
    "device": "a device's number",
    "hash": "sha256: and its digits",
    "other": "anything else that is always written alike",
}
"""How a value of each type looks, for whoever is asked for one."""
