from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe.errors import Refused
from miglobe.lists import LongList, NamedFilter, ReadOnly

from .. import kinds, mails, outbox, owners, rights
from ..forms import AddressForm, DiscardForm, EditForm
from ..models import Audience, Mail

if TYPE_CHECKING:
    from miglobe.accounts.models import User

ASK = method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
MAIL = "admin:outbox_mail_change"


class StateFilter(NamedFilter):
    title, parameter_name, several = "Zustand", "state", True

    def offers(self) -> Iterable[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in Mail.State]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(state__in=chosen)


class AudienceFilter(NamedFilter):
    title, parameter_name, several = "Geht an", "an", True

    def offers(self) -> Iterable[tuple[str, str]]:
        return [(audience.value, str(audience.label)) for audience in Audience]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(audience__in=chosen)


class PeriodFilter(NamedFilter):
    title, parameter_name = "Erstellt", "zeitraum"

    def offers(self) -> Iterable[tuple[str, str]]:
        days = {1: "in den letzten 24 Stunden", 7: "in den letzten 7 Tagen", 30: "in den letzten 30 Tagen"}
        return [(str(number), words) for number, words in (days | {365: "in den letzten 12 Monaten"}).items()]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        return rows.filter(created_at__gt=timezone.now() - timedelta(days=int(chosen[0])))


