import { findSecrets } from "../../codebase/secrets/find-secrets.ts";
import { redact } from "../../codebase/secrets/redact.ts";
import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import type { Section } from "../work.ts";
import { fenced } from "./data-fence.ts";
import { SECTIONS, type SectionFacts } from "./sections.ts";

/**
 * What stands before a part's code: its sections in their order, in at most `room` o200k tokens, secrets redacted, fenced as
 * data. "" where there is nothing to say. What has no room is counted in a line. Deterministic.
 */
export async function partContext(sections: readonly Section[], facts: SectionFacts, room: number): Promise<string> {
  const blocks: string[] = [];
  let left = room;
  // A difference is what the work is about: it takes its room first, and stands last.
  const inTurn = sections.toSorted((a, b) => Number(b === "diff") - Number(a === "diff"));
  const texts = new Map<Section, string>();
  for (const section of inTurn) {
    const { title, lines } = await SECTIONS[section](facts);
    const shown = withinRoom(title, lines, left);
    if (shown === undefined) continue;
    texts.set(section, shown.text);
    left -= shown.tokens;
  }
  const ordered = sections.toSorted((a, b) => Number(a === "diff") - Number(b === "diff"));
  for (const section of ordered) blocks.push(texts.get(section) ?? "");
  const text = blocks.filter((block) => block !== "").join("\n\n");
  return text === "" ? "" : fenced(redact(text, await findSecrets("context.txt", text)));
}

const TAIL_TOKENS = 12;

function withinRoom(
  title: string,
  lines: readonly string[],
  room: number,
): { readonly text: string; readonly tokens: number } | undefined {
  let tokens = countTokens(`# ${title}\n`) + 2;
  const shown: string[] = [];
  for (const line of lines) {
    const more = countTokens(`${line}\n`) + 1;
    if (tokens + more + TAIL_TOKENS > room) break;
    shown.push(line);
    tokens += more;
  }
  if (shown.length === 0) return undefined;
  const missing = lines.length - shown.length;
  const tail = missing === 0 ? [] : [`(${missing} more are not shown)`];
  return { text: [`# ${title}`, ...shown, ...tail].join("\n"), tokens: tokens + (missing === 0 ? 0 : TAIL_TOKENS) };
}
