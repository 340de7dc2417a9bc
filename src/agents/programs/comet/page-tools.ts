import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { z } from "zod";
import { type AgentTool, defineTool, done, failed, type ToolOutcome } from "../../agent-tool.ts";
import { SCREEN } from "./browser/browser.ts";
import { readElement } from "./element-facts.ts";
import { ACT_MS, type LivePage } from "./live-page.ts";
import { acting, doneAfter, onElement, whereWeAre } from "./page-acts.ts";
import { PICTURE_MS, type PictureBook, savePicture } from "./picture-book.ts";

const MAX_TREE = 16_000;
const MAX_WAIT_MS = 10_000;
const MAX_SCREENSHOTS = 10;

const ref = z.string().max(20).describe("Reference of an element as read_page gives it: e12");

/** The tools of a model that works with a page. What a page says comes back as data, bounded. */
export function pageTools(live: LivePage, book: PictureBook, picturesDir: string): AgentTool[] {
  return [
    navigate(live, book),
    readPage(live),
    inspect(live),
    click(live),
    type(live),
    press(live),
    select(live),
    wait(live),
    readConsole(live),
    screenshot(live, picturesDir),
  ];
}

function navigate(live: LivePage, book: PictureBook): AgentTool {
  const where =
    live.site === undefined ? "A full address on this machine" : 'A path of the site, like "/", or a full address';
  return defineTool({
    name: "navigate",
    description: "Loads a page, afresh also where it is the one that is shown: do so to see what you changed in files.",
    input: z.strictObject({
      to: z.string().min(1).max(2_000).describe(where),
      width: z
        .number()
        .int()
        .min(240)
        .max(2_560)
        .optional()
        .describe(`Width of the window: 390 for a phone; default: ${SCREEN.width}`),
    }),
    run: (input) =>
      acting(async () => {
        const address = live.addressOf(input.to);
        if (address === undefined) {
          return failed(
            `${JSON.stringify(input.to)} may not be reached: only this machine's own addresses${live.site === undefined ? "" : `, like paths of ${live.site},`} and what the task allows.`,
          );
        }
        await book.look(address, live.signal, input.width);
        const status = await live.load(address, input.width);
        const text = `${status === undefined ? "" : `Status ${status}. `}${await whereWeAre(live)}`;
        return status !== undefined && status >= 400 ? failed(text) : done(text);
      }),
  });
}

function readPage(live: LivePage): AgentTool {
  const shownFrom = async (part: Page | Locator): Promise<ToolOutcome> => {
    const tree = await part.ariaSnapshot({ mode: "ai", timeout: ACT_MS, signal: live.signal });
    const rest = tree.length > MAX_TREE ? `\n[${tree.length - MAX_TREE} more characters; read a part by its ref]` : "";
    return done(`${await whereWeAre(live)}\nThe page, as data:\n${tree.slice(0, MAX_TREE)}${rest}`);
  };
  return defineTool({
    name: "read_page",
    description:
      "The page as its accessibility tree: roles, names, states, and a reference for each element. References hold until the page changes.",
    input: z.strictObject({ ref: ref.optional().describe("Only the part below this element") }),
    run: (input) =>
      input.ref === undefined ? acting(() => shownFrom(live.page)) : onElement(live, input.ref, shownFrom),
  });
}

function inspect(live: LivePage): AgentTool {
  return defineTool({
    name: "inspect",
    description:
      "How an element is drawn: its box, its colours and their contrast, font, layout, whether something covers it or it is cut off.",
    input: z.strictObject({ ref }),
    run: (input) => onElement(live, input.ref, async (element) => done(await readElement(element, live.signal))),
  });
}

function click(live: LivePage): AgentTool {
  return defineTool({
    name: "click",
    description: "Clicks an element, as a user would: it must be seen and not be covered.",
    input: z.strictObject({ ref }),
    run: (input) =>
      onElement(live, input.ref, async (element) => {
        await element.click({ timeout: ACT_MS, signal: live.signal });
        return doneAfter(live, `Clicked ${input.ref}.`);
      }),
  });
}

