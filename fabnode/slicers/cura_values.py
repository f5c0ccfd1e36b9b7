"""The effective settings as numbers and words, and what a rule makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fabnode.slicers.profiles import ProfileError, Setting


@dataclass(frozen=True)
class Values:
    """The effective settings, read as what they are. Raises ProfileError naming the file of what cannot be read."""

    settings: Mapping[str, Setting]

    def text(self, key: str, otherwise: str | None = None) -> str:
        setting = self.settings.get(key)
        if setting is not None:
            return setting.value
        if otherwise is None:
            raise ProfileError(f"CuraEngine needs the setting {key}: no layer of the profile gives it")
        return otherwise

    def number(self, key: str, otherwise: float | None = None) -> float:
        """A number; a percentage is its hundredth part."""
        text = self.text(key, None if otherwise is None else f"{otherwise:g}")
        try:
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError as error:
            raise ProfileError(f"{self.settings[key].source}: {key} is a number, not {text!r}") from error

    def on(self, key: str) -> bool:
        return self.text(key, "0") == "1"


@dataclass(frozen=True)
class Rule:
    """CuraEngine's settings that one value gives, and the settings it counts from, the telling one first."""

    gives: tuple[str, ...]
    counts_from: tuple[str, ...]
    value: Callable[[Values], float | int | bool | str]
