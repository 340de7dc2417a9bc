/** Methods that a contract may name; "ALL" stands for any. */
const METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "QUERY",
  "PURGE",
  "LINK",
  "UNLINK",
  "COPY",
  "MOVE",
  "LOCK",
  "UNLOCK",
  "MKCOL",
  "PROPFIND",
  "PROPPATCH",
  "REPORT",
  "SEARCH",
] as const;

const KNOWN: ReadonlySet<string> = new Set(METHODS);

/** What a contract's word for a method means: "DEL", "any", "*" too. Undefined where it is none. */
export function methodOf(word: string): string | undefined {
  const upper = word.trim().toUpperCase();
  if (upper === "ANY" || upper === "ALL" || upper === "*") return "ALL";
  if (upper === "DEL") return "DELETE";
  return KNOWN.has(upper) ? upper : undefined;
}

/** For regular expressions: one method in capitals. Longer names stand before their beginnings. */
export const METHOD_WORD = `(?:${[...METHODS, "ANY", "ALL", "DEL"].toSorted((a, b) => b.length - a.length).join("|")})`;

// {id}, {id:[0-9]{2}}, {id?}, {path*}, {+path}, {...path}, ${id}, {{id}}; queries of URI templates are not meant.
const BRACES = /\$?\{\{?\s*(?:\.\.\.|[*+])?([^{}:?&*]*)(?:\?|\*|:(?:[^{}]|\{[^{}]*\})*)?\}\}?/gu;

/**
 * A path as contracts write it (`/users/:id`, `/users/<int:id>`, `/users/{id:[0-9]+}`, `{{base}}/users/[id]?page=1`, a full
 * URL) in the one notation of a report: `/users/{id}`, `{*}` for a wildcard without a name. The trailing slash stays.
 * Undefined where it is no path.
 */
export function contractPath(written: string): string | undefined {
  const text = unescapeMarkup(written.trim());
  // A variable at the start is the address of the server.
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/iu.exec(text)?.[1];
  const bare =
    url ??
    text.replace(/^(?:\{\{[^{}/]*\}\}|\$\{[^{}/]*\}|\$[A-Z][A-Z0-9_]*|<base[^<>/]*>|\{base[^{}/]*\})(?=\/)/iu, "");
  const path = withoutQuery(bare.replace(BRACES, (_, name: string) => `{${name.trim() || "*"}}`));
  if (url === undefined && !path.startsWith("/")) return undefined;
  const segments = path.split("/").map(segmentOf);
  const joined = `/${segments.join("/")}`.replace(/\/{2,}/g, "/");
  return /^[^\s"'`|\\]*$/u.test(joined) ? joined : undefined;
}

/** The base path of a server: the path of an address, without a slash in the end; "" where there is none. */
export function basePath(written: string): string {
  const text = written.trim();
  const path = /^[\w.-]+(?::\d+)(\/.*)?$/u.test(text) ? text.replace(/^[^/]*/u, "") : text;
  return (contractPath(path === "" ? "/" : path) ?? "").replace(/\/+$/u, "");
}

/** `path` under `base`, unless it stands there already. */
export function underBase(base: string, path: string): string {
  if (base === "" || path === base || path.startsWith(`${base}/`)) return path;
  return path === "/" ? `${base}/` : `${base}${path}`;
}

function unescapeMarkup(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&")
    .replace(/\\([_*{}<>[\]|~.-])/g, "$1");
}

function withoutQuery(path: string): string {
  // {?page,limit} and {&page} are queries of URI templates; a ? behind a named part only says that it may be left out.
  return path
    .replace(/\{[?&][^{}]*\}/g, "")
    .replace(/\[\?.*$/u, "")
    .replace(/(:\w+)\?(?=\/|$)/gu, "$1")
    .replace(/[?#].*$/u, "");
}

function segmentOf(segment: string): string {
  return segment
    .replace(/<(?:[\w.]+(?:\([^()]*\))?:)?([\w-]+)>/gu, "{$1}")
    .replace(/^\[{1,2}(?:\.{3})?([\w-]+)\]{1,2}$/u, "{$1}")
    .replace(/(^|[-._~,+])[:]([A-Za-z_]\w*)(?:\([^()]*\))?[*+]?/gu, "$1{$2}")
    .replace(/^\*{1,2}(\w*)$/u, (_, name: string) => `{${name === "" ? "*" : name}}`);
}
