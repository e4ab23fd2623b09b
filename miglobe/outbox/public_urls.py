from django.urls import path

from . import public_views

app_name = "mailbox"
urlpatterns = [path("<str:token>/", public_views.stop, name="stop")]
