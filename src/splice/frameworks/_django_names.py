"""Names of Django and Django REST framework, and which methods of HTTP their classes answer with.

A class is told by its package and its own name, since most can be imported from several modules. A test derives the
table of methods from the packages themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from splice.values import External

_CONF = ("django.urls", "django.urls.conf")
PATH = frozenset(f"{module}.path" for module in _CONF)
RE_PATH = frozenset({*(f"{module}.re_path" for module in _CONF), "django.conf.urls.url"})
URL_PATTERN = frozenset({"django.urls.URLPattern", "django.urls.resolvers.URLPattern"})
REGEX_PATTERN = "django.urls.resolvers.RegexPattern"
ROUTE_PATTERN = "django.urls.resolvers.RoutePattern"
INCLUDE = frozenset({*(f"{module}.include" for module in _CONF), "django.conf.urls.include"})
I18N = frozenset({"django.conf.urls.i18n.i18n_patterns"})
PATTERNS = frozenset({"django.conf.urls.patterns", "django.conf.urls.defaults.patterns"})
SUFFIXES = frozenset({"rest_framework.urlpatterns.format_suffix_patterns"})
FILES = frozenset(
    {
        "django.conf.urls.static.static",
        "django.contrib.staticfiles.urls.staticfiles_urlpatterns",
    }
)
APPLICATION = frozenset({"django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application"})
ADMIN = frozenset({"AdminSite", "ModelAdmin", "OSMGeoAdmin", "GISModelAdmin", "UserAdmin", "GroupAdmin"})
SIMPLE_ROUTER = frozenset(
    {
        "rest_framework.routers.SimpleRouter",
        "rest_framework_nested.routers.SimpleRouter",
        "rest_framework_nested.routers.NestedSimpleRouter",
    }
)
DEFAULT_ROUTER = frozenset(
    {
        "rest_framework.routers.DefaultRouter",
        "rest_framework_nested.routers.DefaultRouter",
        "rest_framework_nested.routers.NestedDefaultRouter",
    }
)
NESTED_ROUTER = frozenset(
    {"rest_framework_nested.routers.NestedSimpleRouter", "rest_framework_nested.routers.NestedDefaultRouter"}
)
ROUTER = SIMPLE_ROUTER | DEFAULT_ROUTER

VERBS = ("get", "post", "put", "patch", "delete", "trace")  # HEAD follows GET; OPTIONS is the framework's
ACTIONS = ("list", "create", "retrieve", "update", "partial_update", "destroy")

# What a class defines or inherits, of VERBS and ACTIONS; a class of these packages that is not here has none.
# `put=post`: it only calls the other one, which must not be observed twice: PUT is one more method of `post`.
METHODS: dict[str, dict[str, str]] = {
    "django": {
        **dict.fromkeys(("DetailView", "BaseDetailView", "ListView", "BaseListView", "TemplateView"), "get"),
        **{
            f"{base}{kind}View": "get"
            for kind in ("YearArchive", "MonthArchive", "WeekArchive", "DayArchive", "TodayArchive")
            for base in ("", "Base")
        },
        **dict.fromkeys(("ArchiveIndexView", "BaseArchiveIndexView", "BaseDateListView"), "get"),
        **dict.fromkeys(("DateDetailView", "BaseDateDetailView"), "get"),
        **dict.fromkeys(("FormView", "BaseFormView", "ProcessFormView"), "get post put=post"),
        **dict.fromkeys(("CreateView", "BaseCreateView", "UpdateView", "BaseUpdateView"), "get post put=post"),
        **dict.fromkeys(("DeleteView", "BaseDeleteView"), "get post delete"),
        "DeletionMixin": "delete post=delete",
        "RedirectView": "get post=get put=get patch=get delete=get",
        "JavaScriptCatalog": "get",
        "JSONCatalog": "get",
        "LoginView": "get post put=post",
        "LogoutView": "post",
        **dict.fromkeys(("PasswordChangeView", "PasswordResetView", "PasswordResetConfirmView"), "get post put=post"),
        **dict.fromkeys(("PasswordChangeDoneView", "PasswordResetDoneView", "PasswordResetCompleteView"), "get"),
        "AutocompleteJsonView": "get",
        "BaseAdminDocsView": "get",
        "BookmarkletsView": "get",
        **dict.fromkeys(("ModelDetailView", "ModelIndexView", "ViewDetailView", "ViewIndexView"), "get"),
        **dict.fromkeys(("TemplateDetailView", "TemplateFilterIndexView", "TemplateTagIndexView"), "get"),
    },
    "rest_framework": {
        "CreateAPIView": "post create",
        "DestroyAPIView": "delete destroy",
        "ListAPIView": "get list",
        "ListCreateAPIView": "get post list create",
        "RetrieveAPIView": "get retrieve",
        "RetrieveDestroyAPIView": "get delete retrieve destroy",
        "RetrieveUpdateAPIView": "get put patch retrieve update partial_update=update",
        "RetrieveUpdateDestroyAPIView": "get put patch delete retrieve update partial_update=update destroy",
        "UpdateAPIView": "put patch update partial_update=update",
        "CreateModelMixin": "create",
        "DestroyModelMixin": "destroy",
        "ListModelMixin": "list",
        "RetrieveModelMixin": "retrieve",
        "UpdateModelMixin": "update partial_update=update",
        "ModelViewSet": "list create retrieve update partial_update=update destroy",
        "ReadOnlyModelViewSet": "list retrieve",
        "ObtainAuthToken": "post",
        "SchemaView": "get",
        "APIRootView": "get",
    },
    "rest_framework_nested": {},
}
_PLAIN = frozenset({"abc", "builtins", "typing", "typing_extensions"})


def known(base: External) -> Mapping[str, str] | None:
    """The methods (of VERBS and ACTIONS) of a class outside the project; None when nothing is known of it.

    Each leads to the method that does the work: as a rule itself.
    """
    package, _, rest = base.name.partition(".")
    if package in _PLAIN or base.name == "object":
        return {}
    if package not in METHODS:
        return None
    words = METHODS[package].get(rest.rpartition(".")[2], "").split()
    return {name: target or name for name, _, target in (word.partition("=") for word in words)}


def is_viewset(base: External) -> bool:
    """Whether a class outside the project answers with actions, not with methods of HTTP."""
    return base.name.startswith("rest_framework.") and base.name.endswith(("ViewSet", ".ViewSetMixin"))
