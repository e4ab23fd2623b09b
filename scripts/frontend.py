"""Make what the site serves from node_modules in build/frontend: fewer glyphs, fewer styles (run `npm ci` first).

And the fonts of our PDFs in build/fonts.
"""

import logging
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from string import ascii_letters, digits, punctuation

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont
from tinycss2.ast import Node

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "build" / "frontend"
NEW = ROOT / "build" / "frontend.new"
PDF_FONTS = ROOT / "build" / "fonts"  # not served: Typst puts them into PDFs

KERN = "@kern-ux/native"
AUTOCOMPLETE = "accessible-autocomplete"
COPIED = {  # from a package in node_modules → below the static URL
    f"{KERN}/LICENSE.md": "kern/LICENSE.md",
    # The script names its map in its last line, and the static files' manifest wants to find it.
    f"{AUTOCOMPLETE}/dist/accessible-autocomplete.min.js": "autocomplete/accessible-autocomplete.min.js",
    f"{AUTOCOMPLETE}/dist/accessible-autocomplete.min.js.map": "autocomplete/accessible-autocomplete.min.js.map",
}
STYLES = f"{KERN}/dist/kern.min.css"
FONTS = {  # name → weight
    "Regular": 400,
    "SemiBold": 600,
}
FONT = f"{KERN}/dist/fonts/fira-sans/FiraSans-{{}}.woff2"


def main() -> None:
    wanted = [*COPIED, STYLES, *(FONT.format(name) for name in FONTS)]
    missing = [source for source in wanted if not (MODULES / source).is_file()]
    if missing:
        sys.exit(f"node_modules/{missing[0]} fehlt: bitte zuerst im Projektordner `npm ci` ausführen.")

    shutil.rmtree(NEW, ignore_errors=True)
    for folder in {(NEW / target).parent for target in COPIED.values()} | {NEW / "fonts"}:
        folder.mkdir(parents=True)
    for source, target in COPIED.items():
        shutil.copyfile(MODULES / source, NEW / target)
    PDF_FONTS.mkdir(parents=True, exist_ok=True)
    for name in FONTS:
        make_font(MODULES / FONT.format(name), NEW / f"fonts/FiraSans-{name}.woff2")
        unpack_font(MODULES / FONT.format(name), PDF_FONTS / f"FiraSans-{name}.ttf")
    (NEW / "fonts/fira-sans.css").write_text(font_faces(), encoding="utf-8")
    styles = reduced((MODULES / STYLES).read_text(encoding="utf-8"), known_classes())
    (NEW / "kern/kern.min.css").write_text(styles, encoding="utf-8")

    # The folder keeps its date while nothing in it changes: then make has nothing to collect and to compress.
    if contents(NEW) == contents(TARGET):
        shutil.rmtree(NEW)
    else:
        shutil.rmtree(TARGET, ignore_errors=True)
        NEW.rename(TARGET)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Fonts: the glyphs of Western and Central European names and of our punctuation ---

GLYPHS = (
    ascii_letters + digits + punctuation + " "
    + "".join(map(chr, range(0xA0, 0x180)))  # Latin-1 and Latin Extended-A: German to Turkish
    + "ȘșȚțẞﬁﬂ"  # Romanian; the capital ß; ligatures as they come out of a PDF
    + "–—‘’‚“”„†•…‰‹›⁄€™←↑→↓−≈≠≤≥"
)  # fmt: skip
FEATURES = ["calt", "kern", "liga", "locl", "tnum"]  # those that browsers apply by themselves; tnum to numbered lists
NAMES = [0, 1, 2, 13, 14]  # copyright, family, style, licence: the Open Font License wants them kept
FONT_FACE = """\
@font-face {{
  font-family: "Fira Sans";
  src: url("FiraSans-{name}.woff2") format("woff2");
  font-weight: {weight};
  font-style: normal;
  font-display: swap;
}}
"""


def make_font(source: Path, target: Path) -> None:
    """The same input gives the same bytes, so that the hash in the file's address stays."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # a bit that Fira Sans sets too early
    options = subset.Options(flavor="woff2", layout_features=FEATURES, name_IDs=NAMES, recalc_timestamp=False)
    options.hinting = True  # sharper on the screens of offices, for 6 kB
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=GLYPHS)
    with subset.load_font(source, options) as font:
        subsetter.subset(font)
        subset.save_font(font, target, options)


def unpack_font(source: Path, target: Path) -> None:
    """All glyphs, in the format that Typst reads."""
    with TTFont(source, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(target)


def font_faces() -> str:
    return "\n".join(FONT_FACE.format(name=name, weight=weight) for name, weight in FONTS.items())


# --- Styles: KERN without the rules for classes that nothing of ours writes ---

CLASS = re.compile(r"\bkern-[\w-]+")
KINDS = ("info", "success", "warning", "danger")
PUT_TOGETHER = {  # what templates write in two parts, such as `kern-alert--{{ kind }}`
    *(f"kern-alert--{kind}" for kind in KINDS),
    *(f"kern-icon--{kind}" for kind in KINDS),
    *(f"kern-form-check__{kind}{state}" for kind in ("checkbox", "radio") for state in ("", "--error")),
}
# The EUPL wants a notice, with a date, in what has been changed.
NOTICE = "/* KERN UX, EUPL-1.2, see LICENSE.md; since 2026-11-22 without the rules that this portal does not use. */"


def known_classes() -> set[str]:
    """Every word in templates and scripts that could be one of KERN's classes, and what they put together."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").rglob("*.js")]
    return PUT_TOGETHER.union(*(CLASS.findall(path.read_text(encoding="utf-8")) for path in files))


def reduced(css: str, used: set[str]) -> str:
    """`css` without what can only match a `kern-` class that is not in `used`; everything else as it was."""
    rules = tinycss2.parse_stylesheet(css.removeprefix('@charset "UTF-8";'), skip_comments=True, skip_whitespace=True)
    return f'@charset "UTF-8";{NOTICE}{"".join(kept(rules, used))}\n'


def kept(rules: Sequence[Node], used: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in parts(rule.prelude) if can_match(part, used)]
            if selectors:
                yield f"{','.join(map(tinycss2.serialize, selectors))}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media":
            inner = "".join(kept(tinycss2.parse_rule_list(rule.content), used))
            if inner:
                yield f"@media{tinycss2.serialize(rule.prelude)}{{{inner}}}"
        else:
            yield rule.serialize()


def parts(tokens: Sequence[Node]) -> list[list[Node]]:
    """Split at commas."""
    found: list[list[Node]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def can_match(selector: Sequence[Node], used: set[str]) -> bool:
    for before, token in pairwise([None, *selector]):
        if token.type == "ident" and before is not None and before.type == "literal" and before.value == ".":
            possible = token.value in used or not token.value.startswith("kern-")
        elif token.type == "function" and token.lower_name in ("has", "is", "where"):  # :not() asks for nothing
            possible = any(can_match(part, used) for part in parts(token.arguments))
        else:
            possible = True
        if not possible:
            return False
    return True


if __name__ == "__main__":
    main()
