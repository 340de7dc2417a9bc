/**
 * Routes of servers written in Python: FastAPI, Flask and Django REST.
 *
 * Modules are carried out as far as their values can be known: imports, classes, functions and loops are followed, so that a
 * prefix out of a settings object, a router made by a function and a helper that is given routers all come out as they do when
 * the program runs. Nothing of the project runs.
 *
 * Invariants: a route is told only where it is reached from an application or from a project's URLs; a condition that asks a
 * setting is taken both ways; what cannot be followed is told with its place and reason.
 *
 * Rejected: looking for decorators file by file (it knows neither prefixes nor what is never included), and asking the
 * project's own interpreter (it needs the project's dependencies and its secrets).
 */
import type { Route } from "../../contract.ts";
import type { SourceTree } from "../../source-tree.ts";
import type { ServerReader, ServerReading } from "../server-reader.ts";
import { builtinFramework } from "./frameworks/builtins.ts";
import { djangoFramework } from "./frameworks/django/django.ts";
import { djangoSettings, tellDjango } from "./frameworks/django/root-urls.ts";
import { fastapiFramework } from "./frameworks/fastapi.ts";
import { flaskFramework } from "./frameworks/flask.ts";
import { foldersFramework } from "./frameworks/folders-of-modules.ts";
import { neverImported } from "./frameworks/never-imported.ts";
import { ninjaFramework } from "./frameworks/ninja.ts";
import { RouteTrees, tellRoutes, type Told } from "./frameworks/route-trees.ts";
import { findModules } from "./reading/find-modules.ts";
import { openPythonParser } from "./reading/syntax.ts";
import { openMachine } from "./running/open-machine.ts";
import { carryOutModules } from "./running/start.ts";

const SERVES = /\b(?:fastapi|starlette|flask\w*|apiflask|quart|django|rest_framework)\b/;

export const pythonServers: readonly ServerReader[] = [
  {
    frameworks: ["fastapi", "flask", "django-rest", "django-ninja"],
    mayServe: (path, text) => path.endsWith(".py") && SERVES.test(text),
    read,
  },
];

async function read(tree: SourceTree, folders: readonly string[]): Promise<ServerReading> {
  const modules = findModules(tree);
  const machine = openMachine(modules, await openPythonParser());
  const trees = new RouteTrees();
  const flask = flaskFramework(machine, trees);
  const django = djangoFramework(
    machine,
    trees,
    once(() => djangoSettings(modules, tree, folders)),
  );
  machine.frameworks = [
    builtinFramework(machine),
    fastapiFramework(machine, trees),
    flask,
    django,
    ninjaFramework(machine, trees),
    foldersFramework(machine),
  ];
  carryOutModules(machine, modules, tree, folders);
  flask.finish();
  const routes = new Map<string, Route>();
  const isNeverImported = neverImported(tree);
  const told: Told = {
    route: (route, madeIn) => {
      if (route.file !== madeIn && isNeverImported(route.file)) return;
      const key = `${route.method} ${route.path} ${route.file}:${route.line}`;
      const known = routes.get(key);
      if (known === undefined || (known.conditional === true && route.conditional !== true)) routes.set(key, route);
    },
    unresolved: (place, reason) => machine.unresolved(place, reason),
  };
  for (const root of trees.roots()) tellRoutes(root, told);
  tellDjango(django, modules, tree, folders, told);
  return { routes: [...routes.values()], unresolved: machine.found };
}

/** Works something out when it is first asked for. */
function once<T>(work: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: work() }).value;
}
