import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { contractTemplate } from "../../../contract/contracts/contract-template.ts";
import { AllotError } from "../../../foundation/errors.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { writeWhole } from "../work/drive/write-whole.ts";

/** `allot contract init`: a contract to fill in. */
export const contractInitCommand: Command = {
  name: "contract init",
  summary: "writes a new API contract to fill in; a file that is there is never overwritten",
  positionals: "[FILE]",
  options: ["json"],
  examples: [
    { command: "allot contract init", shows: "writes API_CONTRACT.md in this folder" },
    { command: "allot contract init docs/API_CONTRACT.md", shows: "writes it there" },
  ],
  async run(input, io) {
    const { json } = loadCommandConfig(input, io).settings;
    const [written = "API_CONTRACT.md", more] = input.positionals;
    if (more !== undefined)
      throw new AllotError("usage", `allot contract init takes one file, no second one "${more}"`);
    if (written.trim() === "") {
      throw new AllotError("usage", "allot contract init got an empty name: init FILE, or nothing for API_CONTRACT.md");
    }
    const file = resolve(io.cwd, written);
    if (existsSync(file)) {
      throw new AllotError(
        "file-unusable",
        `${written} is there already; name another file, or move it out of the way`,
      );
    }
    await writeWhole(file, contractTemplate(basename(io.cwd)));
    io.stdout.write(json ? `${JSON.stringify({ contract: file })}\n` : `wrote ${written}\n`);
    return 0;
  },
};
