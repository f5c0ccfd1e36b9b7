"""Licences of designs: SPDX expressions (SPDX 3.0, annex B) and LicenseRef-… for licences without an SPDX id.

The licence package is imported on first use: it reads an index of some hundred kilobytes.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from designs.errors import DesignError
from designs.exact import shown
from designs.wording import suggestion

if TYPE_CHECKING:
    from license_expression import Licensing

T = TypeVar("T")

MAX_LENGTH = 200
COMMON = (
    "CERN-OHL-S-2.0",
    "CERN-OHL-W-2.0",
    "CERN-OHL-P-2.0",
    "CC-BY-SA-4.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "GPL-3.0-or-later",
    "MIT",
    "Apache-2.0",
    "TAPR-OHL-1.0",
    "LicenseRef-PPL",
)
"""Licences that hardware designs really carry, the ones that fit best first: for choices and suggestions."""

_OR_LATER = re.compile(r"[A-Za-z0-9.-]+(?=\+)")
"""The licence in `CC-BY-SA-3.0+`: this version or any later one."""
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_MEANT: Mapping[str, str] = {
    "agpl": "AGPL-3.0-or-later",
    "apache": "Apache-2.0",
    "apache2": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "ccby": "CC-BY-4.0",
    "ccbysa": "CC-BY-SA-4.0",
    "cern": "CERN-OHL-S-2.0",
    "cernohl": "CERN-OHL-S-2.0",
    "cernohlp": "CERN-OHL-P-2.0",
    "cernohls": "CERN-OHL-S-2.0",
    "cernohlw": "CERN-OHL-W-2.0",
    "creativecommons": "CC-BY-SA-4.0",
    "gpl": "GPL-3.0-or-later",
    "gpl3": "GPL-3.0-or-later",
    "gplv3": "GPL-3.0-or-later",
    "peerproduction": "LicenseRef-PPL",
    "peerproductionlicense": "LicenseRef-PPL",
    "publicdomain": "CC0-1.0",
    "taprohl": "TAPR-OHL-1.0",
}
"""What people write, without spaces and signs, for what SPDX calls otherwise."""


class BadLicence(DesignError):
    """The text is no licence expression. The message says which part, and what was probably meant."""


@dataclass(frozen=True)
class Licence:
    """A licence expression in normalised spelling."""

    expression: str
    ids: tuple[str, ...]
    """The licences in it, each once."""


def parse_licence(expression: str) -> Licence:
    """Read an SPDX expression such as `CERN-OHL-S-2.0` or `MIT OR LicenseRef-PPL`; raises BadLicence."""
    text = expression.strip()
    if not text or len(text) > MAX_LENGTH or not text.isascii():
        raise BadLicence(
            f"not a licence: {shown(expression)}; give an SPDX expression of at most {MAX_LENGTH} plain characters, "
            f"like {COMMON[0]}"
        )
    if text in COMMON:
        return Licence(text, (text,))
    meant = _meant(text)
    if meant:
        raise BadLicence(f"{shown(text)} is not an SPDX licence id: did you mean {meant}?")
    return _parse(text)


def weigh(
    licence: Licence, of: Callable[[str], T], *, choice: Callable[[Sequence[T]], T], all_of: Callable[[Sequence[T]], T]
) -> T:
    """What an expression comes to when each licence in it comes to `of` its id: the recipient has the `choice` of what
    is joined by OR, and `all_of` what is joined by AND holds. An id comes with its exception, like
    `GPL-2.0-only WITH Classpath-exception-2.0`.
    """
    if licence.expression == licence.ids[0]:
        return of(licence.expression)
    from license_expression import OR, LicenseSymbol, LicenseWithExceptionSymbol

    def weight(node: Any) -> T:
        if isinstance(node, LicenseWithExceptionSymbol):
            return of(f"{node.license_symbol.key} WITH {node.exception_symbol.key}")
        if isinstance(node, LicenseSymbol):
            return of(str(node.key))
        return (choice if isinstance(node, OR) else all_of)([weight(part) for part in node.args])

    return weight(_licensing().parse(licence.expression, strict=False))


def _meant(text: str) -> str | None:
    return _MEANT.get(re.sub(r"[^a-z0-9]|licen[cs]e$", "", text.casefold()))


def _parse(text: str) -> Licence:
    from license_expression import ExpressionError, ExpressionParseError

    licensing = _licensing()
    text = _OR_LATER.sub(_spelt, text)
    try:
        parsed = licensing.parse(text, strict=False)
        ids = [str(key) for key in licensing.license_keys(parsed, unique=True)]
    except (ExpressionError, ExpressionParseError, RecursionError, TypeError, AttributeError, LookupError) as error:
        raise BadLicence(
            f"not a licence expression: {shown(text)}; join licence ids by AND, OR or WITH, like MIT OR {COMMON[0]}"
        ) from error
    for licence_id in ids:
        known = licence_id.removesuffix("+") in licensing.known_symbols
        if not known and not _REFERENCE.fullmatch(licence_id):
            raise BadLicence(_unknown(licence_id, licensing))
    return Licence(parsed.render(), tuple(ids))


def _spelt(found: re.Match[str]) -> str:
    """A licence id as SPDX spells it, if it is one."""
    same = (key for key in _licensing().known_symbols if key.casefold() == found[0].casefold())
    return next(same, found[0])


def _unknown(licence_id: str, licensing: "Licensing") -> str:
    meant = _meant(licence_id)
    names = [key for key in licensing.known_symbols if not key.startswith("LicenseRef-")]
    hint = f" (did you mean {meant}?)" if meant else suggestion(licence_id, names)
    return (
        f"unknown licence {shown(licence_id)}{hint}; give an SPDX id, "
        "or LicenseRef-… for a licence whose text is among the design's files"
    )


@functools.cache
def _licensing() -> "Licensing":
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
