from django import template

from miglobe.pages import duties

register = template.Library()
register.filter("duties", duties.missing)
register.filter("address_at", duties.address)
