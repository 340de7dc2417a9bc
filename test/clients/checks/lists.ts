import type { Check } from "../kit.ts";
export const listChecks: readonly Check[] = [];
