"""What the roster says of one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalate.domain.roster import Channel


class Settings:
    """A channel's settings by name. Secrets are fetched when they are used, so that a new one is taken up."""

    def __init__(self, channel: Channel, secret: Callable[[str], str]) -> None:
        self._channel = channel
        self._secret = secret

    @property
    def name(self) -> str:
        return self._channel.name

    def text(self, key: str, default: str | None = None) -> str:
        """Raises Misconfigured where it is not set and there is no default."""
        value = self._channel.settings.get(key, default)
        if value is None or not isinstance(value, str):
            raise Misconfigured(
                f"Channel {self.name} has no {key}." if value is None else f"Channel {self.name}: {key} must be text.",
                hint=f"Set {key} in [channels.{self.name}] of the roster, then: escalate apply roster.toml",
            )
        return value.strip()

    def flag(self, key: str) -> bool:
        return self._channel.settings.get(key) is True

    def secret(self, key: str) -> str:
        """The secret that the setting names as `secret:NAME`. Raises Misconfigured for a literal one."""
        value = self.text(key)
        if not value.startswith("secret:"):
            raise Misconfigured(
                f"Channel {self.name}: {key} must name a secret, not be one.",
                hint=f'Write {key} = "secret:{self.name}", then: escalate login {self.name}',
            )
        return self._secret(value.removeprefix("secret:").strip())

    def optional_secret(self, key: str) -> str:
        """Empty where the setting is not there."""
        return self.secret(key) if key in self._channel.settings else ""
