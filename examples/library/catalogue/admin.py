from django.contrib import admin

from catalogue.models import Author, Book


@admin.register(Book)
class BookAdmin(admin.ModelAdmin[Book]):
    list_display = ["title", "author", "year", "copies"]


admin.site.register(Author)
