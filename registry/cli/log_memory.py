"""What was seen of registries' logs: the last checkpoint and the keys that signed it, so that no log can go back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from designs.checkpoints import Checkpoint, LogKey, open_checkpoint, parse_log_key
from registry.cli.private_files import write_private
from registry.errors import RegistryError


class LogMemoryUnusable(RegistryError):
    """The file of what was seen cannot be read: to begin anew would let an old history pass again."""

    code = "log_memory_unusable"
    title = "What was seen of the log cannot be read"


@dataclass(frozen=True)
class SeenLog:
    """One log, by its name."""

    keys: tuple[str, ...]
    checkpoint: str

    @property
    def log_keys(self) -> tuple[LogKey, ...]:
        return tuple(map(parse_log_key, self.keys))

    def known(self) -> Checkpoint:
        """Raises BadCheckpoint."""
        return open_checkpoint(self.checkpoint, self.log_keys)[0]


def memory_file() -> Path:
    """The platform's folder for settings."""
    return platformdirs.user_config_path("cofab") / "logs.json"


def read_seen(path: Path) -> dict[str, SeenLog]:
    """By the logs' names. Raises LogMemoryUnusable."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): SeenLog(tuple(one["keys"]), str(one["checkpoint"])) for name, one in told.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogMemoryUnusable(f"{path} cannot be read: restore it, or remove it to trust the logs anew") from error


def keep_seen(path: Path, seen: Mapping[str, SeenLog]) -> None:
    write_private(path, json.dumps({name: asdict(one) for name, one in seen.items()}, indent=1))
