"""What a browser would make of a page: its elements, and its forms with what they would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "br", "img", "meta", "link", "hr", "source", "path"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    """All that could be sent under a name, in order; `checked` of it is."""
    checked: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def offer(self, name: str, value: str, *, sent: bool) -> None:
        self.fields.setdefault(name, []).append(value)
        if sent:
            self.checked.setdefault(name, []).append(value)


class Reader(HTMLParser):
    """Elements in order, each with the text directly within, and forms."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self._open: list[Element] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self._first_option = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        self._note(tag, element.attributes)

    def _note(self, tag: str, has: dict[str, str]) -> None:
        if tag == "form":
            self._form = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self._form)
        form, name = self._form, has.get("name", "")
        if form is None:
            return
        if tag == "select":
            self._select, self._first_option = name, True
        elif tag == "option" and self._select:
            form.offer(self._select, has.get("value", ""), sent="selected" in has)
        elif tag == "textarea" and name:
            form.offer(name, "", sent=True)
            self._textarea = name
        elif tag == "input" and name and has.get("type") == "file":
            form.files.append(name)
        elif tag == "input" and name:
            choice = has.get("type") in ("checkbox", "radio")
            form.offer(name, has.get("value", "on"), sent=not choice or "checked" in has)
        elif tag == "button" and name:
            form.offer(name, has.get("value", ""), sent=False)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed = self._open.pop()
            if closed.tag == tag:
                break
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data
        if self._textarea and self._form:
            for kept in (self._form.fields, self._form.checked):
                kept[self._textarea][-1] = kept[self._textarea][-1] + data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader
