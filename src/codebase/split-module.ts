import { extname } from "node:path";
import { splitJavascript } from "./javascript/split-javascript.ts";
import type { SplitOutcome, SplitRequest } from "./module-split.ts";
import { splitPython } from "./python/split-python.ts";

const JAVASCRIPT = /^\.([cm]?[jt]s|[jt]sx)$/;

/**
 * Plans the split of one over-large module by static analysis alone: no model, nothing written, nothing executed.
 * The language follows from the file's extension. A file that cannot be split safely is declined with the reasons.
 * Throws `file-not-found` where there is no such file.
 */
export async function splitModule(request: SplitRequest): Promise<SplitOutcome> {
  const extension = extname(request.file).toLowerCase();
  if (extension === ".py") return splitPython(request);
  if (JAVASCRIPT.test(extension)) return splitJavascript(request);
  return {
    kind: "declined",
    reasons: [
      `${request.file} is not a module that allot can split on its own; it knows .py, .js, .cjs, .mjs, .jsx, .ts, .cts, .mts and .tsx`,
    ],
  };
}
