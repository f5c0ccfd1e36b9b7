"""Licences in words: what one may do with a design, said plainly. A summary, never the licence itself."""

from dataclasses import dataclass

from registry.web.languages import _, noted


@dataclass(frozen=True)
class LicenceWords:
    """A licence expression, its full name and what it means for somebody who wants to use the design."""

    expression: str
    name: str
    summary: str
    url: str | None = None


_SPDX = "https://spdx.org/licenses/"
_FREE = noted("Use, change, make and sell it freely; keep the notice.")
_SHARE = noted("Use, change, make and sell it; whoever passes on changes shares them under the same licence.")
_WEAK = noted("Use, change, make and sell it; changes to this design stay open, larger works around it need not be.")

_KNOWN: dict[str, tuple[str, str]] = {
    "CERN-OHL-P-2.0": ("CERN Open Hardware Licence 2, permissive", _FREE),
    "CERN-OHL-W-2.0": ("CERN Open Hardware Licence 2, weakly reciprocal", _WEAK),
    "CERN-OHL-S-2.0": (
        "CERN Open Hardware Licence 2, strongly reciprocal",
        noted("Use, change, make and sell it; whoever passes on a product or changes offers the complete source too."),
    ),
    "CERN-OHL-1.2": ("CERN Open Hardware Licence 1.2", _SHARE),
    "TAPR-OHL-1.0": ("TAPR Open Hardware License 1.0", _SHARE),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", noted("Use and change it for any purpose; name the author.")),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0",
        noted("Use and change it for any purpose; name the author and share changes alike."),
    ),
    "CC0-1.0": (
        "Creative Commons Zero",
        noted("No conditions: the author gave up their rights as far as the law allows."),
    ),
    "GPL-3.0-or-later": ("GNU General Public License 3 or later", _SHARE),
    "GPL-3.0-only": ("GNU General Public License 3", _SHARE),
    "LGPL-3.0-or-later": ("GNU Lesser General Public License 3 or later", _WEAK),
    "AGPL-3.0-or-later": ("GNU Affero General Public License 3 or later", _SHARE),
    "MIT": ("MIT License", _FREE),
    "Apache-2.0": ("Apache License 2.0", _FREE),
    "BSD-2-Clause": ("BSD 2-Clause License", _FREE),
    "BSD-3-Clause": ("BSD 3-Clause License", _FREE),
    "LicenseRef-PPL": (
        "Peer Production License",
        noted("Commercial use is for worker-owned makers who share all gains; everybody may use it without profit."),
    ),
}


def licence_words(expression: str) -> LicenceWords:
    """Words for a licence expression; one we have no words for is shown as it is."""
    if expression in _KNOWN:
        name, summary = _KNOWN[expression]
        url = None if expression.startswith("LicenseRef-") else f"{_SPDX}{expression}.html"
        return LicenceWords(expression, name, _(summary), url)
    if " " in expression:
        return LicenceWords(expression, expression, _("Several licences are combined here; read the terms of each."))
    if expression.startswith("LicenseRef-"):
        return LicenceWords(expression, expression, _("The author's own terms: read them in the design's files."))
    return LicenceWords(expression, expression, _("Read the licence's own text."), f"{_SPDX}{expression}.html")


def known_licences() -> list[LicenceWords]:
    """The licences that the publish form offers, in the order of how often open hardware uses them."""
    return [licence_words(expression) for expression in _KNOWN]
