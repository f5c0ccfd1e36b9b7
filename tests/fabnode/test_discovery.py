"""Machines found by what they announce: the rule, and a real responder on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from fabnode.cli import fabnode
from fabnode.discovery import SERVICES, Announced, CannotDiscover, Found, chosen, discover, worth_trying

OCTO, MOON, PRUSA = SERVICES


def announced(service: str = OCTO, name: str = "bench-3", **more: object) -> Announced:
    fields = {"addresses": ("10.0.0.3",), "port": 80, "path": "/", "secure": False, **more}
    return Announced(service, name, **fields)  # type: ignore[arg-type]


def test_an_announcement_becomes_an_address_to_try() -> None:
    found = worth_trying(
        [
            announced(MOON, "voron", addresses=("fe80::1%2", "10.0.0.7"), port=7125),
            announced(OCTO, "OctoPrint", path="/octo/"),
            announced(OCTO, "six", addresses=("fd00::9",), port=443, secure=True),
            announced(OCTO, "far", addresses=("fe80::1",)),
            announced(OCTO, "dead", addresses=(), port=80),
            announced("_http._tcp.local.", "router", addresses=("10.0.0.1",)),
        ]
    )
    assert found == (
        Found("OctoPrint", "octoprint", "http://10.0.0.3/octo"),
        Found("six", "octoprint", "https://[fd00::9]"),
        Found("voron", "moonraker", "http://10.0.0.7:7125"),
    )


def test_prusalink_is_not_taken_for_an_octoprint() -> None:
    both = [announced(OCTO, "PrusaLink at mk3"), announced(PRUSA, "PrusaLink at mk3")]
    assert [one.driver for one in worth_trying(both)] == ["prusalink"]
    assert [one.driver for one in worth_trying(both[:1])] == ["prusalink"]


@limits(deadline=None)
@given(
    st.builds(
        Announced,
        st.sampled_from([*SERVICES, "_http._tcp.local."]),
        st.text(max_size=100),
        st.lists(st.ip_addresses().map(str), max_size=3).map(tuple),
        st.integers(-1, 70_000),
        st.text(max_size=20),
        st.booleans(),
    )
)
def test_whatever_is_announced_what_is_shown_is_plain(one: Announced) -> None:
    for found in worth_trying([one]):
        assert found.name.isprintable()
        assert found.url.isprintable()
        assert " " not in found.url
        assert len(found.name) <= 80


def test_one_is_chosen_by_name_or_a_part_of_it() -> None:
    found = [Found("OctoPrint bench-3", "octoprint", "http://a"), Found("OctoPrint bench-33", "octoprint", "http://b")]
    assert chosen(found, "OctoPrint bench-3").url == "http://a"
    assert chosen(found, "BENCH-33").url == "http://b"
    with pytest.raises(CannotDiscover, match="may be 'OctoPrint bench-3' or 'OctoPrint bench-33'"):
        chosen(found, "bench")
    with pytest.raises(CannotDiscover, match="found are none"):
        chosen([], "bench")


@pytest.fixture
async def responder() -> AsyncIterator[None]:
    """Real announcements, on loopback only."""
    here = socket.inet_aton("127.0.0.1")
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
    announcements = [
        (OCTO, "cofab test octo", 5000, {"path": "/"}),
        (MOON, "cofab test moon", 7125, {"uuid": "1", "https_port": "", "route_prefix": "/left"}),
    ]
    for service, name, port, properties in announcements:
        info = ServiceInfo(service, f"{name}.{service}", port, addresses=[here], properties=properties)
        await zeroconf.async_register_service(info, cooperating_responders=True)
    yield
    await zeroconf.async_close()


@pytest.mark.usefixtures("responder")
async def test_a_real_responder_is_found() -> None:
    found = await discover(0.8, ["127.0.0.1"])
    ours = [one for one in found if one.name.startswith("cofab test")]
    assert ours == [
        Found("cofab test moon", "moonraker", "http://127.0.0.1:7125/left"),
        Found("cofab test octo", "octoprint", "http://127.0.0.1:5000"),
    ]


async def test_the_command_lists_what_there_is_and_says_how_to_go_on() -> None:
    done = await asyncio.to_thread(CliRunner().invoke, fabnode, ["discover", "--seconds", "0.5"])
    assert done.exit_code == 0, done.output
    assert "fabnode machine add" in done.output
