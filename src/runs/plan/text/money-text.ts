import { nanoUsd, type NanoUsd } from "../../../foundation/units.ts";

/** Dollars to the last nano-dollar, without trailing zeros: `$0.000012`, `$1.5`. */
export function printExactUsd(amount: NanoUsd): string {
  const digits = String(Math.abs(amount)).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${amount < 0 ? "-" : ""}$${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A dollar amount of 0 or more as written by a person or by `printExactUsd`; undefined for anything else. */
export function readUsd(text: string): NanoUsd | undefined {
  const match = /^~?\s*\$\s?(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const value = Number((match[1] ?? "").replaceAll(",", "") + (match[2] ?? "").padEnd(9, "0"));
  return Number.isSafeInteger(value) ? nanoUsd(value) : undefined;
}
