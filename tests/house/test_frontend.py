"""What the site serves is less than what npm brings, and still all that our pages need."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont

from scripts import frontend

ROOT = Path(settings.BASE_DIR)
ORIGINAL = (frontend.MODULES / frontend.STYLES).read_text()
REDUCED = (frontend.TARGET / "kern/kern.min.css").read_text()
FONTS = [frontend.TARGET / f"fonts/FiraSans-{name}.woff2" for name in frontend.FONTS]
MOST_BYTES = 25_000  # of one font


def found(pattern, text):
    return set(re.findall(pattern, text))


def classes(css):
    return found(r"\.(kern-[\w-]+)", css)


def selectors(css):
    """Without the parser that does the work: preludes, split at the commas outside of brackets."""
    preludes = found(r"([^{};]+)\{", css.replace(frontend.NOTICE, ""))
    return {part for prelude in preludes if "@" not in prelude for part in re.split(r",(?![^(]*\))", prelude)}


def ours(*patterns):
    """{path: text} of our own files."""
    return {path: path.read_text() for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}


def test_what_our_classes_can_match_is_all_there():
    known = frontend.known_classes()
    wanted = {selector for selector in selectors(ORIGINAL) if classes(selector) <= known}

    assert len(wanted) > 200
    assert not wanted - selectors(REDUCED), "gebaut wird mit `make static`"
    assert not selectors(REDUCED) - selectors(ORIGINAL)
    assert len(REDUCED) < len(ORIGINAL) / 3


def test_only_templates_and_scripts_write_classes():
    for path, text in ours("miglobe/**/*.py", "requests/**/*.py", "advisors/**/*.py").items():
        assert not frontend.CLASS.search(text), path


def test_a_class_that_is_put_together_is_on_the_list():
    beginnings = {word for word in frontend.known_classes() if word.endswith(("--", "__"))}

    assert beginnings
    for beginning in beginnings:
        assert any(name.startswith(beginning) for name in frontend.PUT_TOGETHER), beginning
    for name in frontend.PUT_TOGETHER:
        assert name.startswith(tuple(beginnings)), f"{name} steht in keiner Vorlage mehr"
    assert classes(REDUCED) >= frontend.PUT_TOGETHER


def test_no_style_of_ours_is_for_something_that_nothing_writes():
    written = found(r"portal-[\w-]+", "".join(ours("templates/**/*.html", "static/js/*.js").values()))
    beginnings = tuple(word for word in written if word.endswith(("--", "__")))
    styled = found(r"\.(portal-[\w-]+)", (ROOT / "static/css/portal.css").read_text())

    assert len(styled) > 50
    assert not {name for name in styled - written if not name.startswith(beginnings)}


def test_every_value_that_styles_ask_for_is_set():
    sheets = {"KERN": REDUCED, **ours("static/css/*.css")}
    set_somewhere = found(r"(--[\w-]+):", "".join(sheets.values()))

    for name, css in sheets.items():
        lost = found(r"var\(\s*(--[\w-]+)", css) & found(r"(--[\w-]+):", ORIGINAL) - set_somewhere
        assert not lost, name


@pytest.mark.parametrize(
    ("css", "rest"),
    [
        ("a{color:red}", "a{color:red}"),
        (".kern-a{x:1}.kern-b{x:2}", ".kern-a{x:1}"),
        (".kern-a,.kern-b{x:1}", ".kern-a{x:1}"),
        (".kern-a.kern-b,.kern-a .kern-b,.kern-b>.kern-a{x:1}", ""),
        (".kern-a:not(.kern-b,.kern-c){x:1}", ".kern-a:not(.kern-b,.kern-c){x:1}"),
        (".kern-a:has(.kern-b){x:1}", ""),
        (".kern-a:has(.kern-b,input){x:1}", ".kern-a:has(.kern-b,input){x:1}"),
        (':is(body,.kern-b):not([class*="kern-b"]){x:1}', ':is(body,.kern-b):not([class*="kern-b"]){x:1}'),
        ("@media print{.kern-a{x:1}.kern-b{x:2}}", "@media print{.kern-a{x:1}}"),
        ("@media print{.kern-b{x:2}}", ""),
        ("@keyframes turn{to{x:1}}", "@keyframes turn{to{x:1}}"),
        ('.kern-a{background:url("data:image/svg+xml,a;b,.kern-b{}")}', None),
    ],
)
def test_a_rule_stays_unless_it_can_match_nothing_of_ours(css, rest):
    reduced = frontend.reduced('@charset "UTF-8";' + css, {"kern-a"})

    assert reduced == f'@charset "UTF-8";{frontend.NOTICE}{css if rest is None else rest}\n'


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.name)
def test_a_font_is_small_and_has_the_characters_of_names_and_of_our_texts(path):
    german_turkish_polish = "ÄÖÜäöüß ÇĞİÖŞÜçğıöşü ĄĆĘŁŃÓŚŹŻąćęłńóśźż"
    french_spanish_portuguese = "ÀÂÆÇÈÉÊËÎÏÔŒÙÛÜŸàâæçèéêëîïôœùûüÿ ÁÉÍÑÓÚÜáéíñóúü¿¡ ÃÕãõ"
    others = "ČĐŠŽčđšž ŘŮĚřůě ȘȚșț ÅØåø ŐŰőű"
    texts = ours("templates/**/*", "static/js/*", "locale/**/*.po", "requests/**/*.py", "requests/data/*")
    wanted = set(german_turkish_polish + french_spanish_portuguese + others + "".join(texts.values()))

    assert path.stat().st_size < MOST_BYTES
    with TTFont(path) as font:
        assert not {letter for letter in wanted if letter.isprintable()} - set(map(chr, font.getBestCmap()))
        assert {"GPOS", "GSUB", "fpgm"} <= set(font.keys()), "kerning, ligatures, hints"
        assert "Open Font License" in font["name"].getDebugName(13)


def test_the_same_font_comes_out_each_time(tmp_path):
    for name, made in zip(frontend.FONTS, FONTS, strict=True):
        frontend.make_font(frontend.MODULES / frontend.FONT.format(name), tmp_path / "again.woff2")
        assert (tmp_path / "again.woff2").read_bytes() == made.read_bytes()
