"""A real registry with people and designs in it, and an agent that speaks the node protocol without a machine."""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from fabnode.protocol import (
    Announce,
    AttemptState,
    BedState,
    Claim,
    ClaimedJob,
    Enrol,
    Envelope,
    Heartbeat,
    HeldLease,
    LoadedMaterial,
    MachineCard,
    MachineReport,
    Message,
    Report,
    Reports,
    SliceFigures,
)
from testbed.process import wait_until

LIBRARY = Path(__file__).parents[2] / "designs" / "library"
PASSWORD = "correct horse battery"

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
HOSTILE_MANIFEST = f"""
[design]
name = "hostile"
title = "{HOSTILE}"
description = "{HOSTILE}"
licence = "MIT"
authors = ["{HOSTILE.replace("<", "(").replace(">", ")")}"]
engine = "cadquery"
source = "box.py"
readme = "README.md"

[parameters.size]
type = "number"
unit = "mm"
default = 10
min = 1
max = 100
label = "{HOSTILE}"
description = "{HOSTILE}"
group = "{HOSTILE}"

[parameters.word]
type = "choice"
default = "plain"
choices = ["plain", "{HOSTILE}"]

[[relations]]
rule = "size < 90"
message = "{HOSTILE}"

[presets.small]
title = "{HOSTILE}"
values = {{ size = 5 }}
"""
HOSTILE_README = f"""
# {HOSTILE}

{HOSTILE}

[here](javascript:alert(3)) and ![there](https://evil.example/pixel.png)

<iframe srcdoc="<script>alert(4)</script>"></iframe>
"""
BOX = "import cadquery as cq\nsize = 10.0\nword = 'plain'\nshow_object(cq.Workplane().box(size, size, size))\n"


@dataclass(frozen=True)
class Site:
    """Where the registry is, and the tokens of who lives in it."""

    url: str
    tokens: dict[str, str]

    def client(self, member: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[member]}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)

    def wait_for_build(self, client: httpx.Client, version: str) -> str:
        """Build a version with its defaults; returns the build's id when it is done."""
        asked = client.post("/builds", json={"version": version}).raise_for_status().json()
        address = f"/builds/{asked['id']}"
        wait_until(lambda: client.get(address).json()["state"] in {"done", "failed"}, seconds=90, what="the build")
        found = client.get(address).json()
        assert found["state"] == "done", found["error"]
        return str(found["id"])


def settle(url: str) -> Site:
    """Two members; ada's designs, bea's fork, bea's facility with two machines."""
    tokens = {
        name: httpx.post(
            f"{url}/api/v1/members", json={"name": name, "password": PASSWORD, "display_name": name.capitalize()}
        )
        .raise_for_status()
        .json()["token"]
        for name in ("ada", "bea")
    }
    site = Site(url, tokens)
    with site.client("ada") as ada, site.client("bea") as bea:
        publish(ada, "ada/gridfinity-bin@1.0.0", folder(LIBRARY / "gridfinity-bin"))
        publish(ada, "ada/hostile@1.0.0", {"design.toml": HOSTILE_MANIFEST, "README.md": HOSTILE_README, "box.py": BOX})
        bea.post(
            "/designs/ada/gridfinity-bin/versions/1.0.0/fork", json={"namespace": "bea", "name": "drawer-bin"}
        ).raise_for_status()
        publish(ada, "ada/gridfinity-bin@1.1.0", {**folder(LIBRARY / "gridfinity-bin"), "CHANGES.txt": "Second"})
        place = {
            "name": "Riverside lab",
            "slug": "riverside",
            "address": "12 Mill Lane",
            "description": "Printers and tea",
        }
        bea.post("/facilities", json=place).raise_for_status()
        # site.wait_for_build(ada, "ada/gridfinity-bin@1.1.0")
    return site


