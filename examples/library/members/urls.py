from django.urls import path

from members.views import card, register

urlpatterns = [path("card", card, name="card"), path("register", register)]
