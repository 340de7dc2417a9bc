import { expect, test } from "vitest";
import { readPythonProject } from "../../../../test/support/python-project.ts";

test("a route has the prefixes of everything that includes it, out of settings, constants and f-strings", async () => {
  const { places } = await readPythonProject({
    "shop/settings.py": `from pydantic import Field
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    version: int = 2
    root: str = Field(default="/api")

    @property
    def base(self) -> str:
        return f"{self.root}/v{self.version}"

def get_settings() -> Settings:
    return Settings()
`,
    "shop/books.py": `from fastapi import APIRouter
AREA = "books"
router = APIRouter(prefix="/" + AREA)

@router.get(
    "/{book_id:int}",
    summary="one",
)
async def one(book_id: int): ...
`,
    "shop/main.py": `from fastapi import APIRouter, FastAPI
from shop import books
from shop.settings import get_settings

settings = get_settings()
api = APIRouter()
api.include_router(books.router)
app = FastAPI()
app.include_router(api, prefix=settings.base)
`,
  });
  expect(places).toEqual(["GET /api/v2/books/{book_id} shop/books.py:5"]);
});

test("a helper that includes the router it is given twice serves it twice", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from fastapi import APIRouter, FastAPI

notes = APIRouter(prefix="/notes")

@notes.post("")
def add(): ...

def both(app: FastAPI, router: APIRouter, *, scope: str = "/teams/{team_id}") -> None:
    app.include_router(router)
    app.include_router(router, prefix=scope)

def make() -> FastAPI:
    app = FastAPI()
    both(app, notes)
    return app
`,
  });
  expect(routes).toEqual(["POST /notes", "POST /teams/{team_id}/notes"]);
});

test("a router that nothing includes, a comment and a call of a client are no routes", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from fastapi import APIRouter, FastAPI
app = FastAPI()
lost = APIRouter(prefix="/lost")

@lost.get("/a")
def a(): ...

# @app.get("/comment")
def b(client):
    """@app.get("/text")"""
    return client.get("/client")

@app.get("/kept")
def kept(): ...
`,
  });
  expect(routes).toEqual(["GET /kept"]);
});