@admin.register(Mail)
class MailAdmin(ReadOnly, LongList, admin.ModelAdmin):
    """What has gone out, what waits, what came back. Rows are written by the outbox alone."""

    list_display = ("subject", "reference", "audience", "to", "condition", "created_at", "sent_at")
    list_filter = (StateFilter, AudienceFilter, PeriodFilter)
    search_fields = ("reference__exact", "to__iexact")
    search_help_text = "Aktenzeichen oder E-Mail-Adresse, vollständig"
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ("created_at",)
    actions = ("resend",)
    change_list_template = "admin/outbox/mails.html"

    # --- The list ------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text", "links")

    @admin.display(description="Zustand")
    def condition(self, mail: Mail) -> str:
        badge = format_html(
            '<span class="desk-badge desk-badge--mail-{}">{}</span>', mail.state, mail.get_state_display()
        )
        return format_html("{} {}", badge, mail.trouble) if mail.state == Mail.State.FAILED else badge

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.resend_mail")

    @admin.action(description="Erneut senden, was nicht zugestellt werden konnte", permissions=("resend",))
    def resend(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        for mail in queryset:
            try:
                if not rights.may_act(request.user, mail):
                    raise Refused("Für diese Anfrage ist jemand anderes zuständig.")
                outbox.resend(mail, by=cast("User", request.user))
            except Refused as refusal:
                self.message_user(request, f"{mail.subject}: {refusal}", messages.WARNING)
            else:
                self.message_user(request, f"{mail.subject}: wird erneut gesendet.", messages.SUCCESS)

    # --- One mail ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("test/", wrap(self.test), name="outbox_mail_test"),
            path("<int:pk>/hold/", wrap(self.hold), name="outbox_mail_hold"),
            path("<int:pk>/send/", wrap(self.send), name="outbox_mail_send"),
            path("<int:pk>/resend/", wrap(self.send_again), name="outbox_mail_resend"),
            path("<int:pk>/edit/", wrap(self.edit), name="outbox_mail_edit"),
            path("<int:pk>/discard/", wrap(self.discard), name="outbox_mail_discard"),
            path("<int:pk>/address/", wrap(self.address), name="outbox_mail_address"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The mail as it stands, and what can be done with it."""
        if not rights.may_read(request.user):
            raise PermissionDenied
        mail = get_object_or_404(Mail, pk=object_id if object_id.isdecimal() and len(object_id) < 19 else None)
        may_act = rights.may_act(request.user, mail)
        state = mail.state
        waits = state in (Mail.State.QUEUED, Mail.State.HELD)
        owner = owners.find(mail) if state == Mail.State.FAILED and may_act else None
        return self._page(
            request,
            mail,
            "admin/outbox/mail.html",
            mail.subject,
            kind=kinds.find(mail.template),
            text=outbox.as_preview(mail),
            steps=mail.steps.select_related("by"),
            is_anothers=not may_act and state != Mail.State.SENT,
            may_hold=may_act and state in (Mail.State.QUEUED, Mail.State.FAILED, Mail.State.DISCARDED),
            may_edit=may_act and state == Mail.State.HELD,
            may_send=may_act and waits,
            may_discard=may_act and (waits or state == Mail.State.FAILED),
            may_resend=may_act and state == Mail.State.FAILED,
            may_correct=owner is not None and request.user.has_perm(owner.permission),
        )

    def _page(
        self, request: HttpRequest, mail: Mail, template: str, title: str, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "mail": mail, "title": title} | context
        return TemplateResponse(request, template, whole, status=status)

    def _mail(self, request: HttpRequest, pk: int) -> Mail:
        mail = get_object_or_404(Mail, pk=pk)
        if not rights.may_act(request.user, mail):
            raise PermissionDenied
        return mail

    def _act(self, request: HttpRequest, mail: Mail, act: Callable[[], object], done: str) -> HttpResponse:
        try:
            act()
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return redirect(MAIL, mail.pk)

    @method_decorator(require_POST)
    def hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._mail(request, pk)
        return self._act(
            request,
            mail,
            lambda: outbox.hold(mail, by=cast("User", request.user)),
            "Die E-Mail ist zurückgehalten. Sie geht erst hinaus, wenn jemand sie sendet.",
        )

    @method_decorator(require_POST)
    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._mail(request, pk)
        return self._act(
            request,
            mail,
            lambda: outbox.send_now(mail, by=cast("User", request.user)),
            "Die E-Mail wird jetzt versandt. Laden Sie die Seite in einigen Sekunden neu.",
        )

    @method_decorator(require_POST)
    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._mail(request, pk)
        return self._act(
            request,
            mail,
            lambda: outbox.resend(mail, by=cast("User", request.user)),
            "Die E-Mail wird erneut gesendet. Laden Sie die Seite in einigen Sekunden neu.",
        )

    @ASK
    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._mail(request, pk)
        if mail.state != Mail.State.HELD:
            messages.error(request, "Bearbeiten lässt sich nur eine E-Mail, die zurückgehalten ist.")
            return redirect(MAIL, pk)
        posted = request.POST if request.method == "POST" else None
        seen = request.POST.get("seen") or outbox.fingerprint([mail])
        form = EditForm(mail, posted, initial={"subject": mail.subject, "text": mail.text})
        newer = mail if seen != outbox.fingerprint([mail]) else None
        if request.method == "POST" and form.is_valid():
            try:
                outbox.edit(mail, **form.cleaned_data, seen=seen, by=cast("User", request.user))
            except Refused as refusal:
                form.add_error(None, str(refusal))
                seen = outbox.fingerprint([mail])
            else:
                messages.success(request, "Gespeichert. Die E-Mail wartet weiter, bis jemand sie sendet.")
                return redirect(MAIL, pk)
        return self._page(
            request,
            mail,
            "admin/outbox/edit_mail.html",
            "E-Mail bearbeiten",
            status=422 if form.errors else 200,
            form=form,
            seen=seen,
            newer=newer if form.non_field_errors() else None,
        )

    @ASK
    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._mail(request, pk)
        form = DiscardForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            return self._act(
                request,
                mail,
                lambda: outbox.discard(mail, **form.cleaned_data, by=cast("User", request.user)),
                "Die E-Mail ist verworfen. Sie geht nicht hinaus.",
            )
        return self._page(
            request,
            mail,
            "admin/outbox/discard_mail.html",
            "E-Mail verwerfen",
            status=422 if form.errors else 200,
            form=form,
            text=outbox.as_preview(mail),
        )

    @ASK
    def address(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Corrects the address where it is kept, and sends there what came back from the old one."""
        mail = self._mail(request, pk)
        owner = owners.find(mail)
        if owner is None:
            raise Http404
        if not request.user.has_perm(owner.permission):
            raise PermissionDenied
        form = AddressForm(request.POST if request.method == "POST" else None, initial={"to": owner.address})
        if form.is_valid():
            try:
                sent = self._correct(mail, form, cast("User", request.user))
            except Refused as refusal:
                form.add_error("to", str(refusal))
            else:
                again = "Eine E-Mail geht" if len(sent) == 1 else f"{len(sent)} E-Mails gehen"
                messages.success(request, f"Die Adresse ist berichtigt. {again} erneut hinaus.")
                return redirect(MAIL, pk)
        return self._page(
            request,
            mail,
            "admin/outbox/address.html",
            "Adresse berichtigen",
            status=422 if form.errors else 200,
            form=form,
            owner=owner,
            failed=owners.failed_likewise(mail),
        )

    @transaction.atomic
    def _correct(self, mail: Mail, form: forms.Form, by: User) -> list[Mail]:
        return owners.correct_and_resend(mail, to=form.cleaned_data["to"], by=by)

    @method_decorator(require_POST)
    def test(self, request: HttpRequest) -> HttpResponse:
        """A mail to the person who asks, on the way that all mails take."""
        if not rights.may_test(request.user):
            raise PermissionDenied
        back = "mail" if rights.may_read(request.user) else "delivery"
        try:
            with transaction.atomic():
                mail = mails.tested(cast("User", request.user))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(f"admin:outbox_{back}_changelist")
        messages.success(
            request, f"Die Test-E-Mail an {mail.to} ist beauftragt. Hier sehen Sie, ob der Mailserver sie annimmt."
        )
        return redirect(MAIL, mail.pk) if back == "mail" else redirect("admin:outbox_delivery_changelist")
