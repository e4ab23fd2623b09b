from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with our site in the place of its default one."""

    default_site = "miglobe.desk.site.DeskSite"
