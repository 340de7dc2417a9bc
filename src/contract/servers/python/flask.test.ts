import { expect, test } from "vitest";
import { readPythonProject } from "../../../../test/support/python-project.ts";

test("a blueprint's own prefix gives way to the one of its registration, and nested ones are put together", async () => {
  const { routes } = await readPythonProject({
    "site/__init__.py": `from flask import Flask
from .pages import pages, parts

def create_app(config=None):
    app = Flask(__name__)
    pages.register_blueprint(parts)
    app.register_blueprint(pages, url_prefix="/here/")
    return app
`,
    "site/pages.py": `from flask import Blueprint
pages = Blueprint("pages", __name__, url_prefix="/there")
parts = Blueprint("parts", __name__, url_prefix="/parts")

@pages.route("/<int:page_id>", methods=["GET", "POST"])
def page(page_id): ...

@parts.delete("<uuid:part>")
def part(part): ...
`,
  });
  expect(routes).toEqual(["DELETE /here/parts/{part}", "GET /here/{page_id}", "POST /here/{page_id}"]);
});

test("views made of classes answer what they and their parents handle", async () => {
  const { routes } = await readPythonProject({
    "base.py": `from flask.views import MethodView

class Readable(MethodView):
    def get(self, key): ...
`,
    "main.py": `from flask import Flask
from base import Readable

class Thing(Readable):
    def put(self, key): ...
    def other(self): ...

app = Flask(__name__)
app.add_url_rule("/things/<string(length=2):key>", view_func=Thing.as_view("thing"))
app.add_url_rule("/plain", "plain", lambda: "")
`,
  });
  expect(routes).toEqual(["GET /plain", "GET /things/{key}", "PUT /things/{key}"]);
});

test("resources and namespaces of Flask-RESTX stand below the API's prefix", async () => {
  const { routes } = await readPythonProject({
    "api.py": `from flask import Blueprint, Flask
from flask_restx import Api, Namespace, Resource

cats = Namespace("cats")
dogs = Namespace("dogs", path="/hounds")

@cats.route("/", "/all")
class Cats(Resource):
    def get(self): ...

@dogs.route("/<dog>")
class Dog(Resource):
    @dogs.doc("one")
    def patch(self, dog): ...

bp = Blueprint("api", __name__, url_prefix="/api")
api = Api(bp, version="1")
api.add_namespace(cats)
api.add_namespace(dogs)

class Plain(Resource):
    def post(self): ...

api.add_resource(Plain, "/plain")
app = Flask(__name__)
app.register_blueprint(bp)
`,
  });
  expect(routes).toEqual(["GET /api/cats/", "GET /api/cats/all", "PATCH /api/hounds/{dog}", "POST /api/plain"]);
});

test("a module that a function imports adds to the current application; one that nothing imports does not", async () => {
  const files = {
    "web/__init__.py": `from flask import Flask

class Web(Flask):
    pass

def create_app():
    app = Web(__name__)
    with app.app_context():
        from . import live
    return app
`,
    "web/live.py": `from flask import current_app as app

@app.route("/live")
def live(): ...
`,
    "web/old.py": `from flask import current_app as app

@app.route("/old")
def old(): ...
`,
  };
  expect((await readPythonProject(files)).routes).toEqual(["GET /live"]);
});

test("a project's own way to add resources is followed to the rule that it makes", async () => {
  const { places } = await readPythonProject({
    "main.py": `from flask import Flask
from flask_restful import Api, Resource

class OurApi(Api):
    def add_ours(self, resource, *urls, **kwargs):
        return self.add_resource(resource, *["/ours" + url for url in urls], **kwargs)

class Thing(Resource):
    def get(self): ...

api = OurApi()
api.add_ours(Thing, "/a", "/b", endpoint="thing")

def create_app():
    app = Flask(__name__)
    api.init_app(app)
    return app
`,
  });
  expect(places).toEqual(["GET /ours/a main.py:12", "GET /ours/b main.py:12"]);
});

test("HEAD and OPTIONS, which every route answers, are told only where there is nothing else", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from flask import Flask
app = Flask(__name__)

@app.route("/a", methods=["GET", "HEAD", "OPTIONS"])
def a(): ...

@app.route("/b", methods=["OPTIONS"])
def b(): ...
`,
  });
  expect(routes).toEqual(["GET /a", "OPTIONS /b"]);
});

test("a view beside another one in a factory keeps its own methods; one that a decorator wraps has those of its class", async () => {
  const { routes } = await readPythonProject({
    "main.py": `from flask import Flask
from flask.views import MethodView

class Items(MethodView):
    def put(self): ...

def guarded(view):
    def inner(*args):
        return view(*args)
    return inner

def create_app():
    app = Flask(__name__)
    items = Items.as_view("items")
    app.add_url_rule("/items", view_func=guarded(items))

    @app.route("/")
    def index(): ...

    return app
`,
  });
  expect(routes).toEqual(["GET /", "PUT /items"]);
});
