"""Licences: SPDX expressions in one spelling, and a hint for what people really write."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.licences import COMMON, BadLicence, parse_licence


@pytest.mark.parametrize(
    ("written", "normal", "ids"),
    [
        ("CERN-OHL-S-2.0", "CERN-OHL-S-2.0", ("CERN-OHL-S-2.0",)),
        ("cern-ohl-w-2.0", "CERN-OHL-W-2.0", ("CERN-OHL-W-2.0",)),
        (" mit ", "MIT", ("MIT",)),
        ("mit or apache-2.0", "MIT OR Apache-2.0", ("MIT", "Apache-2.0")),
        ("MIT AND (MIT OR CC0-1.0)", "MIT AND (MIT OR CC0-1.0)", ("MIT", "CC0-1.0")),
        ("ppl", "PPL", ("PPL",)),
        ("LicenseRef-PPL", "LicenseRef-PPL", ("LicenseRef-PPL",)),
        ("LicenseRef-My.Own-1 OR MIT", "LicenseRef-My.Own-1 OR MIT", ("LicenseRef-My.Own-1", "MIT")),
        ("TAPR-OHL-1.0", "TAPR-OHL-1.0", ("TAPR-OHL-1.0",)),
        ("cc-by-sa-3.0+ or mit", "CC-BY-SA-3.0+ OR MIT", ("CC-BY-SA-3.0+", "MIT")),
        ("GPL-2.0+", "GPL-2.0-or-later", ("GPL-2.0-or-later",)),
    ],
)
def test_reads_and_normalises(written: str, normal: str, ids: tuple[str, ...]):
    licence = parse_licence(written)
    assert (licence.expression, licence.ids) == (normal, ids)
    assert parse_licence(normal) == licence


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "not a licence: ''"),
        ("CERN OHL S", "did you mean CERN-OHL-S-2.0?"),
        ("CC-BY-SA", "did you mean CC-BY-SA-4.0?"),
        ("GPLv3", "did you mean GPL-3.0-or-later?"),
        ("Peer Production License", "did you mean LicenseRef-PPL?"),
        ("CERN-OHL-S-2", "unknown licence 'CERN-OHL-S-2' (did you mean CERN-OHL-S-2.0?)"),
        ("MIT OR Apache", "unknown licence 'Apache' (did you mean Apache-2.0?)"),
        ("MIT AND", "not a licence expression: 'MIT AND'; join licence ids by AND, OR or WITH"),
        ("MIT Apache-2.0", "not a licence expression"),
        ("MIT OR ()", "not a licence expression"),
        ("(" * 150 + "MIT", "not a licence expression"),
        ("LicenseRef-House+", "unknown licence 'LicenseRef-House+'"),
        ("LicenseRef-", "unknown licence 'LicenseRef-'"),
        ("МIT", "plain characters"),
        ("MIT " * 60, "at most 200"),
        ("NONE", "unknown licence 'NONE'"),
        ("my own", "not a licence expression: 'my own'|unknown licence"),
    ],
)
def test_refuses_with_a_hint(written: str, message: str):
    with pytest.raises(BadLicence) as caught:
        parse_licence(written)
    assert any(part in str(caught.value) for part in message.split("|"))


def test_every_common_licence_is_really_one():
    from designs import licences

    for expression in COMMON:
        assert licences._parse(expression).expression == expression


@given(st.text("MITORANDWH()- .0123Licen", max_size=40))
def test_any_text_is_read_or_refused(text: str):
    try:
        licence = parse_licence(text)
    except BadLicence:
        return
    assert parse_licence(licence.expression) == licence


def test_the_licence_package_is_not_imported_for_common_licences():
    code = (
        "import sys; from designs.licences import parse_licence; parse_licence('MIT'); "
        "assert 'license_expression' not in sys.modules; "
        "parse_licence('mit'); assert 'license_expression' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
