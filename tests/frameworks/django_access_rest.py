"""Small projects on Django REST framework, as in `django_access_projects`."""

SERIALIZERS = """
# file: serializers.py
from django.contrib.auth import get_user_model
from rest_framework.serializers import ModelSerializer
class Users(ModelSerializer):
    class Meta:
        model = get_user_model()
        fields = ["first_name"]
"""
VIEWS = """
from django.contrib.auth import get_user_model
from rest_framework import generics, mixins, permissions, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import action, api_view, permission_classes, throttle_classes
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import *
from rest_framework.response import Response
from rest_framework.views import APIView
from serializers import Users
User = get_user_model()
"""

REST = {
    "permissions": """
from django.contrib.auth.decorators import login_required
from django.urls import path
from rest_framework.permissions import AllowAny
import views
urlpatterns = [
    path("default/", views.Default.as_view()),
    path("allowed/", views.Allowed.as_view()),
    path("empty/", views.Empty.as_view()),
    path("authenticated/", views.Authenticated.as_view()),
    path("admins/", views.Admins.as_view()),
    path("reading/", views.Reading.as_view()),
    path("models/", views.Models.as_view()),
    path("models-reading/", views.ModelsReading.as_view()),
    path("both/", views.Both.as_view()),
    path("either/", views.Either.as_view()),
    path("either-open/", views.EitherOpen.as_view()),
    path("inverted/", views.Inverted.as_view()),
    path("composed/", views.Composed.as_view()),
    path("two/", views.Two.as_view()),
    path("own/", views.Own.as_view()),
    path("own-open/", views.OwnOpen.as_view()),
    path("own-unknown/", views.OwnUnknown.as_view()),
    path("own-inherited/", views.OwnInherited.as_view()),
    path("own-super/", views.OwnSuper.as_view()),
    path("own-methods/", views.OwnMethods.as_view()),
    path("own-nothing/", views.OwnNothing.as_view()),
    path("own-objects/<int:pk>/", views.OwnObjects.as_view()),
    path("own-loose/", views.OwnLoose.as_view()),
    path("given/", views.Given.as_view(permission_classes=[AllowAny])),
    path("given-hidden/", views.GivenHidden.as_view(**views.KEYWORDS)),
    path("inherited/", views.Inherited.as_view()),
    path("extended/", views.Extended.as_view()),
    path("default-named/", views.DefaultNamed.as_view()),
    path("set-later/", views.SetLater.as_view()),
    path("by-setting/", views.BySetting.as_view()),
    path("get-permissions/", views.GetPermissions.as_view()),
    path("get-permissions-open/", views.GetPermissionsOpen.as_view()),
    path("get-permissions-by-method/", views.GetPermissionsByMethod.as_view()),
    path("get-permissions-super/", views.GetPermissionsSuper.as_view()),
    path("get-permissions-unknown/", views.GetPermissionsUnknown.as_view()),
    path("check-skipped/", views.CheckSkipped.as_view()),
    path("check-more/", views.CheckMore.as_view()),
    path("initial-skipped/", views.InitialSkipped.as_view()),
    path("initial-asks/", views.InitialAsks.as_view()),
    path("initial-passes/", views.InitialPasses.as_view()),
    path("denied-passes/", views.DeniedPasses.as_view()),
    path("dispatch-skipped/", views.DispatchSkipped.as_view()),
    path("library/", views.Library.as_view()),
    path("login-and-open/", login_required(views.LoginAndOpen.as_view())),
    path("list/", views.List.as_view()),
    path("raises/", views.Raises.as_view()),
    path("changed/", views.Changed.as_view()),
    path("f/default/", views.f_default),
    path("f/open/", views.f_open),
    path("f/closed/", views.f_closed),
    path("f/above/", views.f_above),
    path("f/reading/", views.f_reading),
    path("f/login/", views.f_login),
    path("f/login-below/", views.f_login_below),
    path("f/hidden/", views.f_hidden),
    path("f/kept/", views.f_kept),
    path("f/wrapped/", views.f_wrapped),
    path("token/", views.Token.as_view()),
]
# file: perms.py
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAdminUser, IsAuthenticated
class IsEditor(BasePermission):
    message = "editors only"
    def has_permission(self, request, view):
        return bool(request.user and request.user.is_authenticated and request.user.groups.filter(name="editors").exists())
class Everybody(BasePermission):
    def has_permission(self, request, view):
        return True
class Sometimes(BasePermission):
    def has_permission(self, request, view):
        return request.query_params.get("x") != "y"
class IsStrictEditor(IsEditor):
    pass
class IsBoth(IsAuthenticated):
    def has_permission(self, request, view):
        return super().has_permission(request, view) and request.user.is_staff
class ReadOnly(BasePermission):
    def has_permission(self, request, view):
        if request.method in SAFE_METHODS:
            return True
        return IsAdminUser().has_permission(request, view)
class Nothing(BasePermission):
    pass
class IsOwner(BasePermission):
    def has_object_permission(self, request, view, obj):
        return obj == request.user
class Loose(BasePermission):
    def has_permission(self, request, view):
        return not request.user.is_authenticated or request.user.is_staff
Team = IsEditor | IsAdminUser
# file: views.py
"""
    + VIEWS
    + """
import functools, os
from django.conf import settings
from django.contrib.auth.decorators import login_required
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.settings import api_settings
from perms import *
from perms import Team
from outside import LibraryMixin
KEYWORDS = {name: [AllowAny] for name in ["permission_classes"]}

class View(APIView):
    pass
class Default(APIView):
    def get(self, request): return Response()  #: guarded
class Allowed(APIView):
    permission_classes = [AllowAny]
    def get(self, request): return Response()  #: unguarded
class Empty(APIView):
    permission_classes = []
    def get(self, request): return Response()  #: unguarded
class Authenticated(APIView):
    permission_classes = (permissions.IsAuthenticated,)
    def get(self, request): return Response()  #: guarded
class Admins(APIView):
    permission_classes = [IsAdminUser]
    def get(self, request): return Response()  #: guarded
class Reading(APIView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    def get(self, request): return Response()  #: unguarded
    def post(self, request): return Response()  #: guarded
class Models(APIView):
    permission_classes = [DjangoModelPermissions]
    queryset = User.objects.all()
    def get(self, request): return Response()  #: guarded
class ModelsReading(APIView):
    permission_classes = [DjangoModelPermissionsOrAnonReadOnly]
    queryset = User.objects.all()
    def get(self, request): return Response()  #: unguarded
    def delete(self, request): return Response()  #: guarded
class Both(APIView):
    permission_classes = [IsAuthenticated & Everybody]
    def get(self, request): return Response()  #: guarded
class Either(APIView):
    permission_classes = [IsAuthenticated | IsAdminUser]
    def get(self, request): return Response()  #: guarded
class EitherOpen(APIView):
    permission_classes = [IsAuthenticated | Everybody]
    def get(self, request): return Response()  #: unguarded
class Inverted(APIView):
    permission_classes = [~IsAuthenticated]
    def get(self, request): return Response()  #: unguarded
class Composed(APIView):
    permission_classes = [Team]
    def get(self, request): return Response()  #: guarded
class Two(APIView):
    permission_classes = [Sometimes, IsAuthenticated]
    def get(self, request): return Response()  #: guarded
class Own(APIView):
    permission_classes = [IsEditor]
    def get(self, request): return Response()  #: guarded
class OwnOpen(APIView):
    permission_classes = [Everybody]
    def get(self, request): return Response()  #: unguarded
class OwnUnknown(APIView):
    permission_classes = [Sometimes]
    def get(self, request): return Response()  #: unknown
class OwnInherited(APIView):
    permission_classes = [IsStrictEditor]
    def get(self, request): return Response()  #: guarded
class OwnSuper(APIView):
    permission_classes = [IsBoth]
    def get(self, request): return Response()  #: guarded
class OwnMethods(APIView):
    permission_classes = [ReadOnly]
    def get(self, request): return Response()  #: unguarded
    def put(self, request): return Response()  #: guarded
class OwnNothing(APIView):
    permission_classes = [Nothing]
    def get(self, request): return Response()  #: unguarded
class OwnObjects(generics.RetrieveAPIView):  #: get=unknown
    permission_classes = [IsOwner]
    queryset = User.objects.all()
    serializer_class = Users
class OwnLoose(APIView):
    permission_classes = [Loose]
    def get(self, request): return Response()  #: unguarded
class Given(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: unguarded
class GivenHidden(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: unknown
class Inherited(Admins):
    def post(self, request): return Response()  #: guarded
class Extended(APIView):
    permission_classes = [*Allowed.permission_classes, IsAdminUser]
    def get(self, request): return Response()  #: guarded
class DefaultNamed(APIView):
    permission_classes = api_settings.DEFAULT_PERMISSION_CLASSES
    def get(self, request): return Response()  #: guarded
class SetLater(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: unknown
SetLater.permission_classes = [AllowAny]
class BySetting(APIView):
    permission_classes = [IsAuthenticated] if os.environ.get("CLOSED") else [AllowAny]
    def get(self, request): return Response()  #: unknown
class GetPermissions(APIView):
    permission_classes = [AllowAny]
    def get_permissions(self):
        return [IsAuthenticated(), Everybody()]
    def get(self, request): return Response()  #: guarded
class GetPermissionsOpen(APIView):
    def get_permissions(self):
        return []
    def get(self, request): return Response()  #: unguarded
class GetPermissionsByMethod(APIView):
    def get_permissions(self):
        if self.request.method == "GET":
            classes = [AllowAny]
        else:
            classes = [IsAdminUser]
        return [one() for one in classes]
    def get(self, request): return Response()  #: unguarded
    def post(self, request): return Response()  #: guarded
class GetPermissionsSuper(APIView):
    def get_permissions(self):
        return super().get_permissions() + [Everybody()]
    def get(self, request): return Response()  #: guarded
class GetPermissionsUnknown(APIView):
    permission_classes = [IsAuthenticated]
    def get_permissions(self):
        if self.request.query_params.get("open") is None:
            return [AllowAny()]
        return super().get_permissions()
    def get(self, request): return Response()  #: unknown
class CheckSkipped(APIView):
    permission_classes = [IsAuthenticated]
    def check_permissions(self, request):
        pass
    def get(self, request): return Response()  #: unknown
class CheckMore(APIView):
    permission_classes = [IsAuthenticated]
    def check_permissions(self, request):
        super().check_permissions(request)
        if request.query_params.get("x") == "y":
            self.permission_denied(request)
    def get(self, request): return Response()  #: guarded
class InitialSkipped(APIView):
    permission_classes = [IsAuthenticated]
    def initial(self, request, *args, **kwargs):
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
    def get(self, request): return Response()  #: unknown
class InitialAsks(APIView):
    permission_classes = [AllowAny]
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise NotAuthenticated
    def get(self, request): return Response()  #: guarded
class InitialPasses(APIView):
    permission_classes = [IsAuthenticated]
    def initial(self, request, *args, **kwargs):
        self.words = kwargs
        super().initial(request, *args, **kwargs)
    def get(self, request): return Response()  #: guarded
class DeniedPasses(APIView):
    permission_classes = [IsAuthenticated]
    def permission_denied(self, request, message=None, code=None):
        print("denied")
    def get(self, request): return Response()  #: unknown
class DispatchSkipped(APIView):
    permission_classes = [IsAuthenticated]
    def dispatch(self, request, *args, **kwargs):
        from django.http import HttpResponse
        return self.get(request)
    def get(self, request):  #: unknown
        from django.http import HttpResponse
        return HttpResponse()
class Library(LibraryMixin, APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: unknown
class LoginAndOpen(APIView):
    permission_classes = [AllowAny]
    def get(self, request): return Response()  #: guarded
class List(generics.ListCreateAPIView):  #: get=unguarded post=guarded
    permission_classes = [IsAuthenticatedOrReadOnly]
    queryset = User.objects.all()
    serializer_class = Users
class Raises(APIView):
    permission_classes = []
    def get(self, request):  #: guarded
        if not request.user or not request.user.is_authenticated:
            raise NotAuthenticated("log in")
        return Response()
def opened(cls):
    cls.permission_classes = [AllowAny]
    return cls
@opened
class Changed(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: unknown
@api_view(["GET", "POST"])
def f_default(request): return Response()  #: guarded
@api_view(["GET"])
@permission_classes([AllowAny])
def f_open(request): return Response()  #: unguarded
@api_view(["GET"])
@permission_classes([IsAdminUser])
def f_closed(request): return Response()  #: guarded
def attributes(view):
    view.permission_classes = [AllowAny]
    return view
@api_view(["GET"])
@attributes
@permission_classes([IsAdminUser])
def f_above(request): return Response()  #: unknown
@api_view(["GET", "POST"])
@permission_classes([IsAuthenticatedOrReadOnly])
def f_reading(request): return Response()  #: unguarded
@login_required
@api_view(["GET"])
@permission_classes([AllowAny])
def f_login(request): return Response()  #: guarded
@api_view(["GET"])
@permission_classes([AllowAny])
@login_required
def f_login_below(request): return Response()  #: guarded
def hiding(view):
    def inner(request):
        return view(request)
    return inner
@api_view(["GET"])
@hiding
@permission_classes([IsAdminUser])
def f_hidden(request): return Response()  #: unknown
def keeping(view):
    @functools.wraps(view)
    def inner(request):
        return view(request)
    return inner
@keeping
@api_view(["GET"])
@throttle_classes([])
@permission_classes([IsAdminUser])
def f_kept(request): return Response()  #: guarded
def _wrapped(request): return Response()  #: guarded
f_wrapped = api_view(["GET"])(permission_classes([IsAuthenticated])(_wrapped))
class Token(ObtainAuthToken):  #: post=unguarded
    pass
# file: settings.py
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
INSTALLED_APPS += ["rest_framework.authtoken"]
"""
    + SERIALIZERS,
    "viewsets": """
from django.urls import include, path
from rest_framework.routers import DefaultRouter, DynamicRoute, Route, SimpleRouter
import views
router = DefaultRouter()
router.register("users", views.UserViewSet, basename="user")
router.register("readers", views.Readers, basename="reader")
router.register("by-action", views.ByAction, basename="by-action")
router.register("owned", views.Owned, basename="owned")
class Opening(SimpleRouter):
    routes = [
        Route(url="^{prefix}/$", mapping={"get": "list"}, name="{basename}-list", detail=False,
              initkwargs={"permission_classes": [views.AllowAny]}),
        DynamicRoute(url="^{prefix}/{url_path}/$", name="{basename}-{url_name}", detail=False, initkwargs={}),
    ]
opening = Opening()
opening.register("opened", views.Opened, basename="opened")
urlpatterns = [
    path("api/", include(router.urls)),
    path("opening/", include(opening.urls)),
    path("plain/", views.Plain.as_view({"get": "list", "post": "mine"})),
    path("explicit/", views.Explicit.as_view({"get": "secret"})),
    path("explicit-given/", views.ExplicitGiven.as_view({"get": "secret"}, permission_classes=[views.IsAdminUser])),
]
# file: views.py
"""
    + VIEWS
    + """
class UserViewSet(viewsets.ModelViewSet):  #: list=unguarded create=guarded retrieve=unguarded update=guarded destroy=guarded
    queryset = User.objects.all()
    serializer_class = Users
    @action(detail=False, permission_classes=[IsAdminUser])
    def late(self, request): return Response()  #: guarded
    @action(detail=False, methods=["get", "post"])
    def mixed(self, request): return Response()  #: unguarded
    @action(detail=False, methods=["post"], permission_classes=[AllowAny])
    def hook(self, request): return Response()  #: unguarded
    @action(detail=False, permission_classes=[IsAuthenticated])
    def extra(self, request): return Response()  #: guarded
    @extra.mapping.delete
    def delete_extra(self, request): return Response()  #: guarded
    @action(detail=False)
    @permission_classes([IsAdminUser])
    def wrongly(self, request): return Response()  #: unguarded
class Readers(mixins.ListModelMixin, viewsets.GenericViewSet):  #: list=guarded
    permission_classes = [IsAuthenticated]
    queryset = User.objects.all()
    serializer_class = Users
    def create(self, request): return Response()  #: guarded
class ByAction(viewsets.ModelViewSet):  #: list=unguarded create=guarded retrieve=unguarded update=guarded destroy=guarded
    queryset = User.objects.all()
    serializer_class = Users
    def get_permissions(self):
        if self.action in ("list", "retrieve"):
            permission_classes = [AllowAny]
        elif self.action == "open":
            return []
        else:
            permission_classes = [IsAdminUser]
        return [permission() for permission in permission_classes]
    @action(detail=False)
    def open(self, request): return Response()  #: unguarded
    @action(detail=False)
    def closed(self, request): return Response()  #: guarded
class IsOwner(BasePermission):
    def has_permission(self, request, view):
        return view.action == "list" or request.user.is_authenticated
    def has_object_permission(self, request, view, obj):
        return obj == request.user
class Owned(viewsets.ReadOnlyModelViewSet):  #: list=unguarded retrieve=guarded
    permission_classes = [IsOwner]
    queryset = User.objects.all()
    serializer_class = Users
class Opened(viewsets.ViewSet):
    permission_classes = [IsAuthenticated]
    def list(self, request): return Response()  #: unguarded
    @action(detail=False)
    def other(self, request): return Response()  #: guarded
class Plain(viewsets.ViewSet):
    permission_classes = [IsAuthenticated]
    def list(self, request): return Response()  #: guarded
    def mine(self, request): return Response()  #: guarded
class Explicit(viewsets.ViewSet):
    @action(detail=False, permission_classes=[IsAdminUser])
    def secret(self, request): return Response()  #: unguarded
class ExplicitGiven(viewsets.ViewSet):
    def secret(self, request): return Response()  #: guarded
# file: settings.py
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"]}
"""
    + SERIALIZERS,
    "no default": """
from django.urls import path
import views
urlpatterns = [path("x/", views.X.as_view()), path("y/", views.y)]
# file: views.py
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
class X(APIView):
    def get(self, request): return Response()  #: unguarded
@api_view()
def y(request): return Response()  #: unguarded
# file: settings.py
REST_FRAMEWORK = {"PAGE_SIZE": 20}
""",
    "a default of its own": """
from django.urls import path
import views
urlpatterns = [path("x/", views.X.as_view())]
# file: api/__init__.py
# file: api/permissions.py
from rest_framework import permissions
class Members(permissions.BasePermission):
    def has_permission(self, request, view):
        if request.method == "OPTIONS":
            return True
        if not request.user.is_authenticated:
            return False
        return request.user.is_active
# file: views.py
from rest_framework.response import Response
from rest_framework.views import APIView
class X(APIView):
    def get(self, request): return Response()  #: guarded
# file: settings.py
COMMON = {"DEFAULT_PERMISSION_CLASSES": ("api.permissions.Members",)}
REST_FRAMEWORK = {**COMMON, "PAGE_SIZE": 20}
""",
    "defaults that do not agree": """
from django.urls import path
import views
urlpatterns = [path("x/", views.X.as_view())]
# file: views.py
from rest_framework.response import Response
from rest_framework.views import APIView
class X(APIView):
    def get(self, request): return Response()  #: unknown
# file: production.py
from settings import *
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: settings.py
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}
""",
    "a default that is not known": """
from django.urls import path
import views
urlpatterns = [path("x/", views.X.as_view()), path("y/", views.Y.as_view())]
# file: views.py
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
class X(APIView):
    def get(self, request): return Response()  #: unknown
class Y(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: guarded
# file: settings.py
import os
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
if not os.environ.get("CLOSED"):
    REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] = ["rest_framework.permissions.AllowAny"]
""",
}
