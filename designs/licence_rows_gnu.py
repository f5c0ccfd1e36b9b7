"""The rows of the licence table for the GNU licences and the Mozilla one, which names them."""

from designs.licence_rules import GNU_PAIRS, NOTICES, SPDX, Reach, Rule, Terms, no, yes

GPL2 = frozenset({"GPL-2.0-only", "GPL-2.0-or-later"})
GPL3 = frozenset({"GPL-3.0-only", "GPL-3.0-or-later"})
LGPL2 = frozenset({"LGPL-2.1-only", "LGPL-2.1-or-later"})
LGPL3 = frozenset({"LGPL-3.0-only", "LGPL-3.0-or-later"})
AGPL3 = frozenset({"AGPL-3.0-only", "AGPL-3.0-or-later"})
GNU = GPL2 | GPL3 | LGPL2 | LGPL3 | AGPL3

_DATED = "Say in each changed file that it was changed, and when."
_OBJECTS = "Whoever gets it in another form than its source gets the source too."


def _gnu(licence_id: str, name: str, clause: str, *rules: Rule, weak: bool = False) -> Terms:
    later = "-or-later" in licence_id
    kept = f"The changed work stays under {licence_id}, but where another licence is named as possible."
    return Terms(
        licence_id,
        f"GNU {name} General Public License {licence_id.split('-')[1]}{' or later' if later else ''}".replace(
            "  ", " "
        ),
        f"{SPDX}{licence_id}.html",
        Reach.DESIGN if weak else Reach.WHOLE,
        no("asks that the changed work as a whole stays under it", clause),
        rules,
        (kept, NOTICES, _DATED, _OBJECTS),
    )


def _later(*to: str) -> Rule:
    return yes("lets everybody choose which of its versions to follow", "or any later version", to)


_ORDINARY_2 = yes(
    "lets everybody take the ordinary GPL, version 2 or a newer one, instead", "§3", GPL2 | GPL3, GNU_PAIRS
)

GNU_ROWS = (
    _gnu("GPL-2.0-only", "", "§2(b)"),
    _gnu("GPL-2.0-or-later", "", "§2(b)", _later("GPL-2.0-only", *sorted(GPL3))),
    _gnu("GPL-3.0-only", "", "§5(c)"),
    _gnu("GPL-3.0-or-later", "", "§5(c)", _later("GPL-3.0-only")),
    _gnu("LGPL-2.1-only", "Lesser", "§2", _ORDINARY_2, weak=True),
    _gnu("LGPL-2.1-or-later", "Lesser", "§2", _ORDINARY_2, _later("LGPL-2.1-only", *sorted(LGPL3)), weak=True),
    _gnu(
        "LGPL-3.0-only",
        "Lesser",
        "GPL-3.0-only §5(c)",
        yes("may be passed on under the GPL alone", "§2(b)", ["GPL-3.0-only"]),
        weak=True,
    ),
    _gnu(
        "LGPL-3.0-or-later",
        "Lesser",
        "GPL-3.0-only §5(c)",
        _later("LGPL-3.0-only"),
        yes("may be passed on under the GPL alone", "§2(b)", GPL3),
        weak=True,
    ),
    _gnu("AGPL-3.0-only", "Affero", "§5(c)"),
    _gnu("AGPL-3.0-or-later", "Affero", "§5(c)", _later("AGPL-3.0-only")),
    Terms(
        "MPL-2.0",
        "Mozilla Public License 2.0",
        f"{SPDX}MPL-2.0.html",
        Reach.FILES,
        no("keeps its files under itself in every larger work, so that the result must name it too", "§3.1, §3.3"),
        (yes("lets its files be passed on under a GNU licence too, when they are joined to such work", "§3.3", GNU),),
        ("The original's files and changes in them stay under MPL-2.0.", NOTICES, _OBJECTS),
    ),
)
