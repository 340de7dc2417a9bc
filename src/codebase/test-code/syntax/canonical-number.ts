/** 1_000 -> 1000, 0x10 -> 16, 1.50 -> 1.5; what is not a plain number (1j) stays as written. */
export function canonicalNumber(text: string): string {
  const plain = text.replaceAll("_", "");
  const value = Number(plain);
  if (Number.isNaN(value) || plain === "") return plain;
  return Number.isSafeInteger(value) || /[.e]/i.test(plain) ? String(value) : plain;
}
