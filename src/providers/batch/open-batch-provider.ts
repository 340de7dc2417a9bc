import type { ProviderName } from "../provider.ts";
import { openAnthropicBatches } from "./anthropic-batches.ts";
import type { BatchAccess, BatchProvider } from "./batch-provider.ts";
import { openOpenaiBatches } from "./openai-batches.ts";

const OPENERS: Readonly<Partial<Record<ProviderName, (access: BatchAccess) => BatchProvider>>> = {
  anthropic: openAnthropicBatches,
  openai: openOpenaiBatches,
};

/** Who has a batch interface that allot speaks. */
export const BATCH_PROVIDERS: readonly ProviderName[] = ["anthropic", "openai"];

/** The batch interface of a provider; undefined where it has none. Makes no connection. */
export function openBatchProvider(name: ProviderName, access: BatchAccess): BatchProvider | undefined {
  return OPENERS[name]?.(access);
}
