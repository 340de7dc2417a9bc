import type { Language, SourceReader } from "./languages.ts";

/**
 * The reader of a language; loads its grammar, so open it once a thread and keep it. Undefined for languages that have no
 * symbols (JSON, YAML, TOML, SQL, HTML, plain text): their files are cut at lines.
 */
export async function openReader(language: Language): Promise<SourceReader | undefined> {
  const open = READERS[language];
  return open === undefined ? undefined : await open();
}

const READERS: Readonly<Partial<Record<Language, () => Promise<SourceReader>>>> = {};
