"""What advisors say of themselves: on joining, on their own page, and at the desk."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.forms import MunicipalityChoice
from requests.models import Format, Language, Region, Topic

from .. import profiles
from ..models import Advisor, LanguageSkill, TopicSkill
from .levels import DigitsInput, GroupedBoxes, LevelsField, PlacesField
from .people import PeopleField

MOST_KM = 1000
MOST_CASES = 10
ONLY_LISTED = _("Bitte wählen Sie nur Einträge aus der Liste.")


class ProfileForm(TidyForm, forms.ModelForm):
    """Validates; `profiles.change` keeps it. `sections` is how pages show it (advisors/profile_fields.html)."""

    home = MunicipalityChoice(
        label=_("Wohnort"),
        help_text=_("Nur für die Entfernung; Kommunen sehen ihn nicht. Tippen Sie die ersten Buchstaben des Namens."),
    )
    topics = LevelsField(
        TopicSkill.Level,
        label=_("Themen"),
        help_text=_("Wie gut kennen Sie sich aus? Lassen Sie frei, wozu Sie nicht beraten möchten."),
        error_messages={"required": _("Bitte geben Sie bei mindestens einem Thema an, wie gut Sie sich auskennen.")},
    )
    languages = LevelsField(
        LanguageSkill.Level,
        label=_("Arbeitssprachen"),
        help_text=_("In welchen Sprachen können Sie beraten?"),
        error_messages={"required": _("Bitte geben Sie mindestens eine Sprache an, in der Sie beraten.")},
    )

    biased_for = PlacesField(
        label=_("Kommunen, bei denen Sie befangen sind"),
        help_text=_(
            "Zum Beispiel, weil Sie dort arbeiten oder ein Amt haben. Für diese Kommunen fragen wir Sie nicht an."
        ),
    )

    class Meta:
        model = Advisor
        fields: tuple[str, ...] = (
            "name",
            "phone",
            "regions",
            "formats",
            "home",
            "travel_km",
            "online",
            "capacity",
            "biased_for",
            "about",
        )
        labels: ClassVar = {"formats": _("Was bieten Sie an?"), "online": _("Ich berate auch online.")}
        help_texts: ClassVar = {
            "regions": _("Mit welchen Weltregionen und Ländern kennen Sie sich aus? Ihre Herkunft fragen wir nie."),
            "about": _(
                "Einige Sätze in eigenen Worten. Sie stehen in Ihrem öffentlichen Profil, wenn Sie eines möchten."
            ),
            "capacity": _("Wie viele Kommunen möchten Sie höchstens zur gleichen Zeit beraten?"),
        }
        widgets: ClassVar = {
            "regions": GroupedBoxes,
            "formats": forms.CheckboxSelectMultiple,
            "about": forms.Textarea(attrs={"rows": 5}),
            "travel_km": DigitsInput,
            "capacity": DigitsInput,
        }

    def __init__(self, *args: Any, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        held = _levels(instance)
        super().__init__(*args, initial=held | (initial or {}), **kwargs)
        self._offer(held)
        self._bound_numbers()
        self._share_places()

    def _offer(self, held: dict[str, dict[int, int]]) -> None:
        """What is switched on, and what the person holds already. Who may only read has none of these fields."""
        for name, terms in (("topics", Topic.objects.all()), ("languages", Language.objects.all())):
            levels = self.fields.get(name)
            if isinstance(levels, LevelsField):
                levels.offer(terms.filter(Q(active=True) | Q(pk__in=held[name])))
        vocabularies: dict[str, QuerySet[Any]] = {"regions": Region.objects.all(), "formats": Format.objects.all()}
        for name, entries in vocabularies.items():
            boxes = self.fields.get(name)
            if isinstance(boxes, forms.ModelMultipleChoiceField):
                chosen = getattr(self.instance, name).values("pk") if self.instance.pk else []
                boxes.queryset = entries.filter(Q(active=True) | Q(pk__in=chosen))
                boxes.error_messages["invalid_choice"] = boxes.error_messages["invalid_pk_value"] = ONLY_LISTED
                if name == "regions":
                    boxes.choices = _by_world_region(boxes.queryset)

    def _bound_numbers(self) -> None:
        for name, least, most in (("travel_km", 0, MOST_KM), ("capacity", 1, MOST_CASES)):
            if name in self.fields:
                self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]

    def _share_places(self) -> None:
        """One query for both lists of municipalities."""
        if "home" not in self.fields:
            return
        shared: Any = list(iter(MunicipalityChoice().widget.choices))
        self.fields["home"].choices = shared  # type: ignore[attr-defined]
        self.fields["home"].error_messages["required"] = _("Bitte wählen Sie Ihren Wohnort aus der Liste.")
        self.fields["biased_for"].choices = shared[1:]  # type: ignore[attr-defined]

    def sections(self) -> list[tuple[Promise, list[forms.BoundField]]]:
        parts = (
            (_("Zur Person"), ("name", "phone", "about")),
            (_("Was Sie können"), ("topics", "languages", "regions", "formats")),
            (_("Wo und wie viel"), ("home", "travel_km", "online", "capacity", "biased_for")),
        )
        return [(title, [self[name] for name in names]) for title, names in parts]

    def save(self, commit: bool = True) -> Advisor:
        """Through the command. Somebody new needs an address on the instance. Raises Refused."""
        return profiles.change(self.instance, **self.cleaned_data)


class Before(forms.HiddenInput):
    """What a field held when the page was opened. Nobody is to hear its help text twice."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return {name: value for name, value in attrs.items() if not name.startswith("aria-")}


