"""Small Django projects whose views ask for a login in every way that people use, or do not.

Each view says at its `def` or `class` who may call it: `#: guarded`, `#: unguarded`, `#: public`, `#: unknown`; of a
class with inherited methods `#: get=guarded post=unknown`. `outside.py` is a library: it is not part of the project.
"""

BASE = """
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only in tests"
USE_TZ = True
LOGIN_URL = "/login"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "rest_framework"]
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "sessions": None, "authtoken": None, "admin": None}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ROOT_URLCONF = "urls"
"""
SESSIONS = """
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
"""
OUTSIDE = """
import functools
def maybe(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        return view(*args, **kwargs)
    return inner
class LibraryMixin:
    pass
def view(request):
    from django.http import HttpResponse
    return HttpResponse()
class Middleware:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        return self.get_response(request)
"""

PROJECTS = {
    "functions": """
from django.contrib.auth.decorators import login_required
from django.urls import path
import views
urlpatterns = [
    path("plain/", views.plain),
    path("login/", views.login),
    path("login-called/", views.login_called),
    path("staff/", views.staff),
    path("permission/", views.permission),
    path("permission-raises/", views.permission_raises),
    path("permissions/", views.permissions),
    path("permission-text/", views.permission_text),
    path("no-permissions/", views.no_permissions),
    path("some-permissions/", views.some_permissions),
    path("tested/", views.tested),
    path("tested-named/", views.tested_named),
    path("tested-twice/", views.tested_twice),
    path("tested-groups/", views.tested_groups),
    path("tested-not/", views.tested_not),
    path("tested-either/", views.tested_either),
    path("tested-always/", views.tested_always),
    path("tested-by-name/", views.tested_by_name),
    path("alias/", views.alias),
    path("assigned/", views.assigned),
    path("wrapped/", login_required(views.wrapped)),
    path("later/", views.later),
    path("below-others/", views.below_others),
    path("harmless/", views.harmless),
    path("cached/", views.cached),
    path("login-then-cached/", views.login_then_cached),
    path("library/", views.library),
    path("library-and-login/", views.library_and_login),
    path("marked/", views.marked),
    path("one/", login_required(views.two_routes)),
    path("two/", views.two_routes),
    path("both/a/", login_required(views.both)),
    path("both/b/", login_required(views.both)),
    path("method/", views.service.method),
    path("private/", views.private),
    path("inline-raises/", views.inline_raises),
    path("inline-answers/", views.inline_answers),
    path("inline-redirects/", views.inline_redirects),
    path("inline-sometimes/", views.inline_sometimes),
    path("inline-elsewhere/", views.inline_elsewhere),
    path("inline-reads/", views.inline_reads),
]
# file: views.py
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import (
    login_not_required, login_required, permission_required, user_passes_test,
)
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.cache import cache_page, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from outside import maybe

def plain(request): return HttpResponse()  #: unguarded
@login_required
def login(request): return HttpResponse()  #: guarded
@login_required(login_url="/login", redirect_field_name=None)
def login_called(request): return HttpResponse()  #: guarded
@staff_member_required(login_url="/login")
def staff(request): return HttpResponse()  #: guarded
@permission_required("auth.add_user")
def permission(request): return HttpResponse()  #: guarded
@permission_required("auth.add_user", raise_exception=True)
def permission_raises(request): return HttpResponse()  #: guarded
@permission_required(["auth.add_user", "auth.change_user"])
def permissions(request): return HttpResponse()  #: guarded
APP = "auth"
@permission_required(f"{APP}.add_user")
def permission_text(request): return HttpResponse()  #: guarded
@permission_required([])
def no_permissions(request): return HttpResponse()  #: unguarded
SOME = [name for name in ("auth.add_user", "") if name]
@permission_required(SOME)
def some_permissions(request): return HttpResponse()  #: unknown
@user_passes_test(lambda user: user.is_staff)
def tested(request): return HttpResponse()  #: guarded
def is_editor(user):
    return user.is_authenticated and user.groups.filter(name="editors").exists()
@user_passes_test(is_editor)
def tested_named(request): return HttpResponse()  #: guarded
def is_known(user):
    if user.is_anonymous:
        return False
    return user.email.endswith("@example.org")
@user_passes_test(is_known, login_url="/login")
def tested_twice(request): return HttpResponse()  #: guarded
@user_passes_test(lambda u: u.groups.filter(name="a").exists() or u.has_perm("auth.add_user"))
def tested_groups(request): return HttpResponse()  #: guarded
@user_passes_test(lambda u: not u.is_anonymous)
def tested_not(request): return HttpResponse()  #: guarded
@user_passes_test(lambda u: u.is_staff or u.username == "")
def tested_either(request): return HttpResponse()  #: unknown
@user_passes_test(lambda u: True)
def tested_always(request): return HttpResponse()  #: unguarded
@user_passes_test(lambda u: str(u) != "nobody")
def tested_by_name(request): return HttpResponse()  #: unknown
staff_only = user_passes_test(lambda u: u.is_staff)
@staff_only
def alias(request): return HttpResponse()  #: guarded
def _assigned(request): return HttpResponse()  #: guarded
assigned = login_required(_assigned)
def wrapped(request): return HttpResponse()  #: guarded
@login_required
async def later(request): return HttpResponse()  #: guarded
@csrf_exempt
@require_GET
@never_cache
@login_required
def below_others(request): return HttpResponse()  #: guarded
@csrf_exempt
@require_GET
def harmless(request): return HttpResponse()  #: unguarded
@cache_page(60)
@login_required
def cached(request): return HttpResponse()  #: unknown
@login_required
@cache_page(60)
def login_then_cached(request): return HttpResponse()  #: guarded
@maybe
def library(request): return HttpResponse()  #: unknown
@maybe
@login_required
def library_and_login(request): return HttpResponse()  #: guarded
@login_not_required
def marked(request): return HttpResponse()  #: public
def two_routes(request): return HttpResponse()  #: unknown
def both(request): return HttpResponse()  #: guarded
class Service:
    @login_required
    def method(self, request): return HttpResponse()  #: unknown
service = Service()
@login_required
@login_not_required
def private(request): return HttpResponse()  #: guarded
def inline_raises(request):  #: guarded
    if not request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse()
def inline_answers(request):  #: guarded
    user = request.user
    if user.is_anonymous or not user.is_active:
        return HttpResponse("who are you?", status=401)
    return HttpResponse()
def inline_redirects(request):  #: guarded
    if request.method != "POST":
        pass
    if request.user.is_staff:
        return HttpResponse()
    return redirect_to_login(request.get_full_path())
def inline_sometimes(request):  #: unknown
    if request.GET.get("private") and not request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse()
def _check(request):
    if request.META.get("REMOTE_ADDR") == "10.0.0.1":
        raise PermissionDenied
def inline_elsewhere(request):  #: unknown
    _check(request)
    return HttpResponse()
def inline_reads(request):  #: unguarded
    return HttpResponse(str(request.user.pk))
""",
    "decorators of its own": """
from django.urls import path
import views
urlpatterns = [
    path("raises/", views.raises),
    path("redirects/", views.redirects),
    path("answers/", views.answers),
    path("answers-well/", views.answers_well),
    path("with-role/", views.with_role),
    path("on-test/", views.on_test),
    path("on-test-called/", views.on_test_called),
    path("on-login/", views.on_login),
    path("around-login/", views.around_login),
    path("timed/", views.timed),
    path("traced/", views.traced),
    path("timed-login/", views.timed_login),
    path("by-setting/", views.by_setting),
    path("by-header/", views.by_header),
    path("by-key/", views.by_key),
    path("by-test/", views.by_test),
    path("by-session/", views.by_session),
    path("by-function/", views.by_function),
    path("swallowing/", views.swallowing),
    path("helped/", views.helped),
    path("handed/", views.handed),
    path("both-colours/", views.both_colours),
    path("both-colours-later/", views.both_colours_later),
    path("kept/", views.kept),
    path("reading/", views.reading),
    path("a-class/", views.a_class),
    path("loop/", views.loop),
    path("not-first/", views.not_first),
]
# file: guards.py
import functools, time
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import redirect, render

def raising(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        if not request.user.is_authenticated:
            raise PermissionDenied("log in")
        return view(request, *args, **kwargs)
    return inner
def redirecting(function):
    @functools.wraps(function)
    def wrapper(request, *args, **kwargs):
        if request.user.is_authenticated:
            return function(request, *args, **kwargs)
        return redirect(settings.LOGIN_URL)
    return wrapper
def answering(view):
    def inner(request, *args, **kwargs):
        user = getattr(request, "user", None)
        if user is None or user.is_anonymous:
            return JsonResponse({"detail": "log in"}, status=401)
        return view(request, *args, **kwargs)
    return functools.wraps(view)(inner)
def answering_well(view):
    @functools.wraps(view)
    def inner(request):
        if not request.user.is_authenticated:
            return HttpResponse("log in")
        return view(request)
    return inner
def role(*names, strict=True):
    def decorator(view):
        @functools.wraps(view)
        def inner(request, *args, **kwargs):
            if not request.user.is_active or request.user.groups.filter(name__in=names).count() == 0:
                return HttpResponseForbidden()
            return view(request, *args, **kwargs)
        return inner
    return decorator
def on_test(function=None, login_url=None):
    actual = user_passes_test(lambda u: u.is_active and u.is_staff, login_url=login_url)
    if function:
        return actual(function)
    return actual
def on_login(view):
    return login_required(view, login_url="/login")
def around_login(view):
    @functools.wraps(view)
    def inner(request):
        return view(request)
    return login_required(inner)
def timed(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        started = time.monotonic()
        try:
            response = view(request, *args, **kwargs)
        finally:
            print(time.monotonic() - started)
        return response
    return inner
class tracer:
    def __init__(self, name): pass
    def __enter__(self): pass
    def __exit__(self, *args): pass
def traced(name):
    def decorator(view):
        @functools.wraps(view)
        def inner(*args, **kwargs):
            with tracer(name):
                return view(*args, **kwargs)
        return inner
    return decorator
def by_setting(view):
    @functools.wraps(view)
    def inner(request):
        if settings.DEBUG:
            return view(request)
        if not request.user.is_authenticated:
            raise PermissionDenied
        return view(request)
    return inner
def by_header(view):
    @functools.wraps(view)
    def inner(request):
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return HttpResponse(status=401)
        if request.META.get("HTTP_AUTHORIZATION") is None:
            return HttpResponse(status=401)
        return view(request)
    return inner
def by_key(view):
    @functools.wraps(view)
    def inner(request):
        if request.headers.get("X-Api-Key") != settings.SECRET_KEY:
            return HttpResponse(status=401)
        return view(request)
    return inner
def by_test(test):
    def decorator(view):
        @functools.wraps(view)
        def inner(request):
            if not test(request):
                raise PermissionDenied
            return view(request)
        return inner
    return decorator
def by_session(view):
    @functools.wraps(view)
    def inner(request):
        if not request.session.get("member"):
            return redirect("/login")
        return view(request)
    return inner
def require(request):
    if not request.user.is_authenticated:
        raise PermissionDenied
def by_function(view):
    @functools.wraps(view)
    def inner(request):
        require(request)
        return view(request)
    return inner
def swallowing(view):
    @functools.wraps(view)
    def inner(request):
        try:
            require(request)
        except PermissionDenied:
            pass
        return view(request)
    return inner
def helped(view):
    def go(request):
        return view(request)
    @functools.wraps(view)
    def inner(request):
        if request.user.is_staff:
            return view(request)
        return go(request)
    return inner
def call(view, request):
    return view(request)
def handed(view):
    @functools.wraps(view)
    def inner(request):
        if request.user.is_staff:
            return HttpResponse(status=403)
        return call(view, request)
    return inner
def both_colours(view):
    if iscoroutinefunction(view):
        @functools.wraps(view)
        async def wrapper(request):
            if not (await request.auser()).is_authenticated:
                raise PermissionDenied
            return await view(request)
    else:
        @functools.wraps(view)
        def wrapper(request):
            if not request.user.is_authenticated:
                raise PermissionDenied
            return view(request)
    return wrapper
cache = {}
def kept(view):
    @functools.wraps(view)
    def inner(request):
        if request.path not in cache:
            cache[request.path] = view(request)
        return cache[request.path]
    return inner
def reading(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        if request.method in ("GET", "HEAD") or request.user.is_authenticated:
            return view(request, *args, **kwargs)
        raise PermissionDenied
    return inner
class Asking:
    def __init__(self, view):
        functools.update_wrapper(self, view)
        self.view = view
    def __call__(self, request):
        if not request.user.is_authenticated:
            raise PermissionDenied
        return self.view(request)
def loop(view):
    @functools.wraps(view)
    def inner(request):
        for needed in settings.NEEDED:
            if not request.user.has_perm(needed):
                raise PermissionDenied
        return view(request)
    return inner
def not_first(view):
    @functools.wraps(view)
    def inner(kind, request):
        if not kind.user.is_authenticated:
            raise PermissionDenied
        return view(kind)
    return inner
# file: views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
import guards

@guards.raising
def raises(request): return HttpResponse()  #: guarded
@guards.redirecting
def redirects(request): return HttpResponse()  #: guarded
@guards.answering
def answers(request): return HttpResponse()  #: guarded
@guards.answering_well
def answers_well(request): return HttpResponse()  #: unknown
@guards.role("editor", "admin")
def with_role(request): return HttpResponse()  #: guarded
@guards.on_test
def on_test(request): return HttpResponse()  #: guarded
@guards.on_test(login_url="/login")
def on_test_called(request): return HttpResponse()  #: guarded
@guards.on_login
def on_login(request): return HttpResponse()  #: guarded
@guards.around_login
def around_login(request): return HttpResponse()  #: guarded
@guards.timed
def timed(request): return HttpResponse()  #: unguarded
@guards.traced("x")
def traced(request): return HttpResponse()  #: unguarded
@guards.timed
@guards.traced("x")
@login_required
def timed_login(request): return HttpResponse()  #: guarded
@guards.by_setting
def by_setting(request): return HttpResponse()  #: unknown
@guards.by_header
def by_header(request): return HttpResponse()  #: guarded
@guards.by_key
def by_key(request): return HttpResponse()  #: unknown
@guards.by_test(lambda request: request.user.is_staff)
def by_test(request): return HttpResponse()  #: unknown
@guards.by_session
def by_session(request): return HttpResponse()  #: unknown
@guards.by_function
def by_function(request): return HttpResponse()  #: guarded
@guards.swallowing
def swallowing(request): return HttpResponse()  #: unknown
@guards.helped
def helped(request): return HttpResponse()  #: unknown
@guards.handed
def handed(request): return HttpResponse()  #: unknown
@guards.both_colours
def both_colours(request): return HttpResponse()  #: guarded
@guards.both_colours
async def both_colours_later(request): return HttpResponse()  #: guarded
@guards.kept
@login_required
def kept(request): return HttpResponse()  #: unknown
@guards.reading
def reading(request): return HttpResponse()  #: unguarded
@guards.Asking
def a_class(request): return HttpResponse()  #: unknown
@guards.loop
def loop(request): return HttpResponse()  #: unknown
@guards.not_first
def not_first(request): return HttpResponse()  #: unknown
# file: settings.py
NEEDED = []
""",
    "classes": """
from django.contrib.auth.decorators import login_required
from django.urls import path
import views
from views import *
urlpatterns = [
    path("plain/", views.Plain.as_view()),
    path("mixin/", views.Mixin.as_view()),
    path("mixin-last/", views.MixinLast.as_view()),
    path("mixin-last-generic/", views.MixinLastGeneric.as_view()),
    path("mixin-in-base/", views.MixinInBase.as_view()),
    path("diamond/", views.Diamond.as_view()),
    path("library-first/", views.LibraryFirst.as_view()),
    path("library-last/", views.LibraryLast.as_view()),
    path("unclear/", views.Unclear.as_view()),
    path("permission/", views.Permission.as_view()),
    path("permission-none/", views.PermissionNone.as_view()),
    path("permission-own/", views.PermissionOwn.as_view()),
    path("permission-open/", views.PermissionOpen.as_view()),
    path("tested/", views.Tested.as_view()),
    path("tested-open/", views.TestedOpen.as_view()),
    path("tested-too/", views.TestedToo.as_view()),
    path("tested-unknown/", views.TestedUnknown.as_view()),
    path("two-mixins/", views.TwoMixins.as_view()),
    path("own-mixin/", views.OwnMixin.as_view()),
    path("own-mixin-last/", views.OwnMixinLast.as_view()),
    path("own-mixin-open/", views.OwnMixinOpen.as_view()),
    path("own-mixin-sometimes/", views.OwnMixinSometimes.as_view()),
    path("decorated/", views.Decorated.as_view()),
    path("decorated-list/", views.DecoratedList.as_view()),
    path("decorated-dispatch/", views.DecoratedDispatch.as_view()),
    path("decorated-get/", views.DecoratedGet.as_view()),
    path("decorated-method/", views.DecoratedMethod.as_view()),
    path("decorated-wrongly/", views.DecoratedWrongly.as_view()),
    path("decorated-harmless/", views.DecoratedHarmless.as_view()),
    path("decorated-plainly/", views.DecoratedPlainly.as_view()),
    path("decorated-strangely/", views.DecoratedStrangely.as_view()),
    path("heir/", views.Heir.as_view()),
    path("heir-of-get/", views.HeirOfGet.as_view()),
    path("heir-skipping/", views.HeirSkipping.as_view()),
    path("dispatch-asks/", views.DispatchAsks.as_view()),
    path("dispatch-asks-first/", views.DispatchAsksFirst.as_view()),
    path("dispatch-passes/", views.DispatchPasses.as_view()),
    path("dispatch-skips/", views.DispatchSkips.as_view()),
    path("dispatch-goes-around/", views.DispatchGoesAround.as_view()),
    path("dispatch-jumps/", views.DispatchJumps.as_view()),
    path("dispatch-by-name/", views.DispatchByName.as_view()),
    path("dispatch-helper/", views.DispatchHelper.as_view()),
    path("dispatch-alone/", views.DispatchAlone.as_view()),
    path("dispatch-alone-asks/", views.DispatchAloneAsks.as_view()),
    path("no-permission-passes/", views.NoPermissionPasses.as_view()),
    path("no-permission-redirects/", views.NoPermissionRedirects.as_view()),
    path("as-view/", views.AsView.as_view()),
    path("as-view-strange/", views.AsViewStrange.as_view()),
    path("setup-asks/", views.SetupAsks.as_view()),
    path("setup-asks-something/", views.SetupAsksSomething.as_view()),
    path("setup-plain/", views.SetupPlain.as_view()),
    path("wrapped/", login_required(views.Wrapped.as_view())),
    path("wrapped-variable/", views.wrapped_variable),
    path("shared/a/", views.SharedA.as_view()),
    path("shared/b/", views.SharedB.as_view()),
    path("page/", views.Page.as_view()),
    path("guarded-page/", views.GuardedPage.as_view()),
    path("form/", views.Form.as_view()),
    path("password/", views.Password.as_view()),
    path("asks-itself/", views.AsksItself.as_view()),
    path("later/", views.Later.as_view()),
    path("login/", views.Login.as_view()),
]
# file: bases.py
from django.contrib.auth.mixins import AccessMixin, LoginRequiredMixin
from django.http import HttpResponse
from django.views import View
class Private(LoginRequiredMixin, View):
    pass
class Asking(AccessMixin):
    def dispatch(self, request, *args, **kwargs):
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)
class Passing(AccessMixin):
    def dispatch(self, request, *args, **kwargs):
        request.seen = True
        return super().dispatch(request, *args, **kwargs)
class Sometimes(AccessMixin):
    def dispatch(self, request, *args, **kwargs):
        if request.GET.get("preview"):
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)
# file: views.py
import functools
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView
from bases import Asking, Passing, Private, Sometimes
from outside import LibraryMixin, maybe

class Plain(View):
    def get(self, request): return HttpResponse()  #: unguarded
    def post(self, request): return HttpResponse()  #: unguarded
class Mixin(LoginRequiredMixin, View):
    def get(self, request): return HttpResponse()  #: guarded
class MixinLast(View, LoginRequiredMixin):
    def get(self, request): return HttpResponse()  #: unguarded
class MixinLastGeneric(TemplateView, LoginRequiredMixin):
    def get(self, request): return HttpResponse()  #: unguarded
class MixinInBase(Private):
    def get(self, request): return HttpResponse()  #: guarded
class Diamond(TemplateView, Private):
    def get(self, request): return HttpResponse()  #: guarded
class LibraryFirst(LibraryMixin, LoginRequiredMixin, View):
    def get(self, request): return HttpResponse()  #: guarded
class LibraryLast(LibraryMixin, View):
    def get(self, request): return HttpResponse()  #: unknown
Base = LoginRequiredMixin if __name__ == "x" else LibraryMixin
class Unclear(Base, View):
    def get(self, request): return HttpResponse()  #: unknown
class Permission(PermissionRequiredMixin, View):
    permission_required = "auth.add_user"
    def get(self, request): return HttpResponse()  #: guarded
class PermissionNone(PermissionRequiredMixin, View):
    permission_required = ()
    def get(self, request): return HttpResponse()  #: unguarded
class PermissionOwn(PermissionRequiredMixin, View):
    permission_required = ["auth.add_user"]
    def has_permission(self):
        return self.request.user.is_superuser and super().has_permission()
    def get(self, request): return HttpResponse()  #: guarded
class PermissionOpen(PermissionRequiredMixin, View):
    permission_required = "auth.add_user"
    def has_permission(self):
        return True
    def get(self, request): return HttpResponse()  #: unguarded
class Tested(UserPassesTestMixin, View):
    def test_func(self):
        user = self.request.user
        return user.is_authenticated and user.username.startswith("a")
    def get(self, request): return HttpResponse()  #: guarded
class TestedOpen(UserPassesTestMixin, View):
    def test_func(self):
        return True
    def get(self, request): return HttpResponse()  #: unknown
class TestedUnknown(UserPassesTestMixin, View):
    def test_func(self):
        return self.request.path == "/tested-unknown/"
    def get(self, request): return HttpResponse()  #: unknown
class TwoMixins(TestedOpen, LoginRequiredMixin):
    def post(self, request): return HttpResponse()  #: guarded
class OwnMixin(Asking, View):
    def get(self, request): return HttpResponse()  #: guarded
class OwnMixinLast(TemplateView, Asking):
    def get(self, request): return HttpResponse()  #: unguarded
class OwnMixinOpen(Passing, View):
    def get(self, request): return HttpResponse()  #: unguarded
class OwnMixinSometimes(Sometimes, View):
    def get(self, request): return HttpResponse()  #: unknown
@method_decorator(login_required, name="dispatch")
class Decorated(View):
    def get(self, request): return HttpResponse()  #: guarded
PRIVATE = [never_cache, login_required]
@method_decorator(PRIVATE, name="dispatch")
class DecoratedList(View):
    def get(self, request): return HttpResponse()  #: guarded
class DecoratedDispatch(View):
    @method_decorator(permission_required("auth.add_user"))
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)
    def get(self, request): return HttpResponse()  #: guarded
@method_decorator(login_required, "get")
class DecoratedGet(View):
    def get(self, request): return HttpResponse()  #: guarded
    def post(self, request): return HttpResponse()  #: unguarded
class DecoratedMethod(View):
    @method_decorator(login_required)
    def get(self, request): return HttpResponse()  #: guarded
    def post(self, request): return HttpResponse()  #: unguarded
class DecoratedWrongly(View):
    @login_required
    def get(self, request): return HttpResponse()  #: unknown
@method_decorator(never_cache, name="dispatch")
class DecoratedHarmless(View):
    def get(self, request): return HttpResponse()  #: unguarded
VIEWS = []
def registered(cls):
    VIEWS.append(cls)
    return cls
@registered
class DecoratedPlainly(View):
    def get(self, request): return HttpResponse()  #: unguarded
def strange(cls):
    setattr(cls, "dispatch", View.dispatch)
    return cls
@strange
class DecoratedStrangely(LoginRequiredMixin, View):
    def get(self, request): return HttpResponse()  #: unknown
class Heir(Decorated):
    def post(self, request): return HttpResponse()  #: guarded
class HeirOfGet(DecoratedGet):
    def get(self, request): return HttpResponse()  #: unguarded
@method_decorator(login_required, name="dispatch")
class Skipped(View):
    pass
class HeirSkipping(Skipped):
    def dispatch(self, request, *args, **kwargs):
        return View.dispatch(self, request, *args, **kwargs)
    def put(self, request): return HttpResponse()  #: unknown
class DispatchAsks(View):
    def dispatch(self, request, *args, **kwargs):
        if not request.user.is_authenticated:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
    def get(self, request): return HttpResponse()  #: guarded
class DispatchAsksFirst(View):
    def dispatch(self, request, *args, **kwargs):
        self.check(request)
        return super(DispatchAsksFirst, self).dispatch(request, *args, **kwargs)
    def check(self, request):
        if request.user.is_anonymous:
            raise PermissionDenied("no")
    def get(self, request): return HttpResponse()  #: guarded
class DispatchPasses(LoginRequiredMixin, View):
    def dispatch(self, request, *args, **kwargs):
        self.kind = kwargs.get("kind", "x")
        response = super().dispatch(request, *args, **kwargs)
        response["X-Kind"] = self.kind
        return response
    def get(self, request): return HttpResponse()  #: guarded
class DispatchSkips(LoginRequiredMixin, View):
    def dispatch(self, request, *args, **kwargs):
        if request.method == "GET":
            return self.get(request)
        return super().dispatch(request, *args, **kwargs)
    def get(self, request): return HttpResponse()  #: unknown
    def post(self, request): return HttpResponse()  #: guarded
class DispatchGoesAround(LoginRequiredMixin, View):
    def dispatch(self, request, *args, **kwargs):
        return View.dispatch(self, request, *args, **kwargs)
    def get(self, request): return HttpResponse()  #: unknown
class DispatchJumps(Private):
    def dispatch(self, request, *args, **kwargs):
        return super(LoginRequiredMixin, self).dispatch(request, *args, **kwargs)
    def get(self, request): return HttpResponse()  #: unknown
class DispatchByName(LoginRequiredMixin, View):
    def dispatch(self, request, *args, **kwargs):
        handler = getattr(self, request.method.lower(), None)
        if handler is not None:
            return handler(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)
    def get(self, request): return HttpResponse()  #: unknown
class DispatchHelper(LoginRequiredMixin, View):
    def answer(self, request):
        return self.get(request)
    def dispatch(self, request, *args, **kwargs):
        return self.answer(request)
    def get(self, request): return HttpResponse()  #: unknown
class DispatchAlone(View):
    def dispatch(self, request): return HttpResponse()  #: unguarded
class DispatchAloneAsks(View):
    @method_decorator(login_required)
    def dispatch(self, request): return HttpResponse()  #: guarded
class NoPermissionPasses(LoginRequiredMixin, View):
    def handle_no_permission(self):
        return self.get(self.request)
    def get(self, request): return HttpResponse()  #: unknown
class NoPermissionRedirects(LoginRequiredMixin, View):
    def handle_no_permission(self):
        if self.request.GET.get("json"):
            raise PermissionDenied
        return redirect("/login")
    def get(self, request): return HttpResponse()  #: guarded
class AsView(View):
    @classmethod
    def as_view(cls, **kwargs):
        view = super().as_view(**kwargs)
        return login_required(view)
    def get(self, request): return HttpResponse()  #: guarded
class AsViewStrange(LoginRequiredMixin, View):
    @classmethod
    def as_view(cls, **kwargs):
        return lambda request: cls().get(request)
    def get(self, request): return HttpResponse()  #: unknown
class SetupAsks(View):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise PermissionDenied
    def get(self, request): return HttpResponse()  #: guarded
class SetupAsksSomething(View):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        if request.GET.get("x") == "y":
            raise PermissionDenied
    def get(self, request): return HttpResponse()  #: unknown
class SetupPlain(View):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.words = request.GET.get("q", "").split()
    def get(self, request): return HttpResponse()  #: unguarded
class Wrapped(View):
    def get(self, request): return HttpResponse()  #: guarded
class WrappedVariable(View):
    def get(self, request): return HttpResponse()  #: guarded
wrapped_variable = login_required(WrappedVariable.as_view())
class TestedToo(UserPassesTestMixin, View):
    def test_func(self):
        return True
    def get(self, request): return HttpResponse()  #: unguarded
class Shared(View):
    def get(self, request): return HttpResponse()  #: unknown
    def post(self, request): return HttpResponse()  #: guarded
class SharedA(LoginRequiredMixin, Shared):
    pass
class SharedB(Shared):
    @method_decorator(login_required)
    def post(self, request):  #: guarded
        return super().post(request)
class Page(TemplateView):  #: get=unguarded
    template_name = "page.html"
class GuardedPage(LoginRequiredMixin, TemplateView):  #: get=guarded
    template_name = "page.html"
@method_decorator(login_required, name="post")
class Form(FormView):  #: get=unguarded post=guarded
    template_name = "page.html"
    success_url = "/page/"
    from django.forms import Form as form_class
class Password(PasswordChangeView):  #: get=guarded post=guarded
    template_name = "page.html"
class AsksItself(View):
    def get(self, request):  #: guarded
        if not self.request.user.is_authenticated:
            raise PermissionDenied
        return HttpResponse()
class Later(LoginRequiredMixin, View):
    async def get(self, request): return HttpResponse()  #: guarded
class Login(LoginView):  #: get=public post=public
    template_name = "page.html"
# file: templates/page.html
page
# file: settings.py
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}]
""",
}
