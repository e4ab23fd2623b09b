"""Which tables have a history, and what of them. Used by the models."""

from collections.abc import Callable, Iterable
from typing import Any

import pghistory
import pgtrigger
from django.contrib.postgres.search import SearchVectorField
from django.db.models import DO_NOTHING, Field, GeneratedField, Index, Model
from pghistory.trigger import Event


class Changed(pgtrigger.AnyChange):
    """One of the remembered fields has another value, and `only` holds for the new row."""

    def __init__(self, only: str = "") -> None:
        super().__init__()
        self.only = only

    def resolve(self, model: type[Model]) -> str:
        changed = super().resolve(model)
        return f"(({changed}) AND {self.only.format(row='NEW')})" if self.only else changed


class _EventWithin(Event):
    """Writes only where a condition holds that asks other tables: those stand in the function, not in the WHEN."""

    within = ""

    def get_func(self, model: Any) -> Any:
        written: Any = super().get_func(model)  # type: ignore[no-untyped-call]
        insert = written.func.removesuffix("RETURN NULL;").strip()
        written.func = f"IF {self.within.format(row=self.row)} THEN {insert} END IF; RETURN NULL;"
        return written


class _Within:
    """Mixed into pghistory's trackers."""

    within = ""
    label: Any
    trigger_name: Any
    row: Any
    operation: Any
    condition: Any
    level: Any

    def add_event_trigger(self, event_model: Any) -> None:
        trigger = type("EventWithin", (_EventWithin,), {"within": self.within}) if self.within else Event
        event = trigger(
            event_model=event_model,
            label=self.label,
            name=self.trigger_name,
            row=self.row,
            operation=self.operation,
            condition=self.condition,
            level=self.level,
        )
        pgtrigger.register(event)(event_model.pgh_tracked_model)


class _Inserted(_Within, pghistory.InsertEvent):
    pass


class _Updated(_Within, pghistory.UpdateEvent):
    pass


class _Deleted(_Within, pghistory.DeleteEvent):
    pass


def tracked[M: Model](
    *,
    exclude: Iterable[str] = (),
    inserts: bool = True,
    only: str = "",
    within: str = "",
    indexes: Iterable[Index] = (),
) -> Callable[[type[M]], type[M]]:
    """Gives a model a history: a row for every insert, change and deletion of a row, however it came about.

    `exclude`: fields that it leaves out, and whose change alone it does not mention. Moments that Django writes by
    itself and what the database computes are left out anyway. `only`: SQL on `{row}`; other rows leave no trace.
    `within`: the same with a look into other tables.
    """

    def track(model: type[M]) -> type[M]:
        new, old = (pgtrigger.Condition(f"({only.format(row=row)})") if only else None for row in ("NEW", "OLD"))
        trackers: list[Any] = [_Updated(condition=Changed(only)), _Deleted(condition=old)]
        if inserts:
            trackers.insert(0, _Inserted(condition=new))
        _track(model, trackers, exclude=exclude, within=within, indexes=indexes)
        return model

    return track


def tracked_links(through: Any, *, within: str = "") -> None:
    """Gives a many-to-many relation a history: a row for every entry that comes or goes."""
    model = through._meta
    words = model.object_name.split("_")
    proxy = type(
        "".join(word[0].upper() + word[1:] for word in words) + "Link",
        (through,),
        {
            "__module__": f"{model.app_config.module.__name__}.models",
            "Meta": type("Meta", (), {"proxy": True, "app_label": model.app_label, "default_permissions": ()}),
        },
    )
    owner = next(field for field in model.fields if field.is_relation)
    index = Index(fields=(owner.name,), name=f"{model.db_table.partition('_')[2]}_past"[-30:].strip("_"))
    trackers = [_Inserted(), _Deleted()]
    _track(proxy, trackers, exclude=(), within=within, indexes=(index,), obj_field=None)
    through.pgh_event_model = proxy.pgh_event_model  # type: ignore[attr-defined]


def _track(
    model: Any, trackers: list[Any], *, exclude: Iterable[str], within: str, indexes: Iterable[Index], **options: Any
) -> None:
    for tracker in trackers:
        tracker.within = within
    left_out = {*exclude, *(field.name for field in model._meta.local_fields if _writes_itself(field))}
    options.setdefault("obj_field", pghistory.ObjForeignKey(on_delete=DO_NOTHING, related_name="+", db_index=True))
    pghistory.track(
        *trackers,
        exclude=sorted(left_out),
        context_field=pghistory.ContextJSONField(null=True),
        context_id_field=pghistory.ContextUUIDField(null=True),
        meta={
            "verbose_name": f"Geschichte: {model._meta.verbose_name}",
            "verbose_name_plural": f"Geschichte: {model._meta.verbose_name_plural}",
            "default_permissions": (),
            "indexes": list(indexes),
        },
        **options,
    )(model)


def _writes_itself(field: Field) -> bool:
    return (
        getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
        or isinstance(field, GeneratedField | SearchVectorField)
    )


def events(model: Any) -> Any:
    """The history of a table, as a queryset of its events."""
    return model.pgh_event_model.objects.all()
