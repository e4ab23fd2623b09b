from django import template

from miglobe.pages.duties import missing

register = template.Library()
register.simple_tag(missing, name="duties")
