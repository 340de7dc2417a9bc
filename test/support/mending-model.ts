import { fileURLToPath } from "node:url";
import type { Script, ScriptedAnswer, SeenRequest } from "./scripted-provider/script.ts";

/** The page with two visible faults that comes with allot. */
export const CHECKOUT = fileURLToPath(new URL("../../sample/checkout", import.meta.url));

/** One turn of a scripted model: what it calls next, by what its last tools answered. */
export type Turn = (outputs: string, seen: SeenRequest) => ScriptedAnswer;

/** A turn that calls one tool. */
export function call(name: string, input: unknown): ScriptedAnswer {
  return { toolCalls: [{ name, input }], usage: { inputTokens: 100, outputTokens: 20 } };
}

/** The reference that a tree of `read_page` gives the first element described so: `button "Pay now"`. */
export function refOf(tree: string, element: string): string {
  const line = tree.split("\n").find((text) => text.includes(element)) ?? "";
  return /\[ref=(\w+)\]/.exec(line)?.[1] ?? `no ref for ${element}`;
}

const LOOKING: readonly Turn[] = [
  () => call("read_page", {}),
  (page) => call("inspect", { ref: refOf(page, 'button "Pay now"') }),
  () => call("read_console", {}),
];

const CHANGING: readonly Turn[] = [
  () => call("edit_file", { path: "style.css", old_text: "var(--acent)", new_text: "var(--accent)" }),
  () => call("edit_file", { path: "basket.js", old_text: "#sum", new_text: "#total" }),
];

const ENDING: Turn = () => call("finish", { report: "The button is seen, and so is the total." });

/** A cheap model that finds both faults of the bundled page by looking, and mends them. */
export const MENDING: readonly Turn[] = [...LOOKING, ...CHANGING, () => call("navigate", { to: "/" }), ENDING];

/** The same where there is no browser: from the files alone. */
export const MENDING_BLIND: readonly Turn[] = [...CHANGING, ENDING];

/** A script of turns, one after another and then again; `place` is the folder that the page's files stand in. */
export function turnsScript(turns: readonly Turn[], place = ""): Script {
  let turn = 0;
  return (seen) => {
    const outputs = seen.toolResults.map(({ output }) => output).join("\n");
    const answer = turns[turn++ % turns.length]?.(outputs, seen) ?? {};
    const toolCalls = answer.toolCalls?.map((made) => {
      const { path } = made.input as { path?: string };
      return path === undefined ? made : { ...made, input: { ...(made.input as object), path: `${place}${path}` } };
    });
    return { ...answer, ...(toolCalls === undefined ? {} : { toolCalls }) };
  };
}