class AdvisorForm(ProfileForm):
    """The same at the desk, where somebody else fills it in and may know less."""

    WORDS: ClassVar = {
        "home": ("Wohnort", "Nur für die Entfernung."),
        "topics": ("Themen", ""),
        "languages": ("Arbeitssprachen", ""),
        "regions": ("Regionalkompetenz", "Kenntnisse über Regionen und Länder, nie die Herkunft."),
        "formats": ("Formate", ""),
        "online": ("Berät auch online", ""),
        "capacity": ("Einsätze zur gleichen Zeit", ""),
        "biased_for": (
            "Befangen bei",
            "Kommunen, mit denen die Person durch Arbeit oder Amt verbunden ist.",
        ),
        "about": ("Über sich", "In eigenen Worten der Person; steht im öffentlichen Profil, wenn es eines gibt."),
    }

    THEIRS = ("name", "phone", "about", "active", "wants_fewer", "online", "travel_km", "capacity")
    """What the person may change by a link while the page is open here, or by leaving the pool."""

    apart = PeopleField(
        label="Nicht gemeinsam mit",
        help_text="Wer nicht zusammen in einem Team arbeiten will. Gilt für beide Seiten. Tippen Sie einen Namen.",
    )

    class Meta(ProfileForm.Meta):
        fields: tuple[str, ...] = (*ProfileForm.Meta.fields, "email", "active", "wants_fewer", "only_topics", "apart")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in self.WORDS.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, help_text
        for name in ("topics", "languages"):
            if name in self.fields:
                self.fields[name].required = False
        for name in self.THEIRS:
            if name in self.fields:
                self.fields[name].show_hidden_initial = bool(self.instance.pk)
                self.fields[name].hidden_widget = Before
        people = self.fields.get("apart")
        if isinstance(people, PeopleField):
            people.offer(but=self.instance.pk)

    def clean(self) -> dict[str, Any]:
        """What was not touched here stays as it stands by now."""
        cleaned = super().clean() or self.cleaned_data
        kept = [name for name in self.THEIRS if self.instance.pk and name in cleaned and name not in self.changed_data]
        return cleaned | {name: self.initial[name] for name in kept}

    def save(self, commit: bool = True) -> Advisor:
        """The admin saves the row, then what hangs on it."""
        self.save_m2m = self._keep_links  # type: ignore[method-assign]
        return cast(Advisor, self.instance)

    def _keep_links(self) -> None:
        given = self.cleaned_data
        names = ("topics", "languages", "regions", "formats", "biased_for")
        profiles.keep_links(self.instance, **{name: given[name] for name in names})
        self.instance.only_topics.set(given["only_topics"])
        self.instance.apart.set(given["apart"])


def _levels(advisor: Advisor | None) -> dict[str, dict[int, int]]:
    if advisor is None or advisor.pk is None:
        return {"topics": {}, "languages": {}}
    return {
        "topics": dict(advisor.topic_skills.values_list("topic_id", "level")),
        "languages": dict(advisor.language_skills.values_list("language_id", "level")),
    }


def _by_world_region(regions: QuerySet[Region]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Each world region with its countries; the region itself comes first and stands for all of it."""
    offered = list(regions)
    whole = {region.pk: region for region in offered if region.part_of_id is None}
    groups = {pk: [(pk, gettext("%(region)s insgesamt") % {"region": region})] for pk, region in whole.items()}
    rest: list[tuple[int, str]] = []
    for region in _countries(offered):
        groups.get(region.part_of_id or 0, rest).append((region.pk, str(region)))
    named = [(str(whole[pk]), options) for pk, options in groups.items()]
    return [*named, (gettext("Weitere"), rest)] if rest else named


def _countries(regions: Iterable[Region]) -> list[Region]:
    return [region for region in regions if region.part_of_id is not None]
