"""Questions to the profile that a refusal leads to: nothing changes unless the person says so."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.models import Municipality, Topic

from .. import matching, pauses, profiles
from ..models import DeclineReason, Offer, TopicSkill
from .levels import DigitsInput, LevelsField
from .profile import MOST_KM, ONLY_LISTED
from .wishes import PauseForm

Concern = DeclineReason.Concern


class TimeForm(PauseForm):
    """A pause, less often, or both."""

    wants_fewer = forms.BooleanField(label=_("Fragen Sie mich höchstens einmal in drei Monaten an."), required=False)

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.advisor = offer.advisor
        self.fields["starts_on"].required = False

    def is_due(self) -> bool:
        ahead = self.advisor.pauses.filter(Q(ends_on__gte=timezone.localdate()) | Q(ends_on=None))
        return not self.advisor.wants_fewer and not ahead.exists()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("starts_on") and (cleaned["ends_on"] or not cleaned["wants_fewer"]):
            self.add_error("starts_on", _("Bitte geben Sie an, ab wann Sie Pause machen."))
        return cleaned

    @transaction.atomic
    def save(self) -> bool:
        """Everything or nothing. Raises Refused."""
        given = self.cleaned_data
        if given["wants_fewer"]:
            profiles.wish(self.advisor, wants_fewer=True, only_topics=self.advisor.only_topics.all())
        if given["starts_on"]:
            pauses.add(self.advisor, starts_on=given["starts_on"], ends_on=given["ends_on"])
        return True


class DistanceForm(TidyForm):
    travel_km = forms.IntegerField(
        label=_("Anreise bis (km)"),
        min_value=0,
        max_value=MOST_KM,
        widget=DigitsInput,
        error_messages={"required": _("Bitte geben Sie an, wie weit Sie anreisen möchten.")},
    )

    def __init__(self, *args: Any, offer: Offer, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.advisor = offer.advisor
        super().__init__(*args, initial={"travel_km": self.advisor.travel_km} | (initial or {}), **kwargs)
        home, place = self.advisor.home, offer.consultation.municipality
        assert home and place  # constraints: of every filed request, and of whoever has not been forgotten
        self.km = round(matching.distance_km(home, place))

    def is_due(self) -> bool:
        return True

    def save(self) -> bool:
        profiles.travel(self.advisor, km=self.cleaned_data["travel_km"])
        return self.has_changed()


class TopicLevelsForm(TidyForm):
    """How well the person knows the topics of the case that are in the profile; a blank one leaves it."""

    asks_levels = True
    topics = LevelsField(TopicSkill.Level, label=_("Themen dieser Anfrage"), required=False)

    def __init__(self, *args: Any, offer: Offer, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.advisor = offer.advisor
        asked = Topic.objects.filter(pk__in=offer.consultation.topics.values("pk"))
        skills = self.advisor.topic_skills.filter(topic__in=asked)
        self.held = dict(skills.values_list("topic_id", "level"))
        super().__init__(*args, initial={"topics": self.held} | (initial or {}), **kwargs)
        self.fields["topics"].offer(asked.filter(pk__in=self.held))  # type: ignore[attr-defined]

    def is_due(self) -> bool:
        return True

    def clean_topics(self) -> dict[int, int]:
        """What was not sent at all is no wish to leave the topics."""
        if self.fields["topics"].widget.value_omitted_from_data(self.data, self.files, self.add_prefix("topics")):
            raise forms.ValidationError(LevelsField.default_error_messages["invalid_choice"])
        levels: dict[int, int] = self.cleaned_data["topics"]
        others = self.advisor.topic_skills.exclude(topic__in=self.held)
        if not levels and not others.exists():
            raise forms.ValidationError(_("Bitte geben Sie bei mindestens einem Thema an, wie gut Sie sich auskennen."))
        return levels

    def save(self) -> bool:
        profiles.know(self.advisor, topics=dict.fromkeys(self.held) | self.cleaned_data["topics"])
        return self.has_changed()


class TopicsForm(TidyForm):
    """Which topics the person wants to be asked about, where none of the case is in the profile."""

    asks_levels = False
    only_topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        label=_("Nur zu diesen Themen"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Bitte wählen Sie mindestens ein Thema."),
            "invalid_choice": ONLY_LISTED,
            "invalid_pk_value": ONLY_LISTED,
        },
    )

    def __init__(self, *args: Any, offer: Offer, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Offers what the person knows of, ticked but for the topics of this case."""
        self.advisor = offer.advisor
        self.asked = set(offer.consultation.topics.all())
        self.wanted = set(self.advisor.only_topics.all())
        offered = self._offered()
        ticked = [topic.pk for topic in (self.wanted or offered) if topic not in self.asked]
        super().__init__(*args, initial={"only_topics": ticked} | (initial or {}), **kwargs)
        self.fields["only_topics"].queryset = offered  # type: ignore[attr-defined]

    def _offered(self) -> QuerySet[Topic]:
        held = Q(pk__in=self.advisor.topic_skills.values("topic")) | Q(pk__in=[topic.pk for topic in self.wanted])
        return Topic.objects.filter(held) if self.advisor.topic_skills.exists() else Topic.objects.filter(active=True)

    def is_due(self) -> bool:
        return not self.wanted or bool(self.wanted & self.asked)

    def save(self) -> bool:
        topics = self.cleaned_data["only_topics"]
        profiles.wish(self.advisor, wants_fewer=self.advisor.wants_fewer, only_topics=topics)
        return True


class BiasForm(TidyForm):
    """Which of the municipalities; nothing is to be chosen where only one asks."""

    places = forms.ModelMultipleChoiceField(
        Municipality.objects.none(),
        label=_("Kommunen"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Bitte wählen Sie mindestens eine Kommune."),
            "invalid_choice": ONLY_LISTED,
            "invalid_pk_value": ONLY_LISTED,
        },
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.advisor = offer.advisor
        asking = [
            offer.consultation.municipality_id,
            *offer.consultation.co_municipalities.values_list("pk", flat=True),
        ]
        known = self.advisor.biased_for.values("pk")
        self.missing = Municipality.objects.filter(pk__in=asking).exclude(pk__in=known)
        self.fields["places"].queryset = self.missing  # type: ignore[attr-defined]
        if len(self.missing) == 1:
            del self.fields["places"]

    def is_due(self) -> bool:
        return bool(self.missing)

    def save(self) -> bool:
        profiles.add_ties(self.advisor, self.cleaned_data.get("places", self.missing))
        return True


type ConcernForm = TimeForm | DistanceForm | TopicLevelsForm | TopicsForm | BiasForm
"""`save` says whether the profile is another one now. Raises Refused."""


FORMS: dict[str, type[ConcernForm]] = {
    Concern.TIME: TimeForm,
    Concern.DISTANCE: DistanceForm,
    Concern.TOPICS: TopicsForm,
    Concern.BIAS: BiasForm,
}


def concern_form(offer: Offer) -> type[ConcernForm] | None:
    """What a refusal asks of the profile of somebody who is in the pool, unless it has been answered."""
    if offer.state != Offer.State.DECLINED or offer.reason is None or offer.advisor.left_at or offer.profile_changed_at:
        return None
    asks = FORMS.get(offer.reason.concerns)
    known = offer.advisor.topic_skills.filter(topic__in=offer.consultation.topics.all())
    return TopicLevelsForm if asks is TopicsForm and known.exists() else asks