test("a condition on a setting is taken both ways and marked; a condition on an argument is decided", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from fastapi import APIRouter, FastAPI
from .settings import settings

def add(app, router, prefix=None):
    if prefix:
        app.include_router(router, prefix=prefix)
    else:
        app.include_router(router)

one = APIRouter()
one.add_api_route("/one", lambda: 1, methods=["PUT", "PATCH"])
two = APIRouter()

@two.get("/two")
def get_two(): ...

app = FastAPI()
add(app, one, prefix="/v1")
if settings.debug:
    add(app, two)
`,
    "settings.py": "class settings:\n    debug = False\n",
  });
  expect(routes).toEqual(["GET /two ?", "PATCH /v1/one", "PUT /v1/one"]);
});

test("routers of a class made by a function, factories, loops and mounted applications are followed", async () => {
  const { routes } = await readPythonProject({
    "app/routing.py": `from fastapi import APIRouter as Base

def router_class(kind):
    class Router(Base):
        def __init__(self, *args, **kwargs):
            kwargs["route_class"] = kind
            super().__init__(*args, **kwargs)
    return Router

Router = router_class(object)
`,
    "app/areas.py": `from .routing import Router

def make(name: str) -> Router:
    router = Router(prefix=f"/{name}")

    @router.get("/count")
    def count(): ...

    return router

AREAS = {"cats": make("cats"), "dogs": make("dogs")}
`,
    "app/main.py": `from fastapi import FastAPI
from .areas import AREAS

class Server:
    def __init__(self):
        self.app = FastAPI()
        self.inner = FastAPI()
        self.add()
        self.app.mount("/inner/", self.inner)

    def add(self):
        for name, router in AREAS.items():
            self.app.include_router(router, prefix="/animals")
        self.inner.add_api_route("/state", self.state)

    def state(self): ...
`,
  });
  expect(routes).toEqual(["GET /animals/cats/count", "GET /animals/dogs/count", "GET /inner/state"]);
});

test("a class of routers that changes how routes are added changes the routes, which stand at their decorators", async () => {
  const { places } = await readPythonProject({
    "main.py": `from fastapi import APIRouter, FastAPI

class Slashed(APIRouter):
    def add_api_route(self, path, endpoint, **kwargs):
        if not path.endswith("/"):
            path = path + "/"
        super().add_api_route(path, endpoint, **kwargs)

router = Slashed(prefix="/a")

@router.delete("/b")
def b(): ...

app = FastAPI()
app.include_router(router)
`,
  });
  expect(places).toEqual(["DELETE /a/b/ main.py:11"]);
});

test("a second source root is found by the names that are imported", async () => {
  const { routes } = await readPythonProject(
    {
      "packages/extra/extra/__init__.py": "",
      "packages/extra/extra/routes.py": `from fastapi import APIRouter
router = APIRouter(prefix="/extra")

@router.get("/x")
def x(): ...
`,
      "server/app/__init__.py": "",
      "server/app/main.py": `from fastapi import FastAPI
app = FastAPI()

def extend():
    try:
        from extra.routes import router
    except ImportError:
        return
    app.include_router(router)

extend()
`,
    },
    ["server/app"],
  );
  expect(routes).toEqual(["GET /extra/x"]);
});

test("what cannot be followed is told with its place and reason, and the rest all the same", async () => {
  const { routes, unresolved } = await readPythonProject({
    "main.py": `import os
from fastapi import APIRouter, FastAPI
from strawberry.fastapi import GraphQLRouter

router = APIRouter()

@router.get("/a")
def a(): ...

@router.get(os.environ["WHERE"])
def b(): ...

app = FastAPI()
app.include_router(GraphQLRouter(None))
app.include_router(router, prefix=os.getenv("PREFIX"))
`,
  });
  expect(routes).toEqual(["GET /a"]);
  expect(unresolved).toEqual([
    "main.py:14 a router that is included comes from a library: strawberry.fastapi.GraphQLRouter",
    "main.py:15 a prefix is not known: it is an environment variable; the routes behind it are told without it",
    "main.py:10 a route's path is not known: it comes from what is not known before the program runs",
  ]);
});

test("a function that calls itself and a module that imports itself come to an end", async () => {
  const { routes } = await readPythonProject({
    "a.py": `from fastapi import FastAPI
from b import again
app = FastAPI()
again(app)

@app.get("/a")
def a(): ...
`,
    "b.py": `from a import app

def again(app):
    again(app)
    app.include_router(app)

@app.post("/b")
def b(): ...
`,
  });
  expect(routes).toEqual(["GET /a", "POST /b"]);
});

test("texts that double, calls that branch without end and expressions nested thousands deep come to an end", async () => {
  const { routes, unresolved } = await readPythonProject({
    "deep.py": `from fastapi import APIRouter
x = APIRouter(prefix=${"(".repeat(6000)}"/x"${")".repeat(6000)})
`,
    "main.py": `from fastapi import FastAPI
app = FastAPI()
text = "/a"
for i in range(200):
    text = text + text

def branch(app):
    branch(app)
    branch(app)
    branch(app)

branch(app)

@app.get("/kept")
def kept(): ...
`,
  });
  expect(routes).toEqual(["GET /kept"]);
  expect(unresolved.map((each) => each.split(" ")[0])).toEqual(["deep.py:1"]);
});

test("a library's router whose routes are known serves them where it is included", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from fastapi import FastAPI
from fastapi_users import FastAPIUsers

class Users(FastAPIUsers): ...

app = FastAPI()
app.include_router(Users().get_verify_router(), prefix="/auth")
`,
  });
  expect(routes).toEqual(["POST /auth/request-verify-token", "POST /auth/verify"]);
});

test("routers of whatever stands in a folder are included", async () => {
  const { routes } = await readPythonProject({
    "app/routers/__init__.py": "",
    "app/routers/cats.py": `from fastapi import APIRouter
router = APIRouter(prefix="/cats")

@router.get("/")
def cats(): ...
`,
    "app/routers/dogs.py": `from fastapi import APIRouter
router = APIRouter(prefix="/dogs")

@router.get("/")
def dogs(): ...
`,
    "app/main.py": `import importlib
import pkgutil
from pathlib import Path
from fastapi import FastAPI
from app import routers

app = FastAPI()
for _, name, _ in pkgutil.iter_modules(routers.__path__):
    module = importlib.import_module(f"app.routers.{name}")
    app.include_router(module.router)

inner = FastAPI()
for file in (Path(__file__).parent / "routers").glob("*.py"):
    inner.include_router(importlib.import_module(f".routers.{file.stem}", package="app").router)
app.mount("/inner", inner)
`,
  });
  expect(routes).toEqual(["GET /cats/", "GET /dogs/", "GET /inner/cats/", "GET /inner/dogs/"]);
});
