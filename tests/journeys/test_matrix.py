"""Every page in every dress: light and dark, both languages, desktop and phone, magnified, large text, by keyboard."""

import pytest
from django.conf import settings
from django.test import Client

from tests.journeys.conftest import AXE, PATIENCE, RULES
from tests.login import signs_in

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
MAGNIFIED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %, as WCAG 1.4.10 counts
BY_COLOUR = ["color-contrast", "link-in-text-block"]  # the only rules that a colour scheme can break
BY_SPACE = ["target-size", "scrollable-region-focusable"]  # those that a narrow window can break in other words
DRESSES = [
    ("desktop, light", DESKTOP, "light", RULES),
    ("desktop, dark", DESKTOP, "dark", BY_COLOUR),
    ("phone, dark", PHONE, "dark", BY_COLOUR),
    ("phone, light", PHONE, "light", RULES),
]
IN_ENGLISH = [*DRESSES[:3], ("phone, light", PHONE, "light", BY_SPACE)]
PARTS = 4  # of the pages, so that every core has some to look at
AT_REST = "() => document.getAnimations().forEach(animation => animation.finish())"

SEND = """([path, values]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of Object.entries({...values, csrfmiddlewaretoken: token})) {
    const field = document.createElement("input");
    [field.name, field.value] = [name, value];
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
# Elements that hold text and show less of it than there is.
CUT = """() => [...document.querySelectorAll("body *")].filter(element => {
  const style = getComputedStyle(element);
  const hides = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
  const shown = element.checkVisibility() && style.clipPath === "none" && element.clientWidth > 1;
  const more = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  return hides && shown && more && element.innerText?.trim();
}).map(element => element.outerHTML.slice(0, 150))"""
TOO_WIDE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const sticksOut = element => element.getBoundingClientRect().right > page.clientWidth + 1;
  const out = [...document.querySelectorAll("body *")].filter(sticksOut).slice(-3);
  return [`${page.scrollWidth - page.clientWidth} px`, ...out.map(element => element.outerHTML.slice(0, 150))];
}"""
# Everything that a keyboard must reach, in the order of the document; of radio buttons one of each group.
REACHABLE = """() => {
  const groups = new Set();
  window.reachable = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
  )].filter(element => {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({visibilityProperty: true})) return false;
    if (element.type !== "radio") return true;
    const all = [...document.getElementsByName(element.name)];
    const stop = all.find(radio => radio.checked) ?? all[0];
    return element === stop;
  });
  const look = element => {
    const around = [element, ...(element.labels ?? []), element.parentElement];
    return around.map(e => ["", "::before", "::after"].map(part => {
      const style = getComputedStyle(e, part || null);
      return [style.outline, style.boxShadow, style.border, style.backgroundColor, style.clipPath].join();
    }).join()).join();
  };
  window.look = look;
  window.before = new Map(window.reachable.map(element => [element, look(element)]));
  return window.reachable.length;
}"""
FOCUSED = """() => {
  const element = document.activeElement;
  return [
    window.reachable.indexOf(element), window.before.get(element) !== window.look(element),
    element.outerHTML.slice(0, 150),
  ];
}"""


@pytest.fixture
def tour(chromium, live_server, stops, coordinator):
    """`tour(language, part)`: a browser goes from page to page; yields (stop, page), and what its console said goes
    along."""
    contexts = []
    client = Client()
    signs_in(client, coordinator, "password")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def go(language="de", part=None, only=lambda stop: True):
        open_to_all, desk = chromium.new_context(viewport=DESKTOP), chromium.new_context(viewport=DESKTOP)
        contexts.extend((open_to_all, desk))
        desk.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        pages = {False: open_to_all.new_page(), True: desk.new_page()}
        said = []
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
            page.on("console", lambda message: said.append((message.type, message.text)))
            page.on("pageerror", lambda error: said.append(("error", str(error))))

        for stop in stops if part is None else stops[part::PARTS]:
            if language not in stop.languages or not only(stop):
                continue
            page = pages[stop.desk]
            page.set_viewport_size(DESKTOP)
            arrive(page, live_server.url, stop, language)
            expected = f"status of {stop.status}"
            errors = [text for kind, text in said if kind in ("error", "warning") and expected not in text]
            assert not errors, (stop.name, errors)
            said.clear()
            yield stop, page

    yield go
    for context in contexts:
        context.close()


def arrive(page, base, stop, language):
    if stop.post is None:
        response = page.goto(base + stop.path_in(language))
        assert response.status == stop.status, stop.name
        return
    page.goto(base + ("/en" if language == "en" else "") + "/anfrage/link/")
    with page.expect_navigation() as sent:
        page.evaluate(SEND, [stop.path_in(language), stop.post])
    assert sent.value.status == stop.status, (stop.name, page.title())
    assert page.title().startswith(("Fehler: ", "Error: ")) == (stop.status == 422), (stop.name, page.title())


def violations(page, rules):
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)["violations"]
    return [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_fits_every_dress(tour, language, part):
    """Light and dark, desktop and phone: axe finds nothing. Magnified four times or with text twice as large: all is
    there, and nobody scrolls sideways. For the desk's phones there is a journey."""
    found = {}
    for stop, page in tour(language, part):
        page.evaluate(AXE)
        for words, size, scheme, rules in DRESSES[:2] if stop.desk else IN_ENGLISH if language == "en" else DRESSES:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.evaluate(AT_REST)
            if bad := violations(page, rules) + page.evaluate(TOO_WIDE):
                found[stop.name, words] = bad
        for words, size, text in (("400 %", MAGNIFIED, "100%"), ("large text", DESKTOP, "200%")):
            page.set_viewport_size(size)
            page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
            if bad := page.evaluate(TOO_WIDE) + (page.evaluate(CUT) if not stop.desk else []):
                found[stop.name, words] = bad
    assert not found


def test_large_text_is_really_larger(tour):
    (_, page), *_ = tour(only=lambda stop: stop.view == "requests:start")
    size = "() => parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    before = page.evaluate(size)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(size) >= 2 * before


@pytest.mark.parametrize("part", range(PARTS))
def test_a_keyboard_reaches_everything_in_order_and_shows_where_it_is(tour, part):
    found = {}
    for stop, page in tour(part=part, only=lambda stop: not stop.desk or stop.post is None):
        page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); }")
        many = page.evaluate(REACHABLE)
        reached: list[int] = []
        bad = []
        for _ in range(4 * many):  # a date and a time have parts
            page.keyboard.press("Tab")
            place, shown, html = page.evaluate(FOCUSED)
            if place in reached[-1:]:
                continue  # the parts of a date
            reached.append(place)
            if not shown:
                bad.append(f"zeigt den Fokus nicht: {html}")
            if len(reached) == many:
                break
        if reached != list(range(many)):
            bad.append(f"Reihenfolge {reached}")
        if bad:
            found[stop.name] = bad
    assert not found
