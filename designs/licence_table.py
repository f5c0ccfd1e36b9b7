"""What each licence says about works that are made from it: the table behind `designs.licence_flow`.

For an origin's licence the first rule that names the result's licence counts, else `otherwise`. Clauses are those of
the origin's text unless another licence is named. `docs/reference/licences.md` is made from this table.
"""

from collections.abc import Mapping

from designs.licence_rows_gnu import GNU, GNU_ROWS, GPL2, LGPL2
from designs.licence_rules import (
    CC_ADAPTERS,
    CC_COMPATIBLE,
    CREDIT,
    DATED,
    GNU_LIST,
    NOTICES,
    PPL,
    PPL_TEXT,
    SOURCE,
    SPDX,
    Reach,
    Rule,
    Terms,
    no,
    not_settled,
    yes,
)

_NC = frozenset({"CC-BY-NC-3.0", "CC-BY-NC-4.0"})
_NC_SA = frozenset({"CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"})
_NC_ND = frozenset({"CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0"})


def _permissive(
    licence_id: str, name: str, clause: str, *, rules: tuple[Rule, ...] = (), duties: tuple[str, ...] = (NOTICES,)
) -> Terms:
    anything = yes("lets changed works carry another licence", clause)
    return Terms(licence_id, name, f"{SPDX}{licence_id}.html", Reach.NOTICES, anything, rules, duties)


_APACHE = (
    no("is held incompatible with version 2 of the GPL for its patent terms", "FSF licence list", GPL2, GNU_LIST),
    not_settled("has patent terms that version 2.1 of the LGPL may not allow", "§3; LGPL-2.1-only §10", LGPL2),
)
_APACHE_DUTIES = (NOTICES, "Mark the files that were changed, and keep its NOTICE file.")

_PERMISSIVE = (
    _permissive(
        "CERN-OHL-P-2.0",
        "CERN Open Hardware Licence 2, permissive",
        "§3.4",
        rules=(
            not_settled(
                "asks for its own text and dated notices, which nobody declared compatible with these older licences",
                "§3.3(b), §3.4(b)",
                GPL2 | LGPL2,
            ),
        ),
        duties=(NOTICES, DATED),
    ),
    _permissive("CC0-1.0", "Creative Commons Zero", "§2", duties=()),
    _permissive("CC-BY-4.0", "Creative Commons Attribution 4.0", "§3(a)(4)", duties=(CREDIT,)),
    _permissive(
        "CC-BY-3.0",
        "Creative Commons Attribution 3.0",
        "§4(b)",
        rules=(
            not_settled(
                "is not among the licences that the FSF calls compatible with its own",
                "FSF licence list",
                GNU,
                GNU_LIST,
            ),
        ),
        duties=(CREDIT,),
    ),
    _permissive("MIT", "MIT License", "its one condition"),
    _permissive("BSD-2-Clause", "BSD 2-Clause License", "conditions 1 and 2"),
    _permissive("BSD-3-Clause", "BSD 3-Clause License", "conditions 1 to 3"),
    _permissive("ISC", "ISC License", "its one condition"),
    _permissive("Apache-2.0", "Apache License 2.0", "§4", rules=_APACHE, duties=_APACHE_DUTIES),
    _permissive(
        "SHL-2.1",
        "Solderpad Hardware License 2.1",
        "first paragraph; Apache-2.0 §4",
        rules=_APACHE,
        duties=_APACHE_DUTIES,
    ),
)


def _reciprocal(
    licence_id: str, name: str, otherwise: Rule, *, reach: Reach, duties: tuple[str, ...], rules: tuple[Rule, ...] = ()
) -> Terms:
    kept = f"The changed work stays under {licence_id}, but where another licence is named as possible."
    return Terms(licence_id, name, f"{SPDX}{licence_id}.html", reach, otherwise, rules, (kept, *duties))


_CERN = (
    _reciprocal(
        "CERN-OHL-S-2.0",
        "CERN Open Hardware Licence 2, strongly reciprocal",
        no("asks that the changed source as a whole stays under it", "§3.3(d)"),
        reach=Reach.WHOLE,
        duties=("Keep all its notices (§3.2).", f"{DATED[:-1]} (§3.3(b)).", f"{SOURCE[:-1]} (§4)."),
    ),
    _reciprocal(
        "CERN-OHL-W-2.0",
        "CERN Open Hardware Licence 2, weakly reciprocal",
        no("asks that the changed source as a whole stays under it", "§3.3(d)"),
        reach=Reach.DESIGN,
        rules=(
            yes(
                "may be treated as CERN-OHL-S-2.0, if all its available components are such in the sense of that "
                "licence too",
                "§8.3; CERN-OHL-S-2.0 §1.7",
                ["CERN-OHL-S-2.0"],
            ),
        ),
        duties=("Keep all its notices (§3.2).", f"{DATED[:-1]} (§3.3(b)).", f"{SOURCE[:-1]} (§4.1)."),
    ),
    _reciprocal(
        "CERN-OHL-1.2",
        "CERN Open Hardware Licence 1.2",
        no("lets changed documentation carry itself or a later version alone", "§3.4(e)"),
        reach=Reach.WHOLE,
        rules=(
            yes(
                "may be followed by a later version, and CERN-OHL-S-2.0 takes earlier ones in",
                "§3.4(e); CERN-OHL-S-2.0 §1.2(a)",
                ["CERN-OHL-S-2.0"],
            ),
            not_settled(
                "may be followed by a later version, but whether another variant than -S is one it does not say",
                "§3.4(e), §6.3",
                ["CERN-OHL-W-2.0", "CERN-OHL-P-2.0"],
            ),
        ),
        duties=("Keep all its notices (§3.1).", f"{DATED[:-1]} (§3.4(b)).", f"{SOURCE[:-1]} (§4.1)."),
    ),
    _reciprocal(
        "TAPR-OHL-1.0",
        "TAPR Open Hardware License 1.0",
        no("makes changes part of the documentation, subject to itself", "§3, §4.2"),
        reach=Reach.WHOLE,
        duties=(
            "Keep all its notices and include its text (§4.1).",
            "Say what was changed, and include the changed files before and after (§4.2).",
            "Mail the changes to those licensors who left an address (§3).",
            f"{SOURCE[:-1]} (§5.2).",
        ),
    ),
)


