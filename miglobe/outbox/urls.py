from django.urls import path

from . import views

app_name = "outbox"
urlpatterns = [
    path("", views.demo, name="demo"),
    path("<int:pk>/", views.demo_mail, name="demo_mail"),
]
