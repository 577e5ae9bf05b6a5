from django.urls import path, re_path

from catalogue import views

app_name = "catalogue"

books = [
    path("books/new/", views.NewBook.as_view(), name="new-book"),
    path("books/<int:pk>/", views.BookPage.as_view(), name="book"),
]

urlpatterns = [
    path("", views.BookList.as_view(), name="books"),
    path("search", views.search, name="search"),
    path("suggestions", views.Suggestions.as_view(), name="suggestions"),
    re_path(r"^years/(?P<year>[0-9]{4})/$", views.by_year, name="year"),
] + books
