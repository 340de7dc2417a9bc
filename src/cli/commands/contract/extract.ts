import { existsSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import { contractText, type ContractFormat } from "../../../contract/contracts/contract-text.ts";
import { validateContract } from "../../../contract/validate-contract.ts";
import { AllotError } from "../../../foundation/errors.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { writeWhole } from "../work/drive/write-whole.ts";

/** `allot contract extract`: a contract out of what code serves. */
export const contractExtractCommand: Command = {
  name: "contract extract",
  summary: "writes a contract out of the routes that a server's code serves",
  positionals: "DIR",
  options: ["root", "output", "json"],
  optionTexts: {
    output: "a file to write, by its ending Markdown or OpenAPI (.json, .yaml); without it the Markdown is printed",
    json: "one JSON object: the contract's text, routes, unresolved",
  },
  optionValues: { output: "FILE" },
  examples: [
    { command: "allot contract extract backend", shows: "the contract on standard output, each route with its place" },
    { command: "allot contract extract backend --output API_CONTRACT.md", shows: "writes it to a file" },
    { command: "allot contract extract backend --output openapi.yaml", shows: "as OpenAPI" },
  ],
  async run(input, io) {
    const { root, output, json } = loadCommandConfig(input, io).settings;
    const [folder, more] = input.positionals;
    if (folder === undefined || folder.trim() === "")
      throw new AllotError("usage", "allot contract extract needs a folder: extract DIR");
    if (more !== undefined)
      throw new AllotError("usage", `allot contract extract takes one folder, no second one "${more}"`);
    const here = resolve(io.cwd, folder);
    const servers = [existsSync(here) ? here : folder];
    const { routes, unresolved } = await validateContract({ root, servers }, io.signal);
    if (routes.length === 0) {
      throw new AllotError(
        "input-invalid",
        `no route was found in ${folder}: nothing of a known framework serves there`,
      );
    }
    const isHere = existsSync(here) && realpathSync(here) === realpathSync(root);
    const text = contractText(routes, formatOf(output), basename(isHere ? resolve(root) : folder));
    if (output !== null) await writeWhole(resolve(io.cwd, output), text);
    if (json) io.stdout.write(`${JSON.stringify({ contract: text, output, routes, unresolved })}\n`);
    else if (output === null) io.stdout.write(text);
    else io.stdout.write(`wrote ${output}: ${routes.length} routes\n`);
    for (const { file, line, reason } of unresolved)
      io.stderr.write(`allot: ${file}:${line} is not in it: ${reason}\n`);
    return 0;
  },
};

function formatOf(output: string | null): ContractFormat {
  if (output?.endsWith(".json") === true) return "openapi-json";
  return output !== null && /\.ya?ml$/.test(output) ? "openapi-yaml" : "markdown";
}
