"""A real S3 server: SeaweedFS from its wheel, on loopback."""

import secrets
import sys
from pathlib import Path

import urllib3

from testbed.ports import LOOPBACK, free_port
from testbed.process import Server


class S3Server(Server):
    """Started on entering, stopped on leaving. `address(bucket)` is what COFAB_BLOBS takes."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self.access_key = secrets.token_hex(8)
        self.secret_key = secrets.token_hex(16)
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        super().__init__(
            [
                str(Path(sys.executable).with_name("weed")),
                f"-logdir={folder}",
                "mini",
                f"-dir={data}",
                f"-ip={LOOPBACK}",
                f"-ip.bind={LOOPBACK}",
                f"-s3.port={self._port}",
                *(f"-{part}.port={free_port()}" for part in ("master", "filer", "volume")),
                *(f"-{part}.port.grpc={free_port()}" for part in ("master", "filer", "volume", "s3")),
                "-s3.port.iceberg=0",
                "-webdav=false",
                "-admin.ui=false",
            ],
            ready=self._answers,
            log=folder / "s3.log",
            env={"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key},
        )

    def address(self, bucket: str) -> str:
        return f"s3://{self.access_key}:{self.secret_key}@{LOOPBACK}:{self._port}/{bucket}?secure=0"

    def _answers(self) -> bool:
        try:
            answer = urllib3.request("GET", f"http://{LOOPBACK}:{self._port}/healthz", retries=False, timeout=1)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200
