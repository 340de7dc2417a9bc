import { expect, test } from "vitest";
import type { SourceTree } from "../../source-tree.ts";
import { goServers } from "./go-servers.ts";

function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return { root: "/", files: Object.keys(files).toSorted(), read: (path) => files[path] };
}

async function read(files: Readonly<Record<string, string>>, folders: readonly string[] = []) {
  const { routes, unresolved } = await goServers.read(
    treeOf({ "go.mod": "module example.com/app\n", ...files }),
    folders,
  );
  return {
    routes: routes.map(({ method, path, conditional }) => `${method} ${path}${conditional === true ? " ?" : ""}`),
    places: routes.map(({ file, line }) => `${file}:${line}`),
    unresolved: unresolved.map(({ file, line, reason }) => `${file}:${line} ${reason}`),
  };
}

test("chi: sub-routers of closures, mounts from other packages, and a struct that holds the router", async () => {
  const { routes, places } = await read({
    "main.go": `package main

import (
	"net/http"
	"example.com/app/web"
	"github.com/go-chi/chi/v5"
)

type app struct {
	http.Handler
	base string
}

func newApp() *app {
	r := chi.NewRouter()
	a := &app{base: "/v1"}
	r.Route(a.base, func(r chi.Router) {
		r.With(log).Route("/teams/{teamID:[0-9]+}", func(r chi.Router) {
			r.Get("/", list)
			r.MethodFunc(http.MethodPut, "/name", list)
		})
		r.Mount("/web", web.New())
	})
	r.Handle("/files/*", list)
	a.Handler = r
	return a
}

func main() { http.ListenAndServe(":1", newApp()) }
`,
    "web/web.go": `package web

import "github.com/go-chi/chi/v5"

type Web struct{ router chi.Router }

func New() *Web {
	w := &Web{router: chi.NewRouter()}
	w.routes()
	return w
}

func (w *Web) routes() {
	w.router.Post("/things", nil)
}

func Dead() chi.Router {
	r := chi.NewRouter()
	r.Get("/dead", nil)
	return r
}

func (w *Web) ServeHTTP() {}
`,
  });
  expect(routes).toEqual([
    "GET /v1/teams/{teamID}",
    "PUT /v1/teams/{teamID}/name",
    "ALL /files/{*}",
    "POST /v1/web/things",
  ]);
  expect(places).toEqual(["main.go:19", "main.go:20", "main.go:24", "web/web.go:14"]);
});

test("gin: groups across packages, a table of routes, and methods of an interface whose types are known", async () => {
  const { routes } = await read({
    "cmd/main.go": `package main

import (
	"example.com/app/api"
	"github.com/gin-gonic/gin"
)

type registrar interface{ Register(r *gin.RouterGroup) }

var routes = []struct{ method, path string }{{"GET", "a"}, {method: "POST", path: "/b/:id"}}

func main() {
	e := gin.New()
	g := e.Group("/api/")
	for _, route := range routes {
		g.Handle(route.method, route.path, nil)
	}
	for _, one := range []registrar{&api.Users{}, api.NewPets("/pets")} {
		one.Register(g)
	}
	if debug() {
		e.Any("/debug", nil)
	}
}
`,
    "api/api.go": `package api

import "github.com/gin-gonic/gin"

type Users struct{}

func (u *Users) Register(r *gin.RouterGroup) {
	r.Group("/users").Use(nil).DELETE("/:userId", nil)
}

type Pets struct{ prefix string }

func NewPets(prefix string) *Pets { return &Pets{prefix: prefix} }

func (p *Pets) Register(r *gin.RouterGroup) {
	group := r.Group(p.prefix)
	group.Match([]string{"GET", "HEAD"}, "", nil)
}
`,
  });
  expect(routes).toEqual([
    "GET /api/a",
    "POST /api/b/{id}",
    "DELETE /api/users/{userId}",
    "GET /api/pets",
    "HEAD /api/pets",
    "ALL /debug ?",
  ]);
});

