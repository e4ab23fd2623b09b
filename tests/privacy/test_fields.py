"""Every field of every table is personal, sensitive or neither; a new one fails until somebody has said which."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from pghistory.models import Event

from advisors.models import Advisor
from miglobe.privacy.registry import Grade, grades

OF_LIBRARIES = {"pghistory.Context", "pghistory.Events"}  # unused: our histories keep their context themselves


def tables():
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and not issubclass(model, Event) and model._meta.label not in OF_LIBRARIES:
            yield model


def test_every_field_of_every_table_is_classified():
    for model in tables():
        fields = {field.name for field in model._meta.concrete_fields}
        said = set(grades().get(model, {}))
        assert said == fields, f"{model._meta.label}: es fehlt {fields - said}, zu viel ist {said - fields}"


def test_no_field_is_classified_twice():
    for model, said in grades().items():
        assert len(said) == len(model._meta.concrete_fields), model


def test_a_history_holds_nothing_that_is_not_classified():
    for model in apps.get_models():
        if issubclass(model, Event) and not model._meta.proxy and model._meta.label not in OF_LIBRARIES:
            tracked = model.pgh_tracked_model._meta.concrete_model
            for field in model._meta.concrete_fields:
                assert field.name.startswith("pgh_") or field.name in grades()[tracked], (model, field.name)


def test_whatever_points_to_an_advisor_is_sensitive():
    """That somebody is in the pool is Art. 9 GDPR data."""
    for model in tables():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is Advisor:
                assert grades()[model][field.name] == Grade.SENSITIVE, (model, field.name)


def test_whatever_points_to_a_person_at_the_desk_is_personal():
    from miglobe.accounts.models import User

    for model in tables():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                assert grades()[model][field.name] != Grade.NEITHER, (model, field.name)


def test_free_text_of_people_is_never_neither():
    said = grades()
    for label, name in (("requests.Message", "text"), ("requests.Note", "text"), ("outbox.Mail", "text")):
        assert said[apps.get_model(label)][name] != Grade.NEITHER
    try:
        Advisor._meta.get_field("origin")
    except FieldDoesNotExist:
        return
    raise AssertionError("Herkunft wird nicht erfragt.")
