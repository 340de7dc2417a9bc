import type { SourceTree } from "../../../../source-tree.ts";
import { isWithin } from "../../../folders.ts";
import type { Modules } from "../../reading/find-modules.ts";
import type { Module } from "../../values/values.ts";
import type { Told } from "../route-trees.ts";
import type { Django } from "./django.ts";

const ROOT = /^[ \t]*ROOT_URLCONF\s*(?::\s*[\w.]+\s*)?=\s*\(?\s*["']([\w.]+)["']/gm;
const TEST =
  /(?:^|\/)(?:tests?|testing|test_\w+|tests_\w+)(?:\/|\.py$)|(?:^|\/)(?:test|tests|ci)[^/]*\.py$|_tests?\.py$/;

/**
 * Tells the routes of a Django project: those of the module that its settings name, else of every module with URLs that no
 * other one includes.
 */
export function tellDjango(
  django: Django,
  modules: Modules,
  tree: SourceTree,
  folders: readonly string[],
  told: Told,
): void {
  const candidates = tree.files.filter(
    (path) =>
      path.endsWith(".py") && !TEST.test(path) && isWithin(path, folders) && /urlpatterns/.test(tree.read(path) ?? ""),
  );
  if (candidates.length === 0) return;
  const inFolders = namedRoots(modules, tree, (path) => isWithin(path, folders));
  const named = inFolders.size > 0 ? inFolders : namedRoots(modules, tree, (path) => /settings|conf/.test(path));
  if (named.size > 0) {
    for (const module of named) django.tell(module, told);
    return;
  }
  const withUrls = candidates.flatMap((path) => modules.ofFile(path) ?? []);
  const kept: { readonly module: Module; readonly tell: () => void }[] = [];
  for (const module of withUrls) {
    const calls: (() => void)[] = [];
    django.tell(module, {
      route: (route, madeIn) => calls.push(() => told.route(route, madeIn)),
      unresolved: (place, reason) => calls.push(() => told.unresolved(place, reason)),
    });
    kept.push({ module, tell: () => calls.forEach((call) => call()) });
  }
  for (const { module, tell } of kept) if (!django.included.has(module)) tell();
}

/** The modules that settings name as the root of all URLs. */
function namedRoots(modules: Modules, tree: SourceTree, isAsked: (path: string) => boolean): ReadonlySet<Module> {
  const found = new Set<Module>();
  for (const settings of settingsOf(modules, tree, isAsked))
    for (const match of settings.text.matchAll(ROOT)) {
      const module = modules.find(match[1] ?? "", settings);
      if (module !== undefined) found.add(module);
    }
  return found;
}

/** The modules that hold the settings of a Django project. */
export function djangoSettings(modules: Modules, tree: SourceTree, folders: readonly string[]): readonly Module[] {
  const own = settingsOf(modules, tree, (path) => isWithin(path, folders));
  return own.length > 0 ? own : settingsOf(modules, tree, (path) => /settings|conf/.test(path));
}

function settingsOf(modules: Modules, tree: SourceTree, isAsked: (path: string) => boolean): readonly Module[] {
  const paths = tree.files.filter((path) => path.endsWith(".py") && !TEST.test(path) && isAsked(path));
  return paths.flatMap((path) =>
    (tree.read(path) ?? "").includes("ROOT_URLCONF") ? (modules.ofFile(path) ?? []) : [],
  );
}
