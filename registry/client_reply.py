"""What a registry answered: JSON that is looked into key by key, and is believed of no key before it was checked."""

from collections.abc import Iterator

from designs.digest import JsonValue
from registry.errors import RegistryError

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""Any JSON. Floats come in answers (seconds, progress); nothing is computed into a digest from them."""


class RegistryConfused(RegistryError):
    """The registry, or something between it and here, answered what no registry answers."""

    code = "confused_registry"
    title = "The registry answered nonsense"


class Reply:
    """One JSON object of an answer."""

    def __init__(self, value: Json, where: str) -> None:
        if not isinstance(value, dict):
            raise RegistryConfused(
                f"{where}: the registry answered something else than a JSON object; is it a registry?"
            )
        self.json: dict[str, Json] = value
        self.where = where

    def text(self, key: str) -> str:
        value = self.json.get(key)
        if isinstance(value, str):
            return value
        raise self._confused(key, "text")

    def maybe_text(self, key: str) -> str | None:
        return None if self.json.get(key) is None else self.text(key)

    def whole(self, key: str) -> int:
        value = self.json.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._confused(key, "a whole number")

    def number(self, key: str) -> float | None:
        value = self.json.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        raise self._confused(key, "a number")

    def flag(self, key: str) -> bool:
        return self.json.get(key) is True

    def texts(self, key: str) -> list[str]:
        return [value for value in self._list(key) if isinstance(value, str)]

    def exact(self) -> JsonValue:
        """The object as JSON without floats, as digests are made of it."""
        return _exact(self.json, self.where)

    def part(self, key: str) -> "Reply":
        """The object under this key."""
        return Reply(self.json.get(key), f"{self.where}: {key}")

    def maybe_part(self, key: str) -> "Reply | None":
        return None if self.json.get(key) is None else self.part(key)

    def parts(self, key: str) -> Iterator["Reply"]:
        """The objects of the list under this key."""
        for number, value in enumerate(self._list(key), start=1):
            yield Reply(value, f"{self.where}: {key} {number}")

    def _list(self, key: str) -> list[Json]:
        value = self.json.get(key, [])
        if not isinstance(value, list):
            raise self._confused(key, "a list")
        return value

    def _confused(self, key: str, expected: str) -> RegistryConfused:
        return RegistryConfused(
            f"{self.where}: the registry answered without {expected} under {key!r}; is it a registry?"
        )


def _exact(value: Json, where: str) -> JsonValue:
    if isinstance(value, dict):
        return {key: _exact(inner, where) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner, where) for inner in value]
    if isinstance(value, float):
        raise RegistryConfused(f"{where}: the registry answered a rounded number where an exact one belongs")
    return value
