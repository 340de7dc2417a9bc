import type { Check } from "../kit.ts";
export const crossingChecks: readonly Check[] = [];
