"""How often, when and on what advisors would like to be asked."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.forms import DayInput, TidyForm
from requests.models import Topic

from .. import pauses, profiles
from ..models import Advisor

TEN_YEARS = timedelta(days=3653)


class PauseForm(TidyForm):
    starts_on = forms.DateField(
        label=_("Erster Tag der Pause"),
        widget=DayInput,
        error_messages={
            "required": _("Bitte geben Sie an, ab wann Sie Pause machen."),
            "invalid": _("Bitte geben Sie ein Datum ein, zum Beispiel 24.12.2026."),
        },
    )
    ends_on = forms.DateField(
        label=_("Letzter Tag der Pause"),
        required=False,
        widget=DayInput,
        help_text=_("Lassen Sie das Feld frei, wenn Sie es noch nicht wissen. Sie können die Pause jederzeit beenden."),
        error_messages={"invalid": _("Bitte geben Sie ein Datum ein, zum Beispiel 24.12.2026.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        today = timezone.localdate()
        if begin and begin < today:
            self.add_error("starts_on", _("Dieses Datum liegt in der Vergangenheit."))
        elif (begin and begin > today + TEN_YEARS) or (end and end > today + TEN_YEARS):
            self.add_error("starts_on", _("Bitte wählen Sie ein Datum in den nächsten zehn Jahren."))
        elif begin and end and end < begin:
            self.add_error("ends_on", _("Der letzte Tag liegt vor dem ersten."))
        return cleaned


class WishesForm(PauseForm):
    """Everything on one page: a pause if days are given, less often, certain topics."""

    wants_fewer = forms.BooleanField(
        label=_("Fragen Sie mich höchstens einmal in drei Monaten an."),
        required=False,
    )
    only_topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        label=_("Nur zu diesen Themen"),
        help_text=_("Ohne Auswahl fragen wir Sie zu allen Themen an."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _("Bitte wählen Sie nur Einträge aus der Liste."),
            "invalid_pk_value": _("Bitte wählen Sie nur Einträge aus der Liste."),
        },
    )

    def __init__(self, *args: Any, advisor: Advisor, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        chosen = list(advisor.only_topics.all())
        held = {"wants_fewer": advisor.wants_fewer, "only_topics": chosen}
        super().__init__(*args, initial=held | (initial or {}), **kwargs)
        self.advisor = advisor
        self.fields["starts_on"].required = False
        self.fields["only_topics"].queryset = Topic.objects.filter(  # type: ignore[attr-defined]
            Q(active=True) | Q(pk__in=[topic.pk for topic in chosen])
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("ends_on") and not cleaned.get("starts_on") and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Bitte geben Sie an, ab wann Sie Pause machen."))
        return cleaned

    @transaction.atomic
    def save(self) -> None:
        """Everything or nothing. Raises Refused."""
        given = self.cleaned_data
        profiles.wish(self.advisor, wants_fewer=given["wants_fewer"], only_topics=given["only_topics"])
        if given["starts_on"]:
            pauses.add(self.advisor, starts_on=given["starts_on"], ends_on=given["ends_on"])
