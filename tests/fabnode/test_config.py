"""The configuration is strict and says where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabnode.adding import _quoted
from fabnode.config import ConfigError, parse_config

MACHINE = '[[machines]]\nkey = "m1"\ndriver = "virtual"\nprofile = "generic"\n'


def test_defaults_suit_a_workshop() -> None:
    config = parse_config(MACHINE, "fabnode.toml")
    assert config.machines[0].title == "m1"
    assert config.operator.host == "127.0.0.1"
    assert config.agent.stage_ahead


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("registry = ", "fabnode.toml: not TOML"),
        ("colour = 1", "fabnode.toml: colour: Extra inputs are not permitted"),
        ("[agent]\npoll_seconds = 0", r"fabnode.toml: agent.poll_seconds: Input should be greater than 0"),
        ("[operator]\nhost = '0.0.0.0'", "fabnode.toml: operator.host: Input should be '127.0.0.1'"),
        (MACHINE.replace('"m1"', '"m 1"'), r"fabnode.toml: machines\[0\].key"),
        (MACHINE.replace('"virtual"', '"../x"'), r"fabnode.toml: machines\[0\].driver"),
        (MACHINE + MACHINE, "two machines have the key 'm1'"),
        (MACHINE + "nozzle_mm = nan", r"machines\[0\].nozzle_mm"),
    ],
)
def test_an_error_names_file_and_key(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_config(text, "fabnode.toml")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80))
def test_any_name_survives_being_written_and_read(name: str) -> None:
    assert parse_config(f"{MACHINE}name = {_quoted(name)}\n", "fabnode.toml").machines[0].name == name
