import { formatCount } from "../../../foundation/units.ts";

/** "1 file", "12 files". Pure. */
export function count(amount: number, what: string): string {
  return `${formatCount(amount)} ${amount === 1 ? what : `${what}s`}`;
}
