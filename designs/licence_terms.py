"""What a licence says about making a thing for money: the one question that a maker's facility has to ask.

A reading of the licences' own texts, for showing reasons; it is no legal advice, and what is not known is said so.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

from designs.licences import parse_licence, weigh

PEER_CLAUSE = "Peer Production License, 4 (c)"
"""Commercial exercise only by a worker-owned business or collective that shares all gains among its worker-owners."""
WAGE_CLAUSE = "4 (d)"
"""None by a privately owned business that seeks profit from the labour of employees paid by wages."""


class Commerce(IntEnum):
    """Who may make it for money; the least strict first."""

    ANYBODY = 0
    UNKNOWN = 1
    """The licence is the author's own, or one that is not known here."""
    PEERS = 2
    """Worker-owned makers that share all gains (PEER_CLAUSE). Without profit, everybody."""
    NOBODY = 3
    """It may be made, but not for money."""


_FREE = re.compile(
    r"0BSD|Apache-|(?:A|L)?GPL-|Artistic-2|BSD-|BSL-1|CC0-|CC-BY-(?:SA-)?\d|CERN-OHL-|EPL-|EUPL-|ISC$|MIT(?:-0)?$|MPL-"
    r"|SHL-|TAPR-OHL-|Unlicense$|Zlib$"
)
_NOT_FOR_MONEY = re.compile(
    r"CC-BY-NC-|PolyForm-Noncommercial-|LicenseRef-(?:.*-)?NC(?:-|$)|LicenseRef-.*[Nn]on-?commercial"
)
_PEERS = re.compile(
    r"LicenseRef-(?:.*-)?(?:PPL|CSPPL)(?:-|$)|LicenseRef-(?:.*-)?(?:Peer-?Production|Copy-?[Ff]ar-?[Ll]eft)"
)


def commerce(expression: str) -> Commerce:
    """For an SPDX expression: of licences joined by OR the least strict counts, of those joined by AND the strictest.

    Raises BadLicence.
    """
    return weigh(parse_licence(expression), _of, choice=_least, all_of=_strictest)


def _of(licence_id: str) -> Commerce:
    if _NOT_FOR_MONEY.match(licence_id):
        return Commerce.NOBODY
    if _PEERS.match(licence_id):
        return Commerce.PEERS
    return Commerce.ANYBODY if _FREE.match(licence_id) else Commerce.UNKNOWN


def _least(each: Sequence[Commerce]) -> Commerce:
    return min(each)


def _strictest(each: Sequence[Commerce]) -> Commerce:
    return max(each)
