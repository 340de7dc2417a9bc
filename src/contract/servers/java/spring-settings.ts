import { parse } from "yaml";
import type { SourceTree } from "../../source-tree.ts";
import { HOLE, type JavaText } from "./java-project.ts";

/** What the settings of a project's applications say of paths. */
export interface SpringSettings {
  /** In front of all paths of the application that a file belongs to; "" for nothing. */
  prefixFor(path: string): JavaText;
  /** A text with its `${placeholders}` filled in from the settings of the application that a file belongs to. */
  filled(text: JavaText, path: string): JavaText;
}

/** Settings of one folder of resources, by their names in small letters without signs. */
type Settings = ReadonlyMap<string, string>;

// The first that is set counts: Spring Boot's servlet and reactive stacks, and its first version.
const PREFIXES = ["server.servlet.contextpath", "server.contextpath", "spring.webflux.basepath"];
const SERVLET = ["spring.mvc.servlet.path", "server.servlet.path"];
const FILES =
  /(?:^|\/)(?:src\/main\/resources\/(?:config\/)?|config\/|resources\/)?(?:bootstrap|application)\.(?:properties|ya?ml)$/;

/** Reads the settings that hold without a profile, of each module of a project. */
export function readSettings(tree: SourceTree, modules: readonly string[]): SpringSettings {
  const byModule = new Map<string, Map<string, string>>();
  for (const path of tree.files) {
    if (!FILES.test(path) || /(?:^|\/)(?:src\/)?(?:test|it)\//.test(path)) continue;
    const home = path.replace(/(?:src\/main\/)?(?:resources\/)?(?:config\/)?[^/]+$/, "");
    const settings = byModule.get(home) ?? new Map<string, string>();
    byModule.set(home, settings);
    const text = tree.read(path) ?? "";
    for (const [name, value] of path.endsWith(".properties") ? properties(text) : yamlSettings(text))
      if (!settings.has(name)) settings.set(name, value);
  }
  // The only application of a project serves what its libraries hold.
  const applications = modules.filter((home) => byModule.has(home));
  const only =
    applications.length === 1
      ? byModule.get(applications[0] ?? "")
      : byModule.size === 1
        ? [...byModule.values()][0]
        : undefined;
  const settingsFor = (path: string): Settings => {
    const homes = [...byModule.keys()].filter((home) => path.startsWith(home)).toSorted((a, b) => b.length - a.length);
    return (homes.length > 0 ? byModule.get(homes[0] ?? "") : only) ?? new Map<string, string>();
  };
  return {
    prefixFor(path) {
      const settings = settingsFor(path);
      const first = (names: readonly string[]): JavaText => {
        const name = names.find((one) => settings.has(one));
        return name === undefined ? { text: "" } : fill({ text: settings.get(name) ?? "" }, settings, 0);
      };
      const parts = [first(PREFIXES), first(SERVLET)].filter(({ text }) => text !== "" && text !== "/");
      return {
        text: parts
          .map(({ text }) => (text.startsWith("/") || text.startsWith(HOLE) ? text : `/${text}`).replace(/\/+$/, ""))
          .join(""),
        hole: parts.find(({ hole }) => hole !== undefined)?.hole,
      };
    },
    filled: (text, path) => fill(text, settingsFor(path), 0),
  };
}

function fill({ text, hole }: JavaText, settings: Settings, depth: number): JavaText {
  let missing = hole;
  const full = text.replace(/\$\{([^{}:]+)(?::([^{}]*))?\}/g, (whole, name: string, standard: string | undefined) => {
    const value = settings.get(relaxed(name)) ?? standard;
    if (value === undefined || depth > 5) {
      missing ??= whole;
      return HOLE;
    }
    const inner = fill({ text: value }, settings, depth + 1);
    missing ??= inner.hole;
    return inner.text;
  });
  return { text: full, hole: missing };
}

/** Spring takes context-path, contextPath and context_path for the same name. */
function relaxed(name: string): string {
  return name.trim().toLowerCase().replace(/[-_]/g, "");
}

function properties(text: string): [string, string][] {
  return text
    .replace(/\\\r?\n\s*/g, "")
    .split(/\r?\n/)
    .flatMap((line): [string, string][] => {
      const found = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
      return found === null ? [] : [[relaxed(found[1] ?? ""), found[2] ?? ""]];
    });
}

/** Of several documents in a file those without a profile. */
function yamlSettings(text: string): [string, string][] {
  return text.split(/^---.*$/m).flatMap((part) => {
    let value: unknown;
    try {
      // Names of the build that are put in later stand between two signs that YAML does not allow.
      value = parse(part.replace(/@([\w.-]+)@/g, "$1"), { logLevel: "silent", uniqueKeys: false });
    } catch {
      return [];
    }
    const found: [string, string][] = [];
    flatten(value, "", found);
    return found.some(([name]) => name === "spring.config.activate.onprofile" || name === "spring.profiles")
      ? []
      : found;
  });
}

function flatten(value: unknown, name: string, into: [string, string][]): void {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    into.push([relaxed(name), String(value)]);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value)) flatten(inner, name === "" ? key : `${name}.${key}`, into);
}
