"""When a question is asked: `imminent == yes and harm_primary in [cse, life]`. Read, never run as a program.

    either := both ("or" both)*
    both   := one ("and" one)*
    one    := "not" one | "(" either ")" | test
    test   := FIELD | FIELD ("==" | "!=") WORD | FIELD ["not"] "in" "[" WORD, … "]" | WORD ["not"] "in" FIELD

A field alone holds when it is answered with anything but no. For a field that takes several answers, `==`
means that the word is among them. A word fits every second level of itself (`cse` fits `cse:grooming`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = 500
DEEPEST = 20

_PIECE = r'\s*(==|!=|[()\[\],]|"[^"]*"|[A-Za-z0-9_:+.\-]+|\S)'
_WORD = r'"[^"]*"|[A-Za-z0-9_:+.\-]+'
_OPERATORS = frozenset({"and", "or", "not", "in"})


class Test(Value):
    """Whether the answer to `field` is among `words`; without words, whether it is answered and not no."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    field: str
    words: tuple[str, ...] = ()

    def holds(self, answers: Mapping[str, Any]) -> bool:
        said = spoken(answers.get(self.field))
        if not self.words:
            return bool(said) and said != {"no"}
        return bool(said & {word.casefold() for word in self.words})

    def tests(self) -> Iterator[Test]:
        yield self


class Not(Value):
    inner: Condition

    def holds(self, answers: Mapping[str, Any]) -> bool:
        return not self.inner.holds(answers)

    def tests(self) -> Iterator[Test]:
        yield from self.inner.tests()


class Group(Value):
    """Several conditions of which all must hold, or `any_` of them."""

    inner: tuple[Condition, ...]
    any_: bool

    def holds(self, answers: Mapping[str, Any]) -> bool:
        each = (condition.holds(answers) for condition in self.inner)
        return any(each) if self.any_ else all(each)

    def tests(self) -> Iterator[Test]:
        for condition in self.inner:
            yield from condition.tests()


Condition = Test | Not | Group


def spoken(answer: Any) -> set[str]:
    """An answer as the words a condition may compare it with."""
    if answer is None or answer in ("", [], {}):
        return set()
    if isinstance(answer, bool):
        return {"yes" if answer else "no"}
    if isinstance(answer, dict):
        return spoken(answer.get("level"))
    if isinstance(answer, list):
        return set().union(*(spoken(item) for item in answer if not isinstance(item, dict))) or {"answered"}
    text = str(answer).casefold()
    return {text, text.partition(":")[0]}


def parse(text: str) -> Condition:
    """The condition that `text` states. Raises ValueError with a sentence saying what cannot be read."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    return _Reader(re.findall(_PIECE, text)).whole()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._depth = 0

    def whole(self) -> Condition:
        if not self._tokens:
            raise ValueError("it is empty")
        condition = self._either()
        if self._tokens:
            raise ValueError(f"{self._tokens[0]!r} was not expected there")
        return condition

    def _either(self) -> Condition:
        return self._joined("or", self._both)

    def _both(self) -> Condition:
        return self._joined("and", self._one)

    def _joined(self, by: str, part: Any) -> Condition:
        parts = [part()]
        while self._next() == by:
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(inner=tuple(parts), any_=by == "or")

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        try:
            if self._next() == "not":
                self._take()
                return Not(inner=self._one())
            if self._next() == "(":
                self._take()
                inner = self._either()
                self._expect(")")
                return inner
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Condition:
        word = self._word()
        match self._next():
            case "==" | "!=" as operator:
                self._take()
                test = Test(field=word, words=(self._word(),))
                return test if operator == "==" else Not(inner=test)
            case "in":
                self._take()
                return self._among(word)
            case "not":
                self._take()
                self._expect("in")
                return Not(inner=self._among(word))
        return Test(field=word)

    def _among(self, word: str) -> Test:
        if self._next() != "[":
            return Test(field=self._word(), words=(word,))
        self._take()
        words = [self._word()]
        while self._next() == ",":
            self._take()
            words.append(self._word())
        self._expect("]")
        return Test(field=word, words=tuple(words))

    def _word(self) -> str:
        token = self._take()
        if token in _OPERATORS or not re.fullmatch(_WORD, token):
            raise ValueError(f"a name or a word was expected, not {token!r}" if token else "it ends too early")
        return token.strip('"')

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _take(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise ValueError(f"{token!r} was expected, not {found!r}" if found else f"{token!r} is missing at the end")