test("the standard library's patterns, with a router below a prefix that is stripped", async () => {
  const { routes } = await read({
    "main.go": `package main

import "net/http"

func main() {
	inner := http.NewServeMux()
	inner.HandleFunc("GET /users/{id}", nil)
	inner.HandleFunc("DELETE /files/{path...}", nil)
	mux := http.NewServeMux()
	mux.Handle("/api/", http.StripPrefix("/api", inner))
	mux.HandleFunc("POST example.com/exact/{$}", nil)
}
`,
  });
  expect(routes).toEqual(["POST /exact/", "GET /api/users/{id}", "DELETE /api/files/{path}"]);
});

test("gorilla: routes that are said bit by bit, and sub-routers of prefixes", async () => {
  const { routes } = await read({
    "main.go": `package main

import "github.com/gorilla/mux"

func main() {
	r := mux.NewRouter()
	s := r.PathPrefix("/api").Subrouter()
	s.HandleFunc("/a/{id:[0-9]{2}}", nil).Methods("GET", "PUT").Name("a")
	s.Path("/b").Methods("POST").HandlerFunc(nil)
	r.HandleFunc("/c", nil)
}
`,
  });
  expect(routes).toEqual(["GET /api/a/{id}", "PUT /api/a/{id}", "POST /api/b", "ALL /c"]);
});

test("echo and fiber: groups and wildcards", async () => {
  const { routes } = await read({
    "e/main.go": `package main

import "github.com/labstack/echo/v4"

func main() {
	e := echo.New()
	g := e.Group("/e")
	g.GET("/:id", nil)
	g.Any("/files/*", nil)
}
`,
    "f/main.go": `package main

import "github.com/gofiber/fiber/v2"

func main() {
	app := fiber.New()
	app.Route("/f", func(r fiber.Router) { r.Get("/:id?", nil) })
	sub := fiber.New()
	sub.Post("/x", nil)
	app.Mount("/sub", sub)
}
`,
  });
  expect(routes).toEqual(["GET /f/{id}", "POST /sub/x", "GET /e/{id}", "ALL /e/files/{*}"]);
});

test("a prefix from outside is told as unknown once, a path from outside is not told as a route", async () => {
  const { routes, unresolved } = await read({
    "main.go": `package main

import (
	"example.com/app/config"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.New()
	g := r.Group(config.Get().Root)
	g.GET("/a", nil)
	g.GET("/b", nil)
	r.GET(config.Get().Path, nil)
}
`,
    "config/config.go": `package config

type Config struct{ Root, Path string }

func Get() *Config { return load() }
`,
  });
  expect(routes).toEqual(["GET /a", "GET /b"]);
  expect(unresolved).toEqual([
    "main.go:11 the prefix Config.Root is not known; routes are told without it",
    "main.go:13 a part of the path is not known: Config.Path",
  ]);
});

test("what is only registered on a router that nobody hands over is not served, and tests are not read", async () => {
  const { routes } = await read({
    "main.go": `package main

import "github.com/gin-gonic/gin"

func old(r *gin.Engine) { r.GET("/old", nil) }

// r.GET("/comment", nil)
func main() {
	r := gin.Default()
	r.GET("/new", nil)
	_ = \`r.GET("/text", nil)\`
}
`,
    "main_test.go": `package main

import "github.com/gin-gonic/gin"

func TestX() { r := gin.New(); old(r) }
`,
  });
  expect(routes).toEqual(["GET /new"]);
});

test("with folders named, only what is registered there is told, though the router comes from elsewhere", async () => {
  const { routes } = await read(
    {
      "main.go": `package main

import (
	"example.com/app/users"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.New()
	r.GET("/elsewhere", nil)
	users.Register(r.Group("/users"))
}
`,
      "users/users.go": `package users

import "github.com/gin-gonic/gin"

func Register(r gin.IRouter) { r.GET("/:id", nil) }
`,
    },
    ["users"],
  );
  expect(routes).toEqual(["GET /users/{id}"]);
});

