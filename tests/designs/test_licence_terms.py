"""Who may make a thing for money, by its licence."""

import pytest

from designs.licence_terms import Commerce, commerce
from designs.licences import COMMON, BadLicence


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("CERN-OHL-S-2.0", Commerce.ANYBODY),
        ("CC-BY-SA-4.0", Commerce.ANYBODY),
        ("CC-BY-3.0-US", Commerce.ANYBODY),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Commerce.ANYBODY),
        ("CC-BY-NC-4.0", Commerce.NOBODY),
        ("CC-BY-NC-SA-4.0", Commerce.NOBODY),
        ("PolyForm-Noncommercial-1.0.0", Commerce.NOBODY),
        ("LicenseRef-NC", Commerce.NOBODY),
        ("LicenseRef-PPL", Commerce.PEERS),
        ("LicenseRef-PPL-2", Commerce.PEERS),
        ("LicenseRef-CopyFarLeft", Commerce.PEERS),
        ("LicenseRef-PeerProduction-1.0", Commerce.PEERS),
        ("LicenseRef-Workshop-House-Rules", Commerce.UNKNOWN),
        ("CC-BY-ND-4.0", Commerce.UNKNOWN),
        ("NCSA", Commerce.UNKNOWN),
        ("CC-BY-NC-4.0 OR CERN-OHL-P-2.0", Commerce.ANYBODY),
        ("CC-BY-NC-4.0 OR LicenseRef-PPL", Commerce.PEERS),
        ("MIT AND CC-BY-NC-4.0", Commerce.NOBODY),
        ("MIT AND (CC-BY-NC-4.0 OR LicenseRef-PPL)", Commerce.PEERS),
        ("LicenseRef-House OR CC-BY-NC-4.0", Commerce.UNKNOWN),
    ],
)
def test_a_choice_takes_the_freest_and_what_holds_together_the_strictest(expression: str, allowed: Commerce) -> None:
    assert commerce(expression) is allowed


def test_of_the_common_licences_the_peer_production_one_alone_is_not_for_everybody() -> None:
    assert {each for each in COMMON if commerce(each) is not Commerce.ANYBODY} == {"LicenseRef-PPL"}


def test_what_is_no_licence_is_refused() -> None:
    with pytest.raises(BadLicence):
        commerce("do what you like")