def _cc_share(version: str, *rules: Rule) -> Terms:
    alone = "lets adaptations carry itself, its later versions and the licences declared compatible alone"
    return _reciprocal(
        f"CC-BY-SA-{version}",
        f"Creative Commons Attribution-ShareAlike {version}",
        no(alone, "§3(b)(1)" if version == "4.0" else "§4(b)", source=CC_COMPATIBLE),
        reach=Reach.ADAPTATION,
        rules=rules,
        duties=(CREDIT,),
    )


def _cc_not_for_money(version: str, clause: str) -> Terms:
    return Terms(
        f"CC-BY-NC-{version}",
        f"Creative Commons Attribution-NonCommercial {version}",
        f"{SPDX}CC-BY-NC-{version}.html",
        Reach.ADAPTATION,
        no("allows no commercial use, so that no licence may that is put on an adaptation", clause, source=CC_ADAPTERS),
        (
            yes("lets adaptations carry a licence that forbids commercial use too", clause, _NC | _NC_SA | _NC_ND),
            not_settled("forbids commercial use, which this licence allows to some", clause, [PPL]),
        ),
        (CREDIT, "Nobody may use it or make it for money."),
        commerce=False,
    )


def _cc_not_for_money_alike(version: str, clause: str, *later: str) -> Terms:
    kept = (yes("may be followed by a later version with the same elements", clause, later),) if later else ()
    return Terms(
        f"CC-BY-NC-SA-{version}",
        f"Creative Commons Attribution-NonCommercial-ShareAlike {version}",
        f"{SPDX}CC-BY-NC-SA-{version}.html",
        Reach.ADAPTATION,
        no("lets adaptations carry itself and its later versions alone", clause, source=CC_COMPATIBLE),
        kept,
        (f"An adaptation stays under CC-BY-NC-SA-{version} or a later one.", CREDIT, "Nobody may make it for money."),
        commerce=False,
    )


def _cc_unchanged(version: str, *, money: bool) -> Terms:
    licence_id = f"CC-BY-{'' if money else 'NC-'}ND-{version}"
    return Terms(
        licence_id,
        f"Creative Commons Attribution-{'' if money else 'NonCommercial-'}NoDerivatives {version}",
        f"{SPDX}{licence_id}.html",
        Reach.ADAPTATION,
        no("lets nobody pass on what was changed", "§2(a)(1)(B)" if version == "4.0" else "§3"),
        duties=(CREDIT,),
        commerce=money,
        changes=False,
    )


_CREATIVE = (
    _cc_share("3.0", yes("may be followed by a later version with the same elements", "§4(b)(ii)", ["CC-BY-SA-4.0"])),
    _cc_share(
        "4.0",
        yes("is declared compatible with it, one way", "§1(c), §3(b)(1)", ["GPL-3.0-only", "LAL-1.3"], CC_COMPATIBLE),
        no(
            "is declared compatible with version 3 of the GPL, not with later ones",
            "§1(c), §3(b)(1)",
            ["GPL-3.0-or-later"],
            CC_COMPATIBLE,
        ),
    ),
    _cc_not_for_money("3.0", "§4(b)"),
    _cc_not_for_money("4.0", "§2(a)(1)"),
    _cc_not_for_money_alike("3.0", "§4(b)", "CC-BY-NC-SA-4.0"),
    _cc_not_for_money_alike("4.0", "§3(b)(1)"),
    *(_cc_unchanged(version, money=money) for money in (True, False) for version in ("3.0", "4.0")),
)

_PEERS = Terms(
    PPL,
    "Peer Production License",
    PPL_TEXT,
    Reach.ADAPTATION,
    no("reserves commercial use to worker-owned makers, so that no licence may open it to everybody", "§4(b)-(d)"),
    (
        not_settled(
            "says nothing of the licence of adaptations but that commercial use stays with worker-owned makers",
            "§3(b), §4(b)-(d)",
            _NC | _NC_SA | _NC_ND,
        ),
    ),
    (
        "Name the original's authors and title, and keep its notices (§4(e)).",
        "Say that it was changed (§3(b)).",
        "Only worker-owned makers who share all gains may make it for money (§4(c)).",
    ),
    commerce=False,
)

TABLE: Mapping[str, Terms] = {terms.id: terms for terms in (*_CERN, *_PERMISSIVE, *_CREATIVE, *GNU_ROWS, _PEERS)}
"""Every licence of the table by its SPDX id, or LicenseRef."""
