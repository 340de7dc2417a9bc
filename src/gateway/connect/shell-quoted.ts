/** A word as a shell takes it: in quotes where it holds anything but plain characters. */
export function shellQuoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
