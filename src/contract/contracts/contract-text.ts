import { stringify } from "yaml";
import type { Place } from "../contract.ts";

export type ContractFormat = "markdown" | "openapi-json" | "openapi-yaml";

/** What an extracted contract is made of: routes, or endpoints of another contract. */
export interface Extracted extends Partial<Place> {
  readonly method: string;
  readonly path: string;
}

const OPENAPI_METHODS = new Set(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]);
const ORDER = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/**
 * A contract that promises these routes and nothing else; `readContract` reads the same methods and paths back. Sorted, each
 * once, so that the same routes give the same text.
 */
export function contractText(routes: readonly Extracted[], format: ContractFormat, title: string): string {
  const sorted = sortedOnce(routes);
  if (format === "markdown") return markdownText(sorted, title);
  const document = openApiDocument(sorted, title);
  return format === "openapi-json" ? `${JSON.stringify(document, null, 2)}\n` : stringify(document);
}

function sortedOnce(routes: readonly Extracted[]): Extracted[] {
  const known = new Map<string, Extracted>();
  for (const route of routes) {
    const key = `${route.method} ${route.path}`;
    if (!known.has(key)) known.set(key, route);
  }
  return [...known.values()].toSorted(
    (a, b) => compare(a.path, b.path) || rank(a.method) - rank(b.method) || compare(a.method, b.method),
  );
}

function rank(method: string): number {
  const at = ORDER.indexOf(method);
  return at < 0 ? ORDER.length : at;
}

// By code units: the order of a locale would make the text depend on the machine.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A table for each group of paths that differ behind what all of them share. */
function markdownText(routes: readonly Extracted[], title: string): string {
  const shared = sharedSegments(routes);
  const groups = new Map<string, Extracted[]>();
  for (const route of routes) {
    const name = route.path.split("/").filter((segment) => segment !== "")[shared] ?? "";
    const group = groups.get(name) ?? [];
    groups.set(name, [...group, route]);
  }
  const tables = [...groups].map(([name, group]) => {
    const rows = group.map(({ method, path, file, line }) => {
      const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}`;
      return `| ${method} | \`${cell(path)}\` | | ${cell(place)} |`;
    });
    return `### ${groupTitle(name)}\n\n| Method | Path | Purpose | Served by |\n|--------|------|---------|-----------|\n${rows.join("\n")}\n`;
  });
  return [
    `# API contract: ${title}\n`,
    "<!-- Read from the code: check it, say what each endpoint is for, and delete what is no promise. -->\n",
    "## Endpoints\n",
    ...tables,
    "## Shapes\n",
    "## Errors\n",
  ].join("\n");
}

// Begins with a word of its own: by itself the name could be a method, or say that nothing below it is promised.
function groupTitle(name: string): string {
  return `Paths: ${name.replace(/[^\p{L}\p{N}_.-]+/gu, " ").trim() || "top"}`;
}

function sharedSegments(routes: readonly Extracted[]): number {
  const paths = routes.map(({ path }) => path.split("/").filter((segment) => segment !== ""));
  const shortest = Math.min(...paths.map(({ length }) => length), 4);
  let shared = 0;
  while (shared < shortest - 1 && paths.every((segments) => segments[shared] === paths[0]?.[shared])) shared += 1;
  return shared;
}

function cell(text: string): string {
  return text.replace(/\|/g, "\\|");
}

function openApiDocument(routes: readonly Extracted[], title: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const needsNewest = routes.some(({ method }) => method !== "ALL" && !OPENAPI_METHODS.has(method));
  for (const { method, path, file, line } of routes) {
    const item = (paths[path] ??= {});
    const parameters = [...new Set(Array.from(path.matchAll(/\{([^{}]+)\}/gu), (found) => found[1] ?? ""))].map(
      (name) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      }),
    );
    const operation = {
      ...(file === undefined ? {} : { "x-served-by": line === undefined ? file : `${file}:${line}` }),
      ...(parameters.length === 0 ? {} : { parameters }),
      responses: { default: { description: "Not described yet." } },
    };
    if (method === "ALL") item["x-amazon-apigateway-any-method"] = operation;
    else if (OPENAPI_METHODS.has(method)) item[method.toLowerCase()] = operation;
    else
      item["additionalOperations"] = { ...(item["additionalOperations"] as object | undefined), [method]: operation };
  }
  return { openapi: needsNewest ? "3.2.0" : "3.1.0", info: { title, version: "1.0.0" }, paths };
}
