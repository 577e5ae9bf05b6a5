"""What is known of the decorators, mixins, middleware and permissions of Django, REST framework and libraries around.

Whatever is in none of these tables may guard: nothing is said of it.
"""

from __future__ import annotations

from splice.values import External

_AUTH = "django.contrib.auth."
LOGIN_REQUIRED = f"{_AUTH}decorators.login_required"
USER_PASSES_TEST = f"{_AUTH}decorators.user_passes_test"
PERMISSION_REQUIRED = f"{_AUTH}decorators.permission_required"
LOGIN_NOT_REQUIRED = f"{_AUTH}decorators.login_not_required"
LOGIN_MIDDLEWARE = f"{_AUTH}middleware.LoginRequiredMiddleware"
METHOD_DECORATOR = frozenset({"django.utils.decorators.method_decorator"})

#: Decorators that let nobody through who is not logged in.
GUARDS = frozenset(
    {
        LOGIN_REQUIRED,
        "django.contrib.admin.views.decorators.staff_member_required",
        "allauth.account.decorators.login_required",
        "allauth.account.decorators.verified_email_required",
        "django_otp.decorators.otp_required",
        "oauth2_provider.decorators.protected_resource",
        "oauth2_provider.decorators.rw_protected_resource",
    }
)
#: Their first modules, or whole names: decorators that look at the request only for other things than who sends it.
HARMLESS = (
    *("django.views.decorators.", "django.views.i18n.", "django.db.transaction.", "django.utils.decorators."),
    *("functools.", "contextlib.", "asgiref.sync.", "rest_framework.decorators.", "drf_spectacular.", "drf_yasg."),
    *("csp.decorators.", "corsheaders.", "django_ratelimit.decorators.", "ratelimit.decorators.", "silk.profiling."),
    *("opentelemetry.", "sentry_sdk.", "elasticapm.", "newrelic.", "ddtrace.", "logfire.", "structlog.", "reversion."),
    *("django_htmx.", "rules.contrib.views.objectgetter", "typing.", "typing_extensions.", "warnings.", "builtins."),
)
#: What answers from a store without asking anything that stands below.
CACHES = ("cache_page", "cache_response", "cached_view", "cache_per_user", "cached_as")

#: Mixins: the first is asked for nothing, the others for their test.
LOGIN_MIXIN = frozenset(
    {
        *(f"{_AUTH}mixins.LoginRequiredMixin", "braces.views.LoginRequiredMixin", "guardian.mixins.LoginRequiredMixin"),
        *("braces.views.StaffuserRequiredMixin", "braces.views.SuperuserRequiredMixin"),
        "two_factor.views.mixins.OTPRequiredMixin",
        "oauth2_provider.views.generic.ProtectedResourceView",
    }
)
PERMISSION_MIXIN = f"{_AUTH}mixins.PermissionRequiredMixin"
TEST_MIXIN = f"{_AUTH}mixins.UserPassesTestMixin"
ACCESS_MIXIN = f"{_AUTH}mixins.AccessMixin"
#: Views of Django's that ask for a login themselves.
GUARDED_VIEWS = frozenset({"PasswordChangeView", "PasswordChangeDoneView"})
#: Views that Django marks with `login_not_required`.
MARKED_VIEWS = frozenset(
    {
        *("LoginView", "PasswordResetView", "PasswordResetDoneView", "PasswordResetConfirmView"),
        "PasswordResetCompleteView",
    }
)

MIDDLEWARE = (
    *("django.", "whitenoise.", "corsheaders.", "csp.", "debug_toolbar.", "allauth.", "django_prometheus."),
    *("simple_history.", "django_htmx.", "silk.", "querycount.", "axes.", "waffle.", "hijack.", "django_otp."),
    *("opentelemetry.", "elasticapm.", "reversion.", "crum.", "django_structlog.", "log_request_id.", "htmlmin."),
    *("request_logging.", "django_permissions_policy.", "compression_middleware.", "pipeline.", "social_django."),
    *(
        "oauth2_provider.middleware.",
        "django_user_agents.",
        "djangorestframework_camel_case.",
        "django_browser_reload.",
    ),
    *(
        "auditlog.",
        "easyaudit.",
        "django_guid.",
        "newrelic.",
        "scout_apm.",
        "rollbar.",
        "ddtrace.",
        "django_countries.",
    ),
)

#: Permissions of REST framework by their own name: whom they let through without credentials.
SAFE = ("GET", "HEAD", "OPTIONS")
_REST = "rest_framework.permissions."
SAFE_METHODS = f"{_REST}SAFE_METHODS"
ALWAYS = frozenset({f"{_REST}AllowAny", f"{_REST}BasePermission"})
READING = frozenset({f"{_REST}IsAuthenticatedOrReadOnly", f"{_REST}DjangoModelPermissionsOrAnonReadOnly"})
NEVER = frozenset(
    {
        *(f"{_REST}IsAuthenticated", f"{_REST}IsAdminUser", f"{_REST}DjangoModelPermissions"),
        *(f"{_REST}DjangoObjectPermissions", "rest_framework_api_key.permissions.HasAPIKey"),
        *(
            f"oauth2_provider.contrib.rest_framework.{name}"
            for name in ("TokenHasScope", "TokenHasReadWriteScope", "TokenHasResourceScope")
        ),
        "oauth2_provider.contrib.rest_framework.IsAuthenticatedOrTokenHasScope",
    }
)
DEFAULT_PERMISSIONS = "rest_framework.settings.api_settings.DEFAULT_PERMISSION_CLASSES"
#: Views of REST framework with permissions of their own: none.
OPEN_VIEWS = frozenset({"ObtainAuthToken"})


def permits(name: str, method: str) -> bool | None:
    """Whether a permission class from outside lets a request without credentials through; None: not known."""
    if name in ALWAYS:
        return True
    if name in READING:
        return method in SAFE if method else None
    return False if name in NEVER else None


def is_view(base: External) -> bool:
    """Whether a class of Django's or REST framework's ends in `View.dispatch`."""
    package, _, rest = base.name.partition(".")
    last = rest.rpartition(".")[2]
    if package == "rest_framework":
        return last.endswith(("View", "ViewSet"))
    return (package == "django" and last.endswith("View")) or last in ("JavaScriptCatalog", "JSONCatalog")


def is_rest(base: External) -> bool:
    """Whether a class outside the project is a view of REST framework's."""
    return base.name.startswith("rest_framework.") and is_view(base)


def is_harmless(name: str) -> bool:
    """Whether a decorator from outside lets everybody through whom its other conditions let through."""
    return name.startswith(HARMLESS) and not is_cache(name)


def is_cache(name: str) -> bool:
    """Whether what stands below a decorator may not be asked, since an earlier answer is kept."""
    last = name.rpartition(".")[2]
    return last in CACHES or ("cache" in last.lower() and not last.startswith(("never_cache", "cache_control")))
