"""Markdown in, safe HTML out."""

import re

import pytest

from miglobe.pages import markup
from miglobe.pages.models import Portal

PORTAL = Portal(operator="Träger *gGmbH* <b>", contact_email="a_b@example.org", contact_phone="0228 5550")


def html(body):
    return markup.html(body, PORTAL)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# Eins", '<h2 id="eins">Eins</h2>'),
        ("## Über *uns*?", '<h2 id="ueber-uns">Über <em>uns</em>?</h2>'),
        ("### Drei", '<h3 id="drei">Drei</h3>'),
        ("###### Sechs", "<h4>Sechs</h4>"),
        ("## A\n\n## A", '<h2 id="a">A</h2>\n<h2 id="a-2">A</h2>'),
        ("## Inhalt", '<h2 id="inhalt-2">Inhalt</h2>'),
        ("## ???", '<h2 id="abschnitt">???</h2>'),
        ("**fett** und *betont*", "<p><strong>fett</strong> und <em>betont</em></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("[wir](/ueber-uns/)", '<p><a href="/ueber-uns/">wir</a></p>'),
        ("[an](mailto:a@example.org)", '<p><a href="mailto:a@example.org">an</a></p>'),
        ("[ruf](tel:+492285550)", '<p><a href="tel:+492285550">ruf</a></p>'),
        (
            "[fern](https://example.org/)",
            '<p><a href="https://example.org/" rel="external noopener noreferrer">fern</a></p>',
        ),
        ("[fern](//example.org/)", '<p><a href="//example.org/" rel="external noopener noreferrer">fern</a></p>'),
    ],
)
def test_what_people_write(body, expected):
    assert html(body).strip() == expected


def test_tables_have_headings_and_no_style():
    table = html("| A | B |\n|:-:|---|\n| 1 | 2 |")
    assert '<th scope="col">A</th>' in table
    assert "<td>1</td>" in table
    assert "style" not in table


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](x.png)",
    '![x](x.png "onerror=alert(1)")',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://example.org "\\" onmouseover=alert(1)")',
    '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "<iframe src=https://example.org></iframe>",
    "<style>body{display:none}</style>",
    "# <script>x</script>",
    "```<script>\nalert(1)\n```",
    "|<script>|\n|---|\n|<img onerror=x>|",
    "{{ operator }}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
TAG = re.compile(r"<(/?)(\w+)((?:\s[^<>]*)?)>")
ATTRIBUTE = re.compile(r"\s(\w+)=\"([^\"]*)\"")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_acts_gets_through(attack):
    clean = html(attack)
    for _, tag, attributes in TAG.findall(clean):
        assert tag in markup.TAGS
        for name, value in ATTRIBUTE.findall(attributes):
            assert name in markup.ATTRIBUTES[tag]
            if name == "href":
                assert re.match(r"(https?|mailto|tel):|/|x\.png$", value)
    assert len(TAG.findall(clean)) == clean.count("<")


# --- Placeholders -----------------------------------------------------------------------------------


def test_placeholders_are_facts_of_the_portal_as_plain_words(settings):
    settings.FIRST_CONTACT_WORKDAYS = 4
    assert html("In {{ first_contact_workdays }} Tagen") == "<p>In 4 Tagen</p>\n"
    assert html("{{ operator }}") == "<p>Träger *gGmbH* &lt;b&gt;</p>\n"
    assert html("[{{ contact_email }}](mailto:{{contact_email}})") == (
        '<p><a href="mailto:a_b@example.org">a_b@example.org</a></p>\n'
    )


@pytest.mark.parametrize("name", markup.PLACEHOLDERS)
def test_every_placeholder_has_a_value_and_says_what_it_is(name):
    assert "{" not in html(f"x {{{{ {name} }}}}")
    assert markup.PLACEHOLDERS[name].says


def test_what_is_no_placeholder_is_found_and_left_alone():
    body = "{{ land }} {{ lnad }} {{settings.SECRET_KEY}} {{}} {land}"
    assert markup.unknown_placeholders(body) == ["lnad", "settings.SECRET_KEY", ""]
    assert html("{{ lnad }}") == "<p>{{ lnad }}</p>\n"
