import { expect, test } from "vitest";
import type { SourceTree } from "../../source-tree.ts";
import { javaServers } from "./java-servers.ts";

function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return { root: "/", files: Object.keys(files).toSorted(), read: (path) => files[path] };
}

const SPRING = "import org.springframework.web.bind.annotation.*;\nimport org.springframework.stereotype.*;\n";

/** Files of package `app` in the usual folder; a name with a slash is a path. */
async function read(files: Readonly<Record<string, string>>, folders: readonly string[] = []) {
  const paths = Object.entries(files).map(([name, text]): [string, string] =>
    name.includes("/") ? [name, text] : [`src/main/java/app/${name}.java`, `package app;\n${SPRING}${text}`],
  );
  const { routes, unresolved } = await javaServers.read(treeOf(Object.fromEntries(paths)), folders);
  return {
    routes: routes.map(({ method, path, conditional }) => `${method} ${path}${conditional === true ? " ?" : ""}`),
    places: routes.map(({ file, line }) => `${file.replace("src/main/java/app/", "")}:${line}`),
    unresolved: unresolved.map(({ reason }) => reason),
  };
}

test("prefixes are constants of other types, own constants and sums of them; paths are arrays, patterns and empty", async () => {
  const { routes, places } = await read({
    Api: `interface Api { String ROOT = "/api"; class V1 { static final String USERS = ROOT + "/users"; } }`,
    Users: `
@RestController
@RequestMapping({Api.V1.USERS, "/people/"})
class Users implements Api {
  private static final String ONE = "{id:[0-9]{2}}";
  @GetMapping Object all() { return "@GetMapping(\\"/no\\")"; }
  @PutMapping(path = ONE) Object one() { return null; }
  // @PostMapping("/commented")
}`,
  });
  expect(routes).toEqual(["GET /api/users", "GET /people/", "PUT /api/users/{id}", "PUT /people/{id}"]);
  expect(places).toEqual(["Users.java:9", "Users.java:9", "Users.java:10", "Users.java:10"]);
});

test("methods of a mapping are those of the class and its own, and any where none is named", async () => {
  const { routes } = await read({
    A: `@Controller @RequestMapping(value = "a", method = RequestMethod.GET) class A {
  @RequestMapping("/x") void x() {}
  @RequestMapping(value = "/y", method = {RequestMethod.POST}) void y() {}
}
@Controller class B { @RequestMapping(path = "/b/**") void b() {} }`,
  });
  expect(routes).toEqual(["GET /a/x", "GET /a/y", "POST /a/y", "ALL /b/{*}"]);
});

test("a controller has the mappings of the interfaces and classes above it, by the interface's constants", async () => {
  const { routes, places } = await read({
    Base: `abstract class Base<T> {
  @GetMapping("/{id}") public T read(Long id) { return null; }
  @DeleteMapping("/{id}") public void remove(Long id) {}
}
@RestController @RequestMapping("/abstract") abstract class Never { @GetMapping void no() {} }`,
    PetApi: `@RequestMapping("/pets") interface PetApi { @PostMapping void create(String body); @GetMapping("/count") int count(); }`,
    Pets: `@RestController class Pets extends Base<String> implements PetApi {
  @Override public void create(String body) {}
  @Override @GetMapping("/number") public int count() { return 0; }
}`,
  });
  expect(routes).toEqual(["GET /pets/number", "GET /pets/{id}", "DELETE /pets/{id}", "POST /pets"]);
  expect(places).toEqual(["Pets.java:6", "Base.java:5", "Base.java:6", "PetApi.java:4"]);
});

test("annotations of the project may carry a stereotype, a prefix, and attributes that stand for those of a mapping", async () => {
  const { routes } = await read({
    ApiController: `@RestController @RequestMapping("/api") @interface ApiController {}`,
    Search: `@RequestMapping(method = RequestMethod.POST) @interface Search {
  @AliasFor(annotation = RequestMapping.class, attribute = "path") String[] at() default {};
}`,
    Things: `@ApiController class Things { @Search(at = "/things") void find() {} }`,
  });
  expect(routes).toEqual(["POST /api/things"]);
});

test("the context path of the module's settings stands in front, placeholders are filled in, and profiles do not count", async () => {
  const { routes, unresolved } = await read({
    "one/src/main/resources/application.yml": `
server:
  servlet:
    contextPath: \${ROOT:/one}/
api: { users: /users }
---
spring.config.activate.on-profile: dev
server.servlet.context-path: /dev
`,
    "one/src/main/java/app/A.java": `package app;
${SPRING}
@RestController @RequestMapping("\${api.users}") class A {
  @GetMapping("/{id}") void one() {}
  @GetMapping("/x/\${nowhere}") void two() {}
}`,
    "two/src/main/resources/application.properties": "spring.mvc.servlet.path=/two\n",
    "two/src/main/java/app/B.java": `package app;
${SPRING}
@RestController @Profile("x") class B { @GetMapping("b") void b() {} }`,
  });
  expect(routes).toEqual(["GET /one/users/{id}", "GET /two/b ?"]);
  expect(unresolved).toEqual(["a part of the path is not known: ${nowhere}"]);
});

test("a configuration's prefix stands before the controllers that its predicate names", async () => {
  const { routes } = await read({
    Config: `class Config implements WebMvcConfigurer {
  public void configurePathMatch(PathMatchConfigurer c) {
    c.addPathPrefix("/rest", HandlerTypePredicate.forAnnotation(RestController.class));
  }
}`,
    A: `@RestController class A { @GetMapping("/a") void a() {} }`,
    B: `@Controller class B { @GetMapping("/b") void b() {} }`,
  });
  expect(routes).toEqual(["GET /rest/a", "GET /b"]);
});

test("a controller whose interface is not there is told, and so is one in Kotlin; clients and tests are passed over", async () => {
  const { routes, unresolved } = await read({
    A: `import gen.UsersApi;
@RestController class A implements UsersApi {}
@FeignClient("x") interface Client { @GetMapping("/client") void c(); }`,
    "src/main/kotlin/B.kt": `${SPRING}@RestController class B`,
    "src/test/java/app/T.java": `package app;\n${SPRING}@RestController class T { @GetMapping("/test") void t() {} }`,
  });
  expect(routes).toEqual([]);
  expect(unresolved).toEqual([
    "A takes its routes from UsersApi, which is not in the code that is read",
    "controllers in Kotlin cannot be read",
  ]);
});

test("router functions: predicates, builders, and what is nested below a path, by a function of the same class too", async () => {
  const { routes } = await read({
    Routes: `import org.springframework.web.reactive.function.server.*;
@Configuration class Routes {
  static final String BASE = "/users";
  @Bean RouterFunction<ServerResponse> users(Handler h) {
    return route(GET(BASE + "/{id}").and(accept(JSON)), h::one).andRoute(POST(BASE), h::add);
  }
  @Bean RouterFunction<ServerResponse> api(Handler h) {
    return RouterFunctions.route()
        .path("/api", b -> b.GET("/a", h::a).nest(path("/deep"), c -> c.DELETE("/{x:.*}", h::x)))
        .nest(path("/in"), () -> inner(h))
        .PUT("/last", h::last).build();
  }
  RouterFunction<ServerResponse> other() { return route(GET("/other"), h); }
  RouterFunction<ServerResponse> inner(Handler h) { return route(PATCH("/b"), h::b); }
}`,
  });
  expect(routes.toSorted()).toEqual([
    "DELETE /api/deep/{x}",
    "GET /api/a",
    "GET /users/{id}",
    "PATCH /in/b",
    "POST /users",
    "PUT /last",
  ]);
});
