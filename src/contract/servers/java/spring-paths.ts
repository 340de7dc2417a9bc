import { HOLE } from "./java-project.ts";

/** A method's pattern below its class's, as Spring combines two patterns. */
export function combined(above: string, below: string): string {
  const first = above === "" ? "" : above.startsWith("/") || above.startsWith(HOLE) ? above : `/${above}`;
  if (below === "") return first;
  const second = below.startsWith("/") ? below : `/${below}`;
  if (first === "") return second;
  return `${first.replace(/\/\*$/, "").replace(/\/+$/, "")}${second}`;
}

/** In the notation of a report: `{name}` without its pattern, `{*}` for `*` and `**`. */
export function reportedPath(path: string): string {
  const plain = path.replace(/\{\*?([^{}:]+)(?::(?:[^{}]|\{[^{}]*\})*)?\}/g, (_, name: string) => `{${name.trim()}}`);
  const segments = plain.split("/").map((segment) => (/^\*{1,2}$/.test(segment) ? "{*}" : segment));
  const joined = segments.join("/");
  return joined.startsWith("/") ? joined : `/${joined}`;
}
