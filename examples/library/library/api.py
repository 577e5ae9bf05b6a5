"""The routes of the API, version 1."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_nested.routers import NestedSimpleRouter

from catalogue.api import AuthorViewSet, BookViewSet, ReviewViewSet
from library.routers import ReadOnlyRouter
from loans.api import Desk, LoanViewSet
from members.api import MemberDetail, MemberList
from reports.api import stats

router = DefaultRouter()
router.register("books", BookViewSet)
router.register("loans", LoanViewSet, basename="loan")

reviews = NestedSimpleRouter(router, "books", lookup="book")
reviews.register("reviews", ReviewViewSet, basename="book-review")

authors = ReadOnlyRouter()
authors.register("authors", AuthorViewSet)

v1 = [
    path("members/", MemberList.as_view()),
    path("members/<int:pk>/", MemberDetail.as_view()),
    path("desk", Desk.as_view()),
    path("stats", stats),
    path("", include(reviews.urls)),
    path("", include(authors.urls)),
    *router.urls,
]

urlpatterns = [path("v1/", include(v1))]
