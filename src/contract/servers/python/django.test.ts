import { expect, test } from "vitest";
import { readPythonProject } from "../../../../test/support/python-project.ts";

test("URLs are followed from the module that the settings name; others are not served", async () => {
  const { routes, unresolved } = await readPythonProject({
    "conf/settings.py": 'ROOT_URLCONF = "conf.urls"\n',
    "conf/urls.py": `from django.contrib import admin
from django.urls import include, path, re_path
from shop import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("shop/", include(("shop.urls", "shop"), namespace="shop")),
]
if views.DEBUG:
    urlpatterns += [re_path(r"^dump/(?P<name>[\\w-]+)(?:\\.(?P<kind>json))?/?$", views.dump)]
`,
    "shop/urls.py": `from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from . import views

urlpatterns = [
    path("<slug:shop>/open/", views.open_shop),
    path("hook", csrf_exempt(views.Hook.as_view())),
]
`,
    "shop/views.py": `from django.views import View
from django.views.decorators.http import require_POST
DEBUG = False

@require_POST
def open_shop(request, shop): ...

def dump(request, name): ...

class Hook(View):
    def put(self, request): ...
`,
    "old/urls.py": `from django.urls import path
urlpatterns = [path("old/", lambda request: None)]
`,
  });
  expect(routes).toEqual(["ALL /dump/{name}/", "POST /shop/{shop}/open/", "PUT /shop/hook"]);
  expect(unresolved).toEqual(["conf/urls.py:6 the URLs of a library are served here: django.contrib.admin.site.urls"]);
});

test("a view set serves what it can do, under its lookup, with its own actions", async () => {
  const { routes } = await readPythonProject({
    "urls.py": `from django.urls import include, path
from rest_framework.routers import SimpleRouter
from views import BookViewSet

router = SimpleRouter()
router.register(r"books", BookViewSet, basename="book")
urlpatterns = [path("api/", include(router.urls))]
`,
    "views.py": `from rest_framework import mixins, viewsets
from rest_framework.decorators import action

class Archives:
    @action(detail=True, methods=["post"], url_path="to-archive")
    def archive(self, request, isbn=None): ...

    @archive.mapping.delete
    def unarchive(self, request, isbn=None): ...

class BookViewSet(Archives, mixins.ListModelMixin, mixins.UpdateModelMixin, viewsets.GenericViewSet):
    lookup_field = "isbn"
    http_method_names = ["get", "patch", "post", "delete"]

    @action(detail=False)
    def newest(self, request): ...
`,
  });
  expect(routes).toEqual([
    "DELETE /api/books/{isbn}/to-archive/",
    "GET /api/books/",
    "GET /api/books/newest/",
    "PATCH /api/books/{isbn}/",
    "POST /api/books/{isbn}/to-archive/",
  ]);
});

test("nested routers, routers put together and view sets that are mapped by hand are followed", async () => {
  const { routes } = await readPythonProject({
    "urls.py": `from django.urls import path
from rest_framework.routers import DefaultRouter
from rest_framework_nested.routers import NestedSimpleRouter
from views import LineViewSet, OrderViewSet

class Root(DefaultRouter):
    include_root_view = True

    def extend(self, other):
        self.registry.extend(other.registry)

orders = DefaultRouter(trailing_slash=False)
orders.register("orders", OrderViewSet)
lines = NestedSimpleRouter(orders, "orders", lookup="order")
lines.register("lines", LineViewSet)
root = Root()
root.extend(orders)

urlpatterns = [
    *root.urls,
    *lines.urls,
    path("last/", OrderViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("all/", LineViewSet.as_view(http_method_names=["get"], actions={"get": "list"})),
]
`,
    "views.py": `from rest_framework import viewsets

class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    lookup_url_kwarg = "number"

class LineViewSet(viewsets.ViewSet):
    def create(self, request): ...
    def list(self, request): ...
`,
  });
  expect(routes).toEqual([
    "DELETE /last/",
    "GET /",
    "GET /all/",
    "GET /last/",
    "GET /orders/",
    "GET /orders/{number}/",
    "GET /orders/{order_number}/lines/",
    "POST /orders/{order_number}/lines/",
  ]);
});

test("a view set of a library is told as unresolved, what the project adds to it is served", async () => {
  const { routes, unresolved } = await readPythonProject({
    "urls.py": `from rest_framework.routers import SimpleRouter
from views import Users
router = SimpleRouter()
router.register("users", Users)
urlpatterns = router.urls
`,
    "views.py": `from djoser.views import UserViewSet
from rest_framework.decorators import action

class Users(UserViewSet):
    @action(["get"], detail=False)
    def me(self, request): ...
`,
  });
  expect(routes).toEqual(["GET /users/me/"]);
  expect(unresolved).toEqual(["views.py:4 what djoser.views.UserViewSet serves is not known: it comes from a library"]);
});

test("an API of Django Ninja is served where the URLs include it", async () => {
  const { routes } = await readPythonProject({
    "urls.py": `from django.urls import path
from ninja import NinjaAPI
api = NinjaAPI()
api.add_router("/notes/", "notes.router")

@api.get("/health")
def health(request): ...

urlpatterns = [path("v1/", api.urls)]
`,
    "notes.py": `from ninja import Router
router = Router()

@router.delete("/{int:note_id}")
def remove(request, note_id: int): ...
`,
  });
  expect(routes).toEqual(["DELETE /v1/notes/{note_id}", "GET /v1/health"]);
});

test("a view that decorators wrap, the project's own included, answers what it answers by itself", async () => {
  const { routes } = await readPythonProject({
    "urls.py": `from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework.decorators import api_view
from rest_framework.views import APIView

def audited(view):
    def inner(request, *args):
        return view(request, *args)
    return inner

class Reports(APIView):
    def get(self, request): ...
    def post(self, request): ...

@api_view(["DELETE"])
def forget(request): ...

urlpatterns = [
    path("reports", cache_page(60)(audited(Reports.as_view()))),
    path("forget", audited(forget)),
]
`,
  });
  expect(routes).toEqual(["DELETE /forget", "GET /reports", "POST /reports"]);
});

test("a path has what the project's settings say, as a name of their module or of a class in it", async () => {
  const { routes } = await readPythonProject({
    "conf/settings.py": `import environ
from configurations import Configuration, values

env = environ.Env()
BASE = env.str("BASE", default="base")

class Common(Configuration):
    ROOT_URLCONF = "conf.urls"
    API_VERSION = values.Value("v1.0", environ_name="API_VERSION")
`,
    "conf/urls.py": `from django.conf import settings
from django.urls import include, path
from rest_framework.views import APIView

class Config(APIView):
    def get(self, request): ...

urlpatterns = [path(f"{settings.BASE}/{settings.API_VERSION}/", include([path("config/", Config.as_view())]))]
`,
  });
  expect(routes).toEqual(["GET /base/v1.0/config/"]);
});

test("URLs that a function of the project makes stand where it is called", async () => {
  const { places } = await readPythonProject({
    "paths.py": `from django.urls import re_path

def loose(route, view):
    return re_path(route="^{}/?$".format(route), view=view)
`,
    "urls.py": `from django.views.generic import TemplateView
from paths import loose
urlpatterns = [
    loose("about", TemplateView.as_view()),
]
`,
  });
  expect(places).toEqual(["GET /about/ urls.py:4"]);
});
