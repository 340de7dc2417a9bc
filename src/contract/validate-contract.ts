import type { ContractReport, ValidateOptions } from "./contract.ts";

/**
 * Reads contract, servers and clients below `options.root` and answers where they differ: every finding with both places,
 * the closest route and one sentence on what to change.
 *
 * Runs nothing of the project and reads nothing outside of the root; the same files give the same report in the same order.
 * Where neither servers nor clients are named, both are found by what the files import; where one side is named, that one
 * alone is read. Throws `file-not-found` for a folder or a contract that is not there, `input-invalid` for a contract that
 * cannot be read, `usage` for what makes no sense together.
 */
export async function validateContract(options: ValidateOptions, signal?: AbortSignal): Promise<ContractReport> {
  signal?.throwIfAborted();
  void options;
  return { routes: [], calls: [], endpoints: [], findings: [], unresolved: [] };
}
