"""A registry as a process of its own, on loopback, as an operator runs it."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from testbed.ports import LOOPBACK, free_port
from testbed.process import Server


class RegistryServer(Server):
    """Started on entering, stopped on leaving. It keeps its folder, port and address over restarts."""

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        blobs: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        env = {
            "COFAB_DATA": str(folder / "data"),
            "COFAB_HOST": LOOPBACK,
            "COFAB_PORT": str(self.port),
            "COFAB_PUBLIC_URL": self.url,
            "COFAB_MEMBER_WRITES_PER_MINUTE": "0",
            "COFAB_ADDRESS_WRITES_PER_MINUTE": "0",
            **({"COFAB_DATABASE_URL": database_url} if database_url else {}),
            **({"COFAB_BLOBS": blobs} if blobs else {}),
            **(settings or {}),
        }
        super().__init__(
            [sys.executable, "-m", "registry.asgi"], ready=self._answers, log=folder / "registry.log", env=env
        )

    def change(self, **settings: str) -> None:
        """What it is to be told from its next start on."""
        self._env |= settings

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health", timeout=1).is_success
        except httpx.TransportError:
            return False