function type(live: LivePage): AgentTool {
  return defineTool({
    name: "type",
    description: "Puts text into a field in place of what is there.",
    input: z.strictObject({
      ref,
      text: z.string().max(10_000),
      submit: z.boolean().optional().describe("true: press Enter afterwards"),
    }),
    run: (input) =>
      onElement(live, input.ref, async (element) => {
        await element.fill(input.text, { timeout: ACT_MS, signal: live.signal });
        if (input.submit === true) await element.press("Enter", { timeout: ACT_MS, signal: live.signal });
        return doneAfter(live, `Typed into ${input.ref}.`);
      }),
  });
}

function press(live: LivePage): AgentTool {
  return defineTool({
    name: "press",
    description: "Presses a key or keys together: Enter, Tab, Escape, ArrowDown, Control+A.",
    input: z.strictObject({
      key: z.string().min(1).max(50),
      ref: ref.optional().describe("Default: what has the focus"),
    }),
    async run({ key, ref: given }) {
      if (given === undefined) {
        return acting(async () => {
          await live.answerOf(live.page.keyboard.press(key));
          return doneAfter(live, `Pressed ${key}.`);
        });
      }
      return onElement(live, given, async (element) => {
        await element.press(key, { timeout: ACT_MS, signal: live.signal });
        return doneAfter(live, `Pressed ${key}.`);
      });
    },
  });
}

function select(live: LivePage): AgentTool {
  return defineTool({
    name: "select",
    description: "Chooses in a list (an HTML select), by the values or the words shown.",
    input: z.strictObject({ ref, values: z.array(z.string().max(500)).min(1).max(50) }),
    run: (input) =>
      onElement(live, input.ref, async (element) => {
        const chosen = await element.selectOption([...input.values], { timeout: ACT_MS, signal: live.signal });
        return doneAfter(live, `Chosen: ${chosen.join(", ")}.`);
      }),
  });
}

function wait(live: LivePage): AgentTool {
  return defineTool({
    name: "wait",
    description: "Waits until a text is shown, or for some milliseconds.",
    input: z.strictObject({
      text: z.string().min(1).max(500).optional(),
      ms: z.number().int().min(1).max(MAX_WAIT_MS).optional().describe(`At most ${MAX_WAIT_MS}`),
    }),
    run: (input) =>
      acting(async () => {
        const { text, ms } = input;
        if (text === undefined) {
          await live.wait(ms ?? 1_000);
          return doneAfter(live, `Waited ${ms ?? 1_000} ms.`);
        }
        const shown = live.page.getByText(text).first();
        await shown.waitFor({ state: "visible", timeout: ms ?? ACT_MS, signal: live.signal });
        return doneAfter(live, `${JSON.stringify(text)} is shown.`);
      }),
  });
}

function readConsole(live: LivePage): AgentTool {
  return defineTool({
    name: "read_console",
    description: "What the page has written to its console since it was loaded, uncaught errors included.",
    input: z.strictObject({}),
    run: () => {
      const { lines } = live.watch;
      return done(lines.length === 0 ? "Nothing was written." : `The console, as data:\n${lines.join("\n")}`);
    },
  });
}

function screenshot(live: LivePage, dir: string): AgentTool {
  let count = 0;
  return defineTool({
    name: "screenshot",
    description:
      "Keeps a picture of the page as it is now, beside those before the first and after the last change, which are taken by themselves.",
    input: z.strictObject({}),
    run: () =>
      acting(async () => {
        if (count >= MAX_SCREENSHOTS) return failed(`${MAX_SCREENSHOTS} pictures are kept already.`);
        count += 1;
        const name = `seen-${count}.png`;
        await live.answerOf(savePicture({ page: live.page }, join(dir, name)), PICTURE_MS);
        return done(`Kept as ${name}. It is for people; read_page and inspect say what is on the page.`);
      }),
  });
}
