"""Those who use the registry while faults are put in: it may be away at any moment, and they try again."""

import io
import zipfile
from typing import Any

import httpx

from testbed.process import wait_until

CHIP = {
    "design.toml": """
[design]
name = "chip"
title = "Chip"
description = "The smallest part that is worth a print: faults are put into its making."
licence = "CC0-1.0"
authors = ["Cofab contributors"]
engine = "cadquery"
source = "chip.py"

[parameters.side]
type = "number"
unit = "mm"
default = 6
min = 4
max = 20
step = 0.5

[print]
process = "fdm"
material = "PLA"
nozzle_mm = 0.4
layer_height_mm = 0.2
infill_percent = 0
perimeters = 1
supports = false
brim_mm = 0
""",
    "chip.py": """
import cadquery as cq

side = 6.0

show_object(cq.Workplane("XY").box(side, side, 0.6))
""",
}
"""A design in a few lines: three layers of a small square."""
BUILD_SECONDS = 120
Json = dict[str, Any]


class Away(Exception):
    """The registry did not answer, or says that it cannot just now."""


class Refused(Exception):
    """The registry answered no."""


class Office:
    """Ada designs, Ben orders, Fay runs the fablab."""

    def __init__(self, registry: str) -> None:
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(base_url=f"{registry}/api/v1", trust_env=False, timeout=20)

    def ask(self, who: str | None, method: str, path: str, body: object = None, **more: Any) -> Json:
        """One call of the registry's API. Raises Away and Refused."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"} if who else {}
        try:
            answer = self._client.request(method, path, json=body, headers=headers | more.pop("headers", {}), **more)
        except httpx.HTTPError as error:
            raise Away(f"{method} {path}: {error}") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Away(f"{method} {path}: {answer.status_code}")
        if not answer.is_success:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        answered: Json = answer.json()
        return answered

    def open(self) -> str:
        """Members, a published design and a facility; a code to enrol an agent by."""
        for name in ("ada", "ben", "fay"):
            answer = self.ask(None, "POST", "/members", {"name": name, "password": f"{name} of the commons"})
            self._tokens[name] = answer["token"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, text in CHIP.items():
                archive.writestr(name, text)
        headers = {"Authorization": f"Bearer {self._tokens['ada']}", "Content-Type": "application/zip"}
        url = "/designs/ada/chip/archive"
        published = self._client.post(
            url, params={"version": "1.0.0"}, content=packed.getvalue(), headers=headers, timeout=BUILD_SECONDS
        )
        if published.status_code != 201:
            raise Refused(f"POST {url}: {published.status_code} {published.text}")
        self.ask("fay", "POST", "/facilities", {"name": "Riverside", "slug": "riverside", "access": "public"})
        code: str = self.ask("fay", "POST", "/facilities/riverside/enrolments")["code"]
        return code

    def order(self, quantity: int, key: str) -> str:
        """Order chips; the same key again gives the same order."""
        body = {"version": "ada/chip@1.0.0", "parameters": {}, "quantity": quantity, "material": "PLA"}
        placed: str = self.ask("ben", "POST", "/orders", body, headers={"Idempotency-Key": key})["id"]
        return placed

    def read(self, order: str) -> Json:
        return self.ask("ben", "GET", f"/orders/{order}")

    def await_built(self, order: str) -> None:
        """Return when machines may take its copies."""

        def is_built() -> bool:
            return all(job["state"] != "waiting" for job in self.read(order)["jobs"])

        wait_until(is_built, seconds=BUILD_SECONDS, what=f"the geometry of {order}")

    def redo(self, order: str, job: str) -> None:
        self.ask("ben", "POST", f"/orders/{order}/jobs/{job}/redo")

    def direct(self, order: str, job: str, command: str) -> None:
        self.ask("fay", "POST", f"/orders/{order}/jobs/{job}/{command}")

    def close(self) -> None:
        self._client.close()
