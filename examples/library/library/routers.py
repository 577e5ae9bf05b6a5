"""Routers of our own."""

from rest_framework.routers import Route, SimpleRouter


class ReadOnlyRouter(SimpleRouter):
    """Lists and details of what nobody changes through the API; no slash at the end."""

    routes = [
        Route(
            url=r"^{prefix}$",
            mapping={"get": "list"},
            name="{basename}-list",
            detail=False,
            initkwargs={"suffix": "List"},
        ),
        Route(
            url=r"^{prefix}/{lookup}$",
            mapping={"get": "retrieve"},
            name="{basename}-detail",
            detail=True,
            initkwargs={"suffix": "Detail"},
        ),
    ]
