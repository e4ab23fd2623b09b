"""What the history said of questions and answers becomes the thread; a text has one home."""

from django.db import migrations

MOVES = ("ask", "answer")


def move(apps, schema_editor):
    Transition, Message = (apps.get_model("requests", name) for name in ("Transition", "Message"))
    said = Transition.objects.filter(move__in=MOVES).exclude(note="")
    Message.objects.bulk_create(
        Message(
            consultation_id=transition.consultation_id,
            move=transition.move,
            text=transition.note,
            at=transition.at,
            by_id=transition.by_id,
        )
        for transition in said.order_by("pk").iterator()
    )
    said.update(note="")


def move_back(apps, schema_editor):
    Transition, Message = (apps.get_model("requests", name) for name in ("Transition", "Message"))
    for message in Message.objects.order_by("pk").iterator():
        Transition.objects.filter(consultation_id=message.consultation_id, move=message.move, at=message.at).update(
            note=message.text
        )


class Migration(migrations.Migration):
    dependencies = [("requests", "0003_messages")]
    operations = [migrations.RunPython(move, move_back)]
