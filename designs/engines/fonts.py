"""The fonts that `text()` is set in: the same files on every host, whatever it has installed, and no others.

Arimo has the widths of Arial, which is what scripts ask for when they do not say; Roboto Mono is for what should
stand in columns. Both have Latin, Greek and Cyrillic in four styles, under the SIL Open Font License 1.1, and come as
packages.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

ASPECTS = ("Regular", "Bold", "Italic", "BoldItalic")


@dataclass(frozen=True)
class Family:
    """One typeface. A variable font file holds its named weights as instances, counted from 1."""

    name: str
    package: str
    file: str
    regular: int
    bold: int

    def path(self, aspect: str) -> Path:
        """Of the file with this aspect."""
        slanted = "-Italic" if "Italic" in aspect else ""
        return Path(str(files(self.package))) / "files" / self.file.format(slanted)

    def instance(self, aspect: str) -> int:
        """Which named instance of the file."""
        return self.bold if "Bold" in aspect else self.regular


SANS = Family("Arimo", "fontpkg_arimo", "Arimo{}[wght].ttf", regular=1, bold=4)
MONO = Family("Roboto Mono", "fontpkg_roboto_mono", "RobotoMono{}[wght].ttf", regular=4, bold=7)
FAMILIES = (SANS, MONO)
_SAME_WIDTHS = re.compile(r"arial|arimo|helvetica|liberation sans|sans(?: |-)?serif|sans|default", re.I)
_MONO = re.compile(r"mono|courier|consol|menlo|typewriter|fixed|\bcode\b|\bterminal\b", re.I)
_BOLD = re.compile(r"[\s:,_-]*(?:style=)?\b(?:semi|demi|extra|ultra)?-?(?:bold|black|heavy)\b", re.I)
_ITALIC = re.compile(r"[\s:,_-]*(?:style=)?\b(?:italic|oblique)\b", re.I)
_FACE_OF_INSTANCE = 16
"""Bits by which FreeType shifts the number of a named instance in the index of a face."""


@dataclass(frozen=True)
class Choice:
    """What is set in place of a font that a script asks for."""

    name: str
    exact: bool
    """Whether it is what was asked for, or takes as much room."""


def choose(wanted: str) -> Choice:
    """The family, with its style where the name tells one, for a name that is not registered."""
    bold, italic = bool(_BOLD.search(wanted)), bool(_ITALIC.search(wanted))
    plain = _ITALIC.sub("", _BOLD.sub("", wanted)).strip(" :,_-") or "default"
    family = MONO if _MONO.search(plain) else SANS
    exact = bool(_SAME_WIDTHS.fullmatch(plain)) or plain.lower() in (family.name.lower(), "monospace")
    return Choice(_face_name(family, "Bold" * bold + "Italic" * italic), exact)


def provide(tell: Callable[[str], None], aliases: Collection[str] = ()) -> None:
    """From now on the kernel of this process knows these fonts only, and those that scripts bring along; `tell` is
    given a line when a script asks for another. `aliases`: names that the engine itself gives to fonts, lower case."""
    from OCP.Font import Font_FontMgr

    manager = Font_FontMgr.GetInstance_s()
    manager.ClearFontDataBase()
    for family in FAMILIES:
        manager.RegisterFont(_system_font(family, family.name, ASPECTS), theToOverride=True)
        for style in ASPECTS[1:]:
            face = _system_font(family, _face_name(family, style), ("Regular",), style)
            manager.RegisterFont(face, theToOverride=True)
    _watch(Font_FontMgr, tell, aliases)


def _face_name(family: Family, style: str) -> str:
    words = [family.name, *(("Bold",) if "Bold" in style else ()), *(("Italic",) if "Italic" in style else ())]
    return " ".join(words)


def _system_font(family: Family, name: str, aspects: tuple[str, ...], style: str = "") -> Any:
    """A kernel's font; `style` says which style stands in for all aspects, where it is not each aspect's own."""
    from OCP.Font import Font_FontAspect, Font_SystemFont
    from OCP.TCollection import TCollection_AsciiString

    font = Font_SystemFont(TCollection_AsciiString(name))
    for aspect in aspects:
        looks = style or aspect
        font.SetFontPath(
            Font_FontAspect.__members__[f"Font_FontAspect_{aspect}"],
            TCollection_AsciiString(str(family.path(looks))),
            family.instance(looks) << _FACE_OF_INSTANCE,
        )
    return font


def _watch(manager_type: Any, tell: Callable[[str], None], aliases: Collection[str]) -> None:
    """Stands before the kernel's own search, which takes any font at all for a name that it does not know."""
    from OCP.TCollection import TCollection_AsciiString

    find = manager_type.FindFont
    told: set[str] = set()

    def find_font(manager: Any, name: Any, *how: Any, **more: Any) -> Any:
        wanted = name.ToCString() if hasattr(name, "ToCString") else str(name)
        if wanted.lower() in aliases or _is_registered(manager, wanted):
            return find(manager, name, *how, **more)
        choice = choose(wanted)
        if not choice.exact and wanted not in told:
            told.add(wanted)
            tell(f"There is no font {wanted!r} where models are built: its text is set in {choice.name}")
        return find(manager, TCollection_AsciiString(choice.name), *how, **more)

    manager_type.FindFont = find_font


def _is_registered(manager: Any, name: str) -> bool:
    return any(font.FontName().ToCString().lower() == name.lower() for font in manager.GetAvailableFonts())
