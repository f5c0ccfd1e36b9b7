"""`cofab serve`: a registry from one command, ended by Ctrl-C."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from testbed.ports import free_port
from testbed.process import wait_until

CODE = "from registry.cli import main; main()"


def test_serves_until_ctrl_c(tmp_path: Path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [sys.executable, "-c", CODE, "serve", "--data", str(tmp_path / "data"), "--port", str(port)]

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/api/v1/health", timeout=2).is_success
        except httpx.TransportError:
            return False

    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:
        try:
            wait_until(answers, seconds=60, what="the registry to answer")
            served.send_signal(signal.SIGINT)
            said, _ = served.communicate(timeout=30)
        finally:
            served.kill()
    assert f"Serving {url} from {tmp_path / 'data'}; Ctrl-C ends it." in said
    assert "Traceback" not in said
    assert served.returncode in {0, 130}
    assert (tmp_path / "data").is_dir()


def test_a_port_that_is_taken_is_said(tmp_path: Path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = [sys.executable, "-c", CODE, "serve", "--data", str(tmp_path / "data"), "--port", port]
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use" in ended.stderr
    assert "Traceback" not in ended.stderr
