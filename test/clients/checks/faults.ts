import type { Check } from "../kit.ts";
export const faultChecks: readonly Check[] = [];
