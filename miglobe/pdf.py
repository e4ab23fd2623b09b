"""PDFs that a screen reader can read (tagged, PDF/UA-1 after ISO 14289-1), set by Typst from templates/pdf.

What people have typed reaches a template as data, never as markup.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "pdf"
FONTS = Path(settings.BASE_DIR) / "build" / "fonts"  # made by scripts/frontend.py


def make(template: str, data: Mapping[str, Any]) -> bytes:
    """Sets `templates/pdf/<template>.typ` with `data`, which must be JSON.

    Typst refuses PDF/UA for a letter that none of its fonts has. Then the letter shows as a box in a PDF that is
    tagged all the same: nobody goes without their text.
    """
    try:
        return _compile(template, data, standard="ua-1")
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _compile(template, data)


def _compile(template: str, data: Mapping[str, Any], *, standard: Literal["ua-1"] | None = None) -> bytes:
    pdf: bytes = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=standard,
    )
    return pdf