def folder(path: Path) -> dict[str, str | bytes]:
    """The files of a design's folder."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def packed(files: dict[str, str] | dict[str, str | bytes]) -> bytes:
    """The files as a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def publish(client: httpx.Client, name: str, files: dict[str, str] | dict[str, str | bytes]) -> None:
    design, _, version = name.partition("@")
    client.post(f"/designs/{design}/archive?version={version}", content=packed(files)).raise_for_status()


class PaperAgent:
    """Says to the registry what an agent would say, one message at a time, with machines of paper."""

    def __init__(self, site: Site, code: str) -> None:
        self._http = httpx.Client(base_url=f"{site.url}/api/v1", timeout=60)
        enrolled = self._send("POST", "/nodes/enrol", Enrol(code=code, name="paper", software="paper/1")).json()
        self._http.headers["Authorization"] = f"Bearer {enrolled['token']}"
        self._sequence = 0
        cards = (
            _card("mk3s", "Prusa left", Envelope(x=250, y=210, z=210), plate_copies=3),
            _card("tiny", "Tiny one", Envelope(x=60, y=60, z=60)),
        )
        self._send("PUT", "/node/machines", Announce(software="paper/1", machines=cards))
        self.beat()

    def beat(self, job: ClaimedJob | None = None, progress: float | None = None) -> None:
        """A heartbeat: the first machine prints `job` when one is given, all else is idle."""
        busy = job is not None and progress is not None
        first = MachineReport(
            key="mk3s", state="printing" if busy else "idle", bed=BedState.OCCUPIED if busy else BedState.CLEAR,
            attempt=job.attempt if job else None, progress=progress, seconds_left=600 if busy else None,
            nozzle_c=214.6, bed_c=60,
        )  # fmt: skip
        second = MachineReport(key="tiny", state="idle", bed=BedState.UNKNOWN)
        leases = (HeldLease(attempt=job.attempt, epoch=job.epoch),) if job else ()
        self._send("POST", "/node/heartbeat", Heartbeat(machines=(first, second), leases=leases))

    def claim(self) -> ClaimedJob:
        """Wait for work for the first machine."""
        key = f"paper-{datetime.now(UTC).timestamp()}"
        answer = self._send("POST", "/node/claim", Claim(idempotency_key=key, machines=("mk3s",), wait_seconds=30))
        assert answer.status_code == 200, "no job came within 30 s"
        return ClaimedJob.model_validate(answer.json())

    def permit(self, job: ClaimedJob) -> None:
        body = {"attempt": job.attempt, "epoch": job.epoch, "gcode_sha256": "a" * 64}
        self._http.post("/node/permit", json=body).raise_for_status()

    def tell(
        self, job: ClaimedJob, state: AttemptState, reason: str | None = None, *, good_copies: int | None = None
    ) -> None:
        """Report that the attempt came into a state."""
        self._sequence += 1
        figures = SliceFigures(
            slicer="PaperSlicer 1", profile="paper", gcode_sha256="a" * 64, gcode_bytes=1234, print_seconds=4210,
            filament_g=18.4, filament_mm=6100, layers=105,
        )  # fmt: skip
        report = Report(
            sequence=self._sequence, attempt=job.attempt, epoch=job.epoch, state=state, at=datetime.now(UTC),
            reason=reason, figures=figures if state is AttemptState.SLICED else None,
            print_seconds=4300 if state is AttemptState.GOOD else None, good_copies=good_copies,
        )  # fmt: skip
        self._send("POST", "/node/reports", Reports(reports=(report,)))

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, message: Message) -> httpx.Response:
        return self._http.request(method, path, json=message.model_dump(mode="json")).raise_for_status()


def _card(key: str, name: str, envelope: Envelope, *, plate_copies: int = 1) -> MachineCard:
    return MachineCard(
        key=key, name=name, model="Paper MK3S", driver="paper", envelope=envelope, nozzle_mm=0.4, profile="paper",
        materials=(LoadedMaterial(material="PLA", colour="black"),), plate_copies=plate_copies,
    )  # fmt: skip
