import { type Comment, type EcmaScriptModule, parseSync, rawTransferSupported } from "oxc-parser";
import type { Node } from "../../javascript/reading/syntax.ts";

/** How a text is to be parsed: with or without types, with or without JSX. */
export type Dialect = "ts" | "tsx" | "jsx" | "dts";

/** A parsed text. Its nodes are read out of the parser's own memory as they are asked for, and gone once `use` has ended. */
export interface ParsedScript {
  readonly body: Iterable<Node>;
  readonly comments: readonly Comment[];
  readonly module: EcmaScriptModule;
}

interface Result {
  readonly program: { readonly body: Iterable<Node> & { readonly length: number } };
  readonly module: EcmaScriptModule;
  readonly comments: readonly Comment[];
  readonly errors: readonly unknown[];
  dispose?(): void;
}

// Nodes that are made only when they are asked for: half the time and a third of the memory of the whole tree. Their kinds
// have the parser's own names ("IdentifierReference" for one kind of "Identifier"), so readers know both.
const LAZY = rawTransferSupported() ? { experimentalLazy: true } : {};

/**
 * Parses a text and gives it to `use`; undefined where nothing of it can be parsed. The text must not nest deeper than
 * `nestsTooDeep` allows.
 */
export function parseScript<T>(
  path: string,
  text: string,
  dialect: Dialect,
  use: (parsed: ParsedScript) => T,
): T | undefined {
  // Plain JavaScript with types is Flow's, much of which TypeScript's grammar reads.
  const dialects: readonly Dialect[] =
    dialect === "jsx" ? ["jsx", "tsx"] : dialect === "tsx" ? ["tsx", "ts"] : [dialect, "tsx"];
  for (const lang of dialects) {
    for (const sourceType of ["unambiguous", "commonjs"] as const) {
      const result = parseSync(path, text, { lang, sourceType, ...LAZY }) as unknown as Result;
      try {
        const { body } = result.program;
        if (body.length > 0 || result.errors.length === 0)
          return use({ body, comments: result.comments, module: result.module });
        // A second kind of source can only help a program that is no module: a `return` at the top.
        if (result.module.hasModuleSyntax) break;
      } finally {
        result.dispose?.();
      }
    }
  }
  return undefined;
}