test("commands in variables, functions that an injector calls, and plugins in a registry reach the router", async () => {
  const { routes } = await read({
    "cmd/root.go": `package cmd

import (
	"example.com/app/plugins"
	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"
	"go.uber.org/fx"
)

var serve = &cobra.Command{
	Use: "serve",
	RunE: func(cmd *cobra.Command, args []string) error {
		fx.New(fx.Provide(NewRouter), fx.Invoke(Register))
		return nil
	},
}

func NewRouter() *gin.Engine {
	r := gin.New()
	list := plugins.All()
	for i := 0; i < len(list); i++ {
		list[i].Mount(r)
	}
	return r
}

func Register(r *gin.Engine) { r.GET("/injected", nil) }
`,
    "plugins/plugins.go": `package plugins

import "github.com/gin-gonic/gin"

type Plugin interface{ Mount(r *gin.Engine) }

var all []Plugin

func Add(p Plugin) { all = append(all, p) }

func All() []Plugin {
	out := make([]Plugin, len(all))
	copy(out, all)
	return out
}
`,
    "plugins/one/one.go": `package one

import (
	"example.com/app/plugins"
	"github.com/gin-gonic/gin"
)

type one struct{}

func init() { plugins.Add(&one{}) }

func (o *one) Mount(r *gin.Engine) { r.POST("/one", nil) }
`,
  });
  expect(routes.toSorted()).toEqual(["GET /injected", "POST /one"]);
});

test("a flag that the caller gives decides, a flag that may be set later only marks the route", async () => {
  const { routes } = await read({
    "main.go": `package main

import "github.com/go-chi/chi/v5"

var debug = false

func resource(r chi.Router, path string, writable bool) {
	r.Route(path, func(r chi.Router) {
		r.Get("/", nil)
		if writable {
			r.Post("/", nil)
		}
	})
}

func main() {
	r := chi.NewRouter()
	resource(r, "/a", true)
	resource(r, "/b", false)
	if debug {
		r.Get("/debug", nil)
	}
}
`,
  });
  expect(routes).toEqual(["GET /a", "POST /a ?", "GET /b", "GET /debug ?"]);
});

test("generated registration takes the router that it is given, with a base path that is left out or put in later", async () => {
  const { routes, unresolved } = await read({
    "api/api.gen.go": `package api

import "github.com/go-chi/chi/v5"

type Options struct {
	BaseURL string
	Router  chi.Router
}

func HandlerFrom(r chi.Router) chi.Router { return HandlerWith(Options{Router: r}) }

func Handler() chi.Router { return HandlerWith(Options{}) }

func HandlerWith(options Options) chi.Router {
	r := options.Router
	if r == nil {
		r = chi.NewRouter()
	}
	r.Get(options.BaseURL+"/users/{id}", nil)
	return r
}
`,
    "app/app.go": `package app

import (
	"example.com/app/api"
	"github.com/go-chi/chi/v5"
)

type App struct{ prefix string }

func (a *App) Mount(r chi.Router) {
	r.Route(a.prefix, func(r chi.Router) { api.HandlerFrom(r) })
}

func Late() *App { return &App{prefix: "/late"} }
`,
    "main.go": `package main

import (
	"example.com/app/app"
	"github.com/go-chi/chi/v5"
	"github.com/sarulabs/di"
)

func main() {
	r := chi.NewRouter()
	var a *app.App
	di.Fill(&a, app.Late)
	a.Mount(r)
}
`,
  });
  expect(routes).toEqual(["GET /late/users/{id}"]);
  expect(unresolved).toEqual([]);
});

test("gorilla: a sub-router of one path whose routes only say their methods", async () => {
  const { routes } = await read({
    "main.go": `package main

import "github.com/gorilla/mux"

func main() {
	r := mux.NewRouter()
	one := r.Path("/users/{id}").Subrouter()
	one.Methods("GET").HandlerFunc(nil)
	one.Methods("DELETE").HandlerFunc(nil)
}
`,
  });
  expect(routes).toEqual(["GET /users/{id}", "DELETE /users/{id}"]);
});
