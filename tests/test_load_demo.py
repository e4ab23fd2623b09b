"""When and where the demonstration's data is loaded. What it looks like: test_demo."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from advisors.models import Offer
from miglobe.accounts.models import Organisation
from miglobe.demo import clock, play
from miglobe.outbox.models import Mail
from miglobe.pages.models import Portal
from requests.models import ConsultationRequest, Transition
from tests.test_demo import load

pytestmark = pytest.mark.django_db


def test_nothing_is_loaded_outside_the_demonstration(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        load()
    assert not Organisation.objects.exists()


def test_without_municipalities_nothing_is_loaded():
    with pytest.raises(CommandError, match="load_data"):
        load()
    assert not Organisation.objects.exists()


def test_what_the_operator_has_written_of_the_portal_stays(monkeypatch):
    monkeypatch.setattr(play, "CASES", ())
    call_command("load_data")
    Portal.objects.create(pk=1, operator="Wir")
    load()
    assert Portal.current().operator == "Wir"


def test_the_same_day_tells_the_same_story_at_any_hour():
    call_command("load_data")
    assert story(hour=0) == story(hour=23)


def story(*, hour):
    """What has happened before today, as the demo tells it that early or late. Everything is undone."""
    with transaction.atomic(), clock.at(timezone.localtime().replace(hour=hour, minute=57)):
        load()
        assert not Transition.objects.filter(at__gt=timezone.now()).exists()
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        told = [
            list(rows)
            for rows in (
                Transition.objects.filter(at__lt=midnight).values_list("move", "at", "consultation__contact_name"),
                Offer.objects.order_by("created_at", "pk").values_list("advisor__name", "state", "due_at"),
                Mail.objects.filter(created_at__lt=midnight).values_list("template", "to", "created_at"),
            )
        ]
        transaction.set_rollback(True)
    return told


def test_time_travel_reaches_the_defaults_of_models_and_ends():
    then = timezone.now() - timedelta(days=500)
    with clock.at(then):
        assert timezone.now() == then
        assert ConsultationRequest.objects.create().state_since == then
        assert timezone.localdate() == timezone.localdate(then)
    assert timezone.now() > then + timedelta(days=499)
