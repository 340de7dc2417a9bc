import type { Check } from "../kit.ts";
export const sdkChecks: readonly Check[] = [];
