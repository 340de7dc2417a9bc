import { basename } from "node:path";
import { openCodebaseFacts } from "../../../app/work/codebase-facts.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { codebaseTree } from "../../view/work/codebase-tree.ts";
import { moduleJson } from "../../view/work/list-screen.ts";
import { mapPage } from "../../view/work/map-page.ts";
import { mapScreen } from "../../view/work/map-screen.ts";
import { writeWhole } from "./drive/write-whole.ts";

/** Lines of the tree, unless all of it is asked for. */
const LINES = 80;

/** `allot map`: the codebase as a tree, or as a page with a treemap. */
export const mapCommand: Command = {
  name: "map",
  summary: "the codebase as a tree with tokens and criticality; --html writes a page to look at",
  positionals: "",
  options: ["html", "all", "repo", "json"],
  optionTexts: { all: "every folder and file, however many lines that is" },
  examples: [
    { command: "allot map", shows: "the heaviest and most critical folders, opened first" },
    { command: "allot map --html map.html", shows: "a treemap in one file: area is tokens, colour is criticality" },
    { command: "allot map --json", shows: "for programs: tree, modules, and what was left out with the reason" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { html, all, json } = config.settings;
    const codebase = await openCodebaseFacts(config, { signal: io.signal });
    if (html !== null) await writeWhole(html, mapPage(codebase, basename(codebase.root)));
    if (json) {
      const { root, commit, modules, leftOut } = codebase;
      const facts = { root, commit, tree: codebaseTree(codebase), modules: modules.map(moduleJson), leftOut };
      io.stdout.write(`${JSON.stringify({ ...facts, html })}\n`);
    } else if (html !== null) {
      io.stdout.write(`wrote ${html}: open it in a browser\n`);
    } else {
      const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
      io.stdout.write(mapScreen(codebase, { ...form, most: all ? Number.MAX_SAFE_INTEGER : LINES }));
    }
    return 0;
  },
};
