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
        ("colour = 1", "fabnode.toml: line 1: colour: this key is not known: allowed are agent, machines, notify"),
        ("[agent]\nx = 0\npol_seconds = 1", "line 3: agent.pol_seconds: .* did you mean 'poll_seconds'"),
        ("[agent]\npoll_seconds = 0", "line 2: agent.poll_seconds: Input should be greater than 0, not 0"),
        ("[operator]\nhost = '0.0.0.0'", "line 2: operator.host: Input should be '127.0.0.1'"),
        (MACHINE.replace('"m1"', '"m 1"'), r"line 2: machines\[0\].key: .*, not 'm 1'"),
        (MACHINE + MACHINE.replace('"virtual"', '"../x"'), r"line 7: machines\[1\].driver"),
        (MACHINE + "profil = 1", r"line 5: machines\[0\].profil: .* did you mean 'profile'"),
        (MACHINE + "maintenance = [{ what = 'nozzle' }]", "nozzle needs every_hours, every_grams or every_days"),
        ("[power]\nlimit_w = 900\n" + MACHINE, "m1: .power. limit_w is set, so heat_w and print_w must"),
        ("[power]\nlimit_w = 9\n" + MACHINE + "heat_w = 10\nprint_w = 1", "m1 draws up to 10 W, .* allows 9 W"),
        ("[[notify.ntfy]]\nname = 'a'\nurl = 'http://x/y'\non = ['fire']", r"line 4: notify.ntfy\[0\].on\[0\]"),
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
