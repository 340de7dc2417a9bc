import { posix } from "node:path";
import type { Endpoint, Unresolved } from "../contract.ts";
import { contractPath, basePath, underBase } from "./contract-path.ts";
import { type Located, parseDocumentText } from "./document-text.ts";

export interface OpenApiReading {
  readonly endpoints: readonly Endpoint[];
  readonly unresolved: readonly Unresolved[];
  readonly base: string;
}

/** Operations of a path item, and the extension by which some gateways say "any method". */
const OPERATIONS = new Map([
  ...["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"].map(
    (name) => [name, name.toUpperCase()] as const,
  ),
  ["x-amazon-apigateway-any-method", "ALL"],
]);
// References that lead on to references: nobody writes more, a circle does.
const MOST_STEPS = 8;

interface Origin {
  readonly file: string;
  readonly read: (path: string) => string | undefined;
  /** Documents that were read, by path; undefined for what is none. */
  readonly documents: Map<string, Located | undefined>;
}

interface Item {
  readonly value: Record<string, unknown>;
  readonly document: Located;
  readonly file: string;
  /** Keys that lead to it in its document. */
  readonly keys: readonly string[];
}

/** Whether a text looks like an OpenAPI or Swagger document, by its first words. */
export function isOpenApi(text: string): boolean {
  return /(?:^|[{,\s])["']?(?:openapi|swagger)["']?\s*:\s*["']?[123]/u.test(text);
}

/**
 * The endpoints of an OpenAPI 3 or Swagger 2 document, in its order. Base paths come from `basePath` or the first of the
 * servers (of the document, the path item or the operation). `read` gives other files that a reference names.
 */
export function readOpenApi(file: string, text: string, read: Origin["read"]): OpenApiReading {
  const origin: Origin = { file, read, documents: new Map() };
  const root = documentAt(origin, file, text);
  const unresolved: Unresolved[] = [];
  if (root === undefined || !isRecord(root.value))
    return {
      endpoints: [],
      base: "",
      unresolved: [{ file, line: 1, reason: "this is neither JSON nor YAML that can be read" }],
    };
  if (!isRecord(root.value["paths"]))
    return { endpoints: [], base: "", unresolved: [{ file, line: 1, reason: "the document has no paths" }] };
  const base =
    typeof root.value["swagger"] === "string" ? basePath(textOf(root.value["basePath"])) : serverBase(root.value);
  const endpoints: Endpoint[] = [];
  for (const [path, written] of Object.entries(root.value["paths"])) {
    if (path.startsWith("x-")) continue;
    const keys = ["paths", path];
    const line = root.lineOf(keys);
    const item = isRecord(written) ? follow(origin, { value: written, document: root, file, keys }) : undefined;
    const clean = contractPath(path.startsWith("/") ? path : `/${path}`);
    if (item === undefined || clean === undefined) {
      unresolved.push({ file, line, reason: `the path item of ${path} cannot be read` });
      continue;
    }
    endpoints.push(...operations(item, clean, base ?? "", file, line));
  }
  return { endpoints, unresolved, base: base ?? "" };
}

function operations(item: Item, path: string, base: string, file: string, line: number): Endpoint[] {
  const found: Endpoint[] = [];
  const here = serverBase(item.value) ?? base;
  const add = (method: string, operation: unknown, keys: readonly string[]) => {
    const own = isRecord(operation) ? (serverBase(operation) ?? here) : here;
    // The place is that of the contract itself, where the item stands in another file the line of its path.
    found.push({
      method,
      path: underBase(own, path),
      file,
      line: item.file === file ? item.document.lineOf([...item.keys, ...keys]) : line,
    });
  };
  for (const [key, operation] of Object.entries(item.value)) {
    const method = OPERATIONS.get(key.toLowerCase());
    if (method !== undefined) add(method, operation, [key]);
    if (key !== "additionalOperations" || !isRecord(operation)) continue;
    for (const [name, inner] of Object.entries(operation)) add(name.toUpperCase(), inner, [key, name]);
  }
  return found;
}

/** What a `$ref` leads to, with what stands beside it; the item itself without one. */
function follow(origin: Origin, item: Item, steps = 0): Item | undefined {
  const reference = item.value["$ref"];
  if (typeof reference !== "string") return item;
  if (steps >= MOST_STEPS || /^[a-z]+:\/\//iu.test(reference)) return undefined;
  const [name = "", pointer = ""] = reference.split("#", 2);
  const file = name === "" ? item.file : posix.normalize(posix.join(posix.dirname(item.file), name));
  const document = documentAt(origin, file);
  if (document === undefined) return undefined;
  const keys = pointer
    .split("/")
    .filter((key) => key !== "")
    .map(pointerKey);
  let value: unknown = document.value;
  for (const key of keys)
    value = isRecord(value) || Array.isArray(value) ? (value as Record<string, unknown>)[key] : undefined;
  return isRecord(value) ? follow(origin, { value, document, file, keys }, steps + 1) : undefined;
}

function documentAt(origin: Origin, file: string, text = origin.read(file)): Located | undefined {
  if (!origin.documents.has(file)) origin.documents.set(file, text === undefined ? undefined : parseDocumentText(text));
  return origin.documents.get(file);
}

function pointerKey(key: string): string {
  const plain = key.replace(/~1/g, "/").replace(/~0/g, "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** Base path of the first server; undefined where none is named. */
function serverBase(holder: Record<string, unknown>): string | undefined {
  const servers = holder["servers"];
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  if (!isRecord(first) || typeof first["url"] !== "string") return undefined;
  const variables = isRecord(first["variables"]) ? first["variables"] : {};
  const url = first["url"].replace(/\{([^{}]+)\}/gu, (whole, name: string) => {
    const variable = variables[name];
    const value = isRecord(variable) ? variable["default"] : undefined;
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
  return basePath(/^[a-z]+:|^\//iu.test(url) ? url : `/${url.replace(/^\.\//u, "")}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
