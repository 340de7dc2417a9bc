import { contractPath } from "./contract-path.ts";
import { endpointAtStart, methodsOf, type NamedEndpoint, pathAtStart } from "./endpoint-text.ts";

const METHOD_HEAD = /^\W*(?:http\s*)?(?:methods?|verbs?|http)\W*$/iu;
const PATH_HEAD =
  /^\W*(?:(?:api|request|full|relative|url|http)\s*)?(?:paths?|endpoints?|routes?|urls?|uris?|resources?)(?:\s*(?:path|template|pattern))?\W*$/iu;
// Tables of what a body, a query or an answer consists of.
const FIELDS_HEAD =
  /^\W*(?:fields?|param(?:eter)?s?|propert(?:y|ies)|attributes?|types?|keys?|headers?|status|codes?|errors?|variables?)\b/iu;

/**
 * The endpoints of a table's row: a cell with a method and one with a path, or one cell with both. `under` is the path of the
 * section, for tables of methods only. `unknown` is what stands for a method and is none.
 */
export function endpointsOfRow(
  cells: readonly string[],
  head: readonly string[],
  under: string | undefined,
): { readonly endpoints: readonly NamedEndpoint[]; readonly unknown?: string } {
  const methodAt = head.findIndex((title) => METHOD_HEAD.test(title));
  const pathAt = head.findIndex((title) => PATH_HEAD.test(title));
  if (pathAt < 0 && methodAt < 0 && head.some((title) => FIELDS_HEAD.test(title))) return { endpoints: [] };
  const both = (pathAt >= 0 ? [cells[pathAt] ?? ""] : cells).flatMap((cell) => namedIn(cell));
  if (both.length > 0) return { endpoints: both };
  const methodCell =
    methodAt >= 0 ? cells[methodAt] : cells.find((cell) => /^[^a-z]*$/u.test(cell) && methodsOf(cell).length > 0);
  if (methodCell === undefined) return { endpoints: [] };
  const methods = methodsOf(methodCell);
  const paths = pathsIn(cells, pathAt, under);
  if (paths.length === 0) return { endpoints: [] };
  const word = methodCell.replace(/[\uE000\uE001\s]+/gu, " ").trim();
  if (methods.length === 0)
    return head.length > 0 && /\p{L}/u.test(word) ? { endpoints: [], unknown: word } : { endpoints: [] };
  return { endpoints: paths.map((path) => ({ methods, path, others: [], rest: "" })) };
}

function namedIn(cell: string): NamedEndpoint[] {
  return cell.split("\n").flatMap((part) => endpointAtStart(part.trim()) ?? []);
}

function pathsIn(cells: readonly string[], pathAt: number, under: string | undefined): string[] {
  if (pathAt < 0) {
    const cell = cells.find((text) => pathAtStart(text) !== undefined);
    const path = cell === undefined ? under : pathAtStart(cell)?.path;
    return path === undefined ? [] : [path];
  }
  const parts = (cells[pathAt] ?? "").split(/\n|(?<=[\uE001\s]),\s*|,\s+|\uE001\s+(?=\uE000)/u);
  return parts.flatMap((part) => {
    const found = pathAtStart(part)?.path;
    if (found !== undefined) return [found];
    // Under the title "Path" a slash in front may be left out.
    const bare = part.replace(/[\uE000\uE001]/gu, "").trim();
    const path = /^[\w{<:][^\s()]*$/u.test(bare) ? contractPath(`/${bare}`) : undefined;
    return path === undefined ? [] : [path];
  });
}
