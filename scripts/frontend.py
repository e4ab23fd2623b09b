"""Copy what the site serves from node_modules to build/frontend (run `npm ci` first)."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "frontend"

KERN = "@kern-ux/native"
AUTOCOMPLETE = "accessible-autocomplete"
FILES = {  # from a package in node_modules → below the static URL
    f"{KERN}/dist/kern.min.css": "kern/kern.min.css",
    f"{KERN}/LICENSE.md": "kern/LICENSE.md",
    f"{KERN}/dist/fonts/fira-sans/FiraSans-Regular.woff2": "fonts/FiraSans-Regular.woff2",
    f"{KERN}/dist/fonts/fira-sans/FiraSans-SemiBold.woff2": "fonts/FiraSans-SemiBold.woff2",
    # The script names its map in its last line, and the static files' manifest wants to find it.
    f"{AUTOCOMPLETE}/dist/accessible-autocomplete.min.js": "autocomplete/accessible-autocomplete.min.js",
    f"{AUTOCOMPLETE}/dist/accessible-autocomplete.min.js.map": "autocomplete/accessible-autocomplete.min.js.map",
}
FONT_FACE = """\
@font-face {{
  font-family: "Fira Sans";
  src: url("FiraSans-{name}.woff2") format("woff2");
  font-weight: {weight};
  font-style: normal;
  font-display: swap;
}}
"""


def main() -> None:
    modules = ROOT / "node_modules"
    missing = [source for source in FILES if not (modules / source).is_file()]
    if missing:
        sys.exit(f"node_modules/{missing[0]} fehlt: bitte zuerst im Projektordner `npm ci` ausführen.")

    shutil.rmtree(TARGET, ignore_errors=True)
    for source, target in FILES.items():
        (TARGET / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, TARGET / target)
    faces = [FONT_FACE.format(name=name, weight=weight) for name, weight in (("Regular", 400), ("SemiBold", 600))]
    (TARGET / "fonts" / "fira-sans.css").write_text("\n".join(faces), encoding="utf-8")


if __name__ == "__main__":
    main()
