from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.errors import Refused

from .. import kinds, outbox, previews, rights, texts
from ..forms import TextForm
from ..models import Audience, MailText

if TYPE_CHECKING:
    from miglobe.accounts.models import User

ASK = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
TEXT = "admin:outbox_mailtext_text"
LANGUAGES = dict(settings.LANGUAGES)
HEADINGS = {
    Audience.MUNICIPALITY: "An die Kommune",
    Audience.ADVISOR: "An Berater*innen",
    Audience.DESK: "An die Koordination",
    Audience.REPORTER: "An Menschen, die eine Barriere gemeldet haben",
    Audience.PERSON: "An Menschen, die nach ihren Daten fragen",
}


class Row(NamedTuple):
    """One kind of mail in the list: what has happened, when it goes out, and its text in each language."""

    event: str
    when: str
    template: str
    words: list[tuple[str, str, MailText | None]]  # language, its name, the version that counts instead of the file


@admin.register(MailText)
class MailTextAdmin(admin.ModelAdmin):
    """The words of our mails. Which mails there are is code; what they say is written here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: MailText | None = None) -> bool:
        return request.user.has_perm("outbox.change_mailtext")

    def has_change_permission(self, request: HttpRequest, obj: MailText | None = None) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MailText | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        text = "text/<path:template>/<slug:language>"
        return [
            path("", wrap(self.texts), name="outbox_mailtext_changelist"),
            path(f"{text}/reset/", wrap(self.reset), name="outbox_mailtext_reset"),
            path(f"{text}/versions/<int:version>/", wrap(self.version), name="outbox_mailtext_version"),
            path(f"{text}/", wrap(self.text), name="outbox_mailtext_text"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A version has no page of the admin's own making."""
        self._check(request)
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        return redirect(TEXT, version.template, version.language)

    def _page(
        self, request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "title": title} | context
        return TemplateResponse(request, template, whole, status=status)

    def _check(self, request: HttpRequest, template: str = "", language: str = "") -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if template and not (kinds.find(template) or texts.part(template)):
            raise Http404
        if language and language not in texts.languages(template):
            raise Http404

    # --- The list ------------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def texts(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        return self._page(request, "admin/outbox/texts.html", "E-Mail-Texte", groups=list(_groups()))

    # --- One text ------------------------------------------------------------------------------------

    @ASK
    def text(self, request: HttpRequest, template: str, language: str) -> HttpResponse:
        """GET shows the words that count, POST shows them in a mail or saves them."""
        self._check(request, template, language)
        latest = texts.newest(template, language)
        initial = {**texts.current(template, language)._asdict(), "seen": latest and latest.pk}
        form = TextForm(template, language, request.POST if request.method == "POST" else None, initial=initial)
        shown: dict[str, Any] = {}
        if form.is_valid():
            if "preview" in request.POST:
                shown = _shown(request, template, language, form)
            else:
                try:
                    texts.save(
                        template, language, form.words, seen=form.cleaned_data["seen"], by=cast("User", request.user)
                    )
                except texts.Conflict as conflict:
                    shown = {"newer": conflict.newer, "newer_words": texts.current(template, language)}
                    form.add_error(None, str(conflict))
                    form.data = {**form.data.dict(), "seen": str(conflict.newer.pk)}  # type: ignore[attr-defined]
                else:
                    messages.success(request, "Gespeichert. Von jetzt an gehen E-Mails mit diesem Text hinaus.")
                    return redirect(TEXT, template, language)
        known = texts.allowed(template, language)
        return self._page(
            request,
            "admin/outbox/text.html",
            _event(template),
            status=422 if form.errors else 200,
            **_about(template, language),
            form=form,
            latest=latest,
            placeholders=known.placeholders,
            conditions=known.conditions,
            links=known.links.values(),
            versions=MailText.objects.filter(template=template, language=language).select_related("by")[:50],
            may_preview=rights.may_read(request.user),
            reference=request.POST.get("reference", ""),
            **shown,
        )

    @ASK
    def reset(self, request: HttpRequest, template: str, language: str) -> HttpResponse:
        """GET shows what comes with the software, POST makes it count again."""
        self._check(request, template, language)
        if request.method == "POST":
            texts.reset(template, language, by=cast("User", request.user))
            messages.success(request, "Von jetzt an gilt wieder der mitgelieferte Text.")
            return redirect(TEXT, template, language)
        return self._page(
            request,
            "admin/outbox/text_version.html",
            "Auf den mitgelieferten Text zurücksetzen",
            **_about(template, language),
            words=texts.shipped(template, language),
            says="So lautet der mitgelieferte Text. Ihre Fassungen bleiben in der Liste.",
            button="Auf diesen Text zurücksetzen",
        )

    @ASK
    def version(self, request: HttpRequest, template: str, language: str, version: int) -> HttpResponse:
        """GET shows an old version, POST makes it the newest one."""
        self._check(request, template, language)
        versions = MailText.objects.select_related("by")
        found = get_object_or_404(versions, pk=version, template=template, language=language, shipped=False)
        words, latest = texts.Words(found.subject, found.body), texts.newest(template, language)
        is_latest = latest is not None and latest.pk == found.pk
        if request.method == "POST" and not is_latest:
            try:
                texts.save(template, language, words, seen=latest.pk if latest else None, by=cast("User", request.user))
            except Refused as refusal:
                messages.error(request, f"Diese Fassung lässt sich nicht wiederherstellen. {refusal}")
            else:
                messages.success(request, "Die Fassung ist wiederhergestellt.")
            return redirect(TEXT, template, language)
        return self._page(
            request,
            "admin/outbox/text_version.html",
            "Fassung",
            **_about(template, language),
            version=found,
            words=words,
            says="Diese Fassung gilt jetzt." if is_latest else "Eine frühere Fassung.",
            button="" if is_latest else "Diese Fassung wiederherstellen",
        )


def _shown(request: HttpRequest, template: str, language: str, form: TextForm) -> dict[str, Any]:
    if not rights.may_read(request.user):
        raise PermissionDenied
    try:
        mail = previews.preview(template, language, form.words, request.POST.get("reference", "").strip())
    except Refused as refusal:
        return {"no_preview": str(refusal)}
    return {"mail": mail, "mail_text": outbox.as_preview(mail)}


def _event(template: str) -> str:
    part, kind = texts.part(template), kinds.find(template)
    return part.name if part else kind.event if kind else template


def _about(template: str, language: str) -> dict[str, Any]:
    part, kind = texts.part(template), kinds.find(template)
    return {
        "template_name": template,
        "language": language,
        "language_name": LANGUAGES.get(language, language),
        "others": [(code, LANGUAGES.get(code, code)) for code in texts.languages(template) if code != language],
        "event": _event(template),
        "group": HEADINGS[kind.audience] if kind else "Textteile",
        "when": part.when if part else kind.when if kind else "",
    }


def _groups() -> Iterator[tuple[str, list[Row]]]:
    """By who gets the mail, and in the order in which a case lives through them."""
    newest = MailText.objects.order_by("template", "language", "-pk").distinct("template", "language")
    changed = {(text.template, text.language): text for text in newest.select_related("by") if not text.shipped}

    def row(template: str, event: str, when: str) -> Row:
        words = [(code, LANGUAGES.get(code, code), changed.get((template, code))) for code in texts.languages(template)]
        return Row(event, when, template, words)

    for audience, heading in HEADINGS.items():
        yield heading, [row(kind.template, kind.event, kind.when) for kind in kinds.of(audience)]
    yield (
        "Textteile, die in mehreren E-Mails stehen",
        [row(part.template, part.name, part.when) for part in texts.parts()],
    )
