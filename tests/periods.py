"""One rule of retention at a time."""

from django.utils import timezone

from miglobe.privacy import registry, retention


def follow(name: str, now=None) -> int:
    rule = next(rule for rule in registry.rules() if rule.name == name)
    return rule.apply(retention.cutoff(rule, now or timezone.now()))
