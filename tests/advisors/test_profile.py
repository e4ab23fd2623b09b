"""What advisors say of themselves."""

import pytest
from django.http import QueryDict
from django.utils import timezone

from advisors import profiles
from advisors.forms import ProfileForm
from advisors.models import Advisor, LanguageSkill, TopicSkill
from miglobe.errors import Refused
from tests.factories import (
    AdvisorFactory,
    FormatFactory,
    LanguageFactory,
    MunicipalityFactory,
    RegionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


def typed(**changes):
    """The least that somebody types. Lists become several values."""
    topic, language = TopicFactory(), LanguageFactory()
    answers = {
        "name": "Amara Muster",
        f"topics_{topic.pk}": "3",
        f"languages_{language.pk}": "2",
        "home": MunicipalityFactory().pk,
        "travel_km": "80",
        "capacity": "2",
    } | changes
    data = QueryDict(mutable=True)
    for name, value in answers.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def test_a_new_person_gets_a_row_with_everything_they_said():
    region, format_ = RegionFactory(), FormatFactory()
    near, far = MunicipalityFactory(), MunicipalityFactory()
    data = typed(
        phone="0211 5550 1",
        regions=[region.pk],
        formats=[format_.pk],
        online="on",
        about="Ich berate gern.",
        biased_for=["", near.pk, "", far.pk, near.pk],
    )
    form = ProfileForm(data, instance=Advisor(email="amara@example.com"))
    assert form.is_valid(), form.errors
    advisor = Advisor.objects.get(pk=form.save().pk)
    assert (advisor.name, advisor.email, advisor.travel_km, advisor.online) == (
        "Amara Muster",
        "amara@example.com",
        80,
        True,
    )
    assert list(advisor.topic_skills.values_list("level", flat=True)) == [TopicSkill.Level.FOCUS]
    assert list(advisor.language_skills.values_list("level", flat=True)) == [LanguageSkill.Level.FLUENT]
    assert (list(advisor.regions.all()), list(advisor.formats.all())) == ([region], [format_])
    assert set(advisor.biased_for.all()) == {near, far}


def test_changing_keeps_replaces_and_removes_levels():
    advisor = AdvisorFactory()
    kept, changed, gone = TopicFactory(), TopicFactory(), TopicFactory()
    for topic in (kept, changed, gone):
        TopicSkill.objects.create(advisor=advisor, topic=topic, level=2)
    row = TopicSkill.objects.get(topic=kept).pk
    data = typed(**{f"topics_{kept.pk}": "2", f"topics_{changed.pk}": "1", f"topics_{gone.pk}": ""})
    form = ProfileForm(data, instance=advisor)
    assert form.is_valid(), form.errors
    form.save()
    levels = dict(advisor.topic_skills.values_list("topic", "level"))
    assert (levels[kept.pk], levels[changed.pk], gone.pk in levels) == (2, 1, False)
    assert TopicSkill.objects.get(topic=kept).pk == row


def test_what_was_switched_off_stays_with_those_who_have_it():
    advisor = AdvisorFactory()
    old, never = TopicFactory(active=False), TopicFactory(active=False)
    TopicSkill.objects.create(advisor=advisor, topic=old, level=1)
    region = RegionFactory(active=False)
    advisor.regions.add(region)
    form = ProfileForm(instance=advisor)
    offered = [term.pk for term in form.fields["topics"].widget.terms]
    assert old.pk in offered and never.pk not in offered
    assert region in form.fields["regions"].queryset
    assert old.pk not in [term.pk for term in ProfileForm().fields["topics"].widget.terms]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Zwei\nZeilen"),
        ("phone", "ruft mich an"),
        ("home", "99"),
        ("home", ""),
        ("travel_km", "-1"),
        ("travel_km", "1001"),
        ("travel_km", ""),
        ("capacity", "0"),
        ("capacity", "11"),
        ("regions", "999"),
        ("formats", "x"),
        ("about", "x" * 1001),
        ("biased_for", "99"),
    ],
)
def test_wrong_input_is_said_beside_its_field(field, value):
    form = ProfileForm(typed(**{field: value}))
    assert list(form.errors) == [field]


@pytest.mark.parametrize("level", ["4", "0", "-1", "x", "True"])
def test_a_level_comes_from_the_list(level):
    data = typed()
    name = next(key for key in data if key.startswith("topics_"))
    data[name] = level
    assert list(ProfileForm(data).errors) == ["topics"]


def test_nothing_to_advise_on_is_said():
    data = typed()
    for name in [key for key in data if key.startswith(("topics_", "languages_"))]:
        data[name] = ""
    form = ProfileForm(data)
    assert form.errors["topics"] == ["Bitte geben Sie bei mindestens einem Thema an, wie gut Sie sich auskennen."]
    assert form.errors["languages"] == ["Bitte geben Sie mindestens eine Sprache an, in der Sie beraten."]


def test_the_form_shows_what_stands_and_offers_room_for_one_more_tie():
    advisor = AdvisorFactory()
    for _ in range(6):
        advisor.biased_for.add(MunicipalityFactory())
    rows = [row.data["value"] for row in ProfileForm(instance=advisor)["biased_for"].subwidgets]
    assert rows == [*advisor.biased_for.values_list("pk", flat=True), ""]
    assert [row.data["value"] for row in ProfileForm()["biased_for"].subwidgets] == [""] * 5


def test_what_was_typed_shows_in_the_other_language():
    data = typed(about="Ich berate gern.", capacity="viele")
    form = ProfileForm.as_typed(data, instance=AdvisorFactory(about="Früher"))
    assert (form["about"].value(), form["capacity"].value()) == ("Ich berate gern.", "viele")
    assert "3" in form["topics"].value().values()
    assert not form.is_bound


def test_the_form_needs_the_same_queries_for_few_and_many(django_assert_num_queries):
    def render(instance):
        form = ProfileForm(instance=instance)
        for _, fields in form.sections():
            for field in fields:
                list(field.subwidgets)

    for number in (1, 3):
        advisor = AdvisorFactory()
        for _ in range(number):
            TopicSkill.objects.create(advisor=advisor, topic=TopicFactory())
            LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory())
            advisor.regions.add(RegionFactory(part_of=RegionFactory()))
            advisor.formats.add(FormatFactory())
            advisor.biased_for.add(MunicipalityFactory())
        with django_assert_num_queries(11):
            render(Advisor.objects.get(pk=advisor.pk))


def test_countries_stand_under_their_world_region():
    west = RegionFactory(name="Westafrika", position=1)
    ghana = RegionFactory(name="Ghana", part_of=west, position=2)
    orphan = RegionFactory(name="Peru", part_of=RegionFactory(active=False), position=3)
    assert list(ProfileForm().fields["regions"].choices) == [
        ("Westafrika", [(west.pk, "Westafrika insgesamt"), (ghana.pk, "Ghana")]),
        ("Weitere", [(orphan.pk, "Peru")]),
    ]


def test_who_has_left_changes_nothing():
    advisor = AdvisorFactory(active=False, left_at=timezone.now())
    form = ProfileForm(typed(), instance=advisor)
    assert form.is_valid()
    with pytest.raises(Refused, match="verlassen"):
        form.save()
    with pytest.raises(Refused, match="verlassen"):
        profiles.wish(advisor, wants_fewer=True, only_topics=[])
