/**
 * Contracts as people write them: Markdown in any usual notation, OpenAPI 3 and Swagger 2 in JSON and YAML; and the two texts
 * that allot writes, an empty contract to fill in and one made of routes that code serves.
 *
 * Invariants: an endpoint stands at the line that promises it; what is struck out, commented out or only mentioned is no
 * promise; what `contractText` writes is read back as the same endpoints.
 *
 * Rejected: one fixed notation (contracts are written by models and by people, and both write what they like), and a schema
 * validator for OpenAPI (a contract with a fault in a schema still names its paths).
 */
import type { Endpoint, Unresolved } from "../contract.ts";
import { readMarkdown } from "./markdown-contract.ts";
import { isOpenApi, readOpenApi } from "./openapi-contract.ts";

export interface ContractReading {
  /** In the order of the text, each method and path once, with the base path in front. */
  readonly endpoints: readonly Endpoint[];
  readonly unresolved: readonly Unresolved[];
  /** What the contract puts in front of all paths, "" for nothing. A proxy may add it where the code has none. */
  readonly base: string;
}

/**
 * Reads a contract. `path` is what places name, and its ending says which notation is meant; where it does not, the text does.
 * `read` gives the files that references of an OpenAPI document lead to. Never throws: what cannot be read is unresolved.
 */
export function readContract(
  path: string,
  text: string,
  read: (path: string) => string | undefined = () => undefined,
): ContractReading {
  const isData =
    /\.(?:json|ya?ml)$/iu.test(path) ||
    (!/\.(?:md|mdx|markdown|mkd|apib|http|rest|rst|adoc)$/iu.test(path) && isOpenApi(text.slice(0, 10_000)));
  const reading = isData ? readOpenApi(path, text, read) : readMarkdown(path, text);
  if (reading.endpoints.length > 0 || reading.unresolved.length > 0) return reading;
  return { ...reading, unresolved: [{ file: path, line: 1, reason: "no endpoint is named in this contract" }] };
}
