import { isNothingCompared, type ContractReport } from "../../../contract/contract.ts";
import { validateContract } from "../../../contract/validate-contract.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { ERRORS, isAllotError } from "../../../foundation/errors.ts";
import type { Config } from "../../../config/config.ts";
import type { Command, Io } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { VERSION } from "../../../foundation/version.ts";
import { paint } from "../../view/colour.ts";
import { contractScreen } from "../../view/contract/contract-screen.ts";
import { columnsOf } from "../../view/fit.ts";
import { writeWhole } from "../work/drive/write-whole.ts";
import { readPlaces, shownPlace } from "./read-places.ts";

/** `allot contract validate`: contract, server and clients against each other. */
export const contractValidateCommand: Command = {
  name: "contract validate",
  summary:
    "compares an API contract with what a server's code serves and what clients' code calls; ends with 65 where they differ, or nothing was compared",
  positionals: "[CONTRACT [BACKEND [FRONTEND]]]",
  options: ["root", "contract", "server", "client", "json", "sarif", "junit", "watch"],
  optionTexts: {
    sarif: "also write the findings as SARIF; - writes them here instead of the table",
    junit: "also write the result as JUnit XML; - writes it here instead of the table",
    json: "one JSON object: routes, calls, endpoints, findings, unresolved, compared",
    watch: "again whenever the contract or the code has changed, until Ctrl-C",
  },
  examples: [
    {
      command: "allot contract validate API_CONTRACT.md backend frontend",
      shows: "each difference, and what to change",
    },
    {
      command: "allot contract validate",
      shows: "the contract at its usual place; servers and clients are found by what files import",
    },
    {
      command: "allot contract validate --contract openapi.yaml --server api,worker --json",
      shows: "two folders of server code against OpenAPI, for programs",
    },
    {
      command: "allot contract validate API_CONTRACT.md backend --sarif findings.sarif --junit contract.xml",
      shows: "files that code hosts and build servers read",
    },
    { command: "allot contract validate --watch", shows: "a new table after each change" },
  ],
  async run({ positionals, flags }, io) {
    const config = loadCommandConfig({ positionals, flags }, io);
    const options = readPlaces(positionals, config, io.cwd);
    const contract = options.contract === undefined ? null : shownPlace(options.contract, io.cwd);
    const form: Form = { config, io, contract, toStdout: stdoutForm(flags) };
    if (!config.settings.watch) return show(await validateContract(options, io.signal), form);
    const { watchContract } = await import("../../../contract/watch-contract.ts");
    let exitCode = 0;
    for await (const seen of watchContract(options, { clock: systemClock, signal: io.signal })) {
      if (!(seen instanceof Error)) exitCode = await show(seen, form);
      else if (isAllotError(seen)) io.stderr.write(`allot: ${seen.message}\n`);
      else throw seen;
    }
    return exitCode;
  },
};

interface Form {
  readonly config: Config;
  readonly io: Io;
  readonly contract: string | null;
  readonly toStdout: "sarif" | "junit" | undefined;
}

/** Writes a report in all forms that were asked for; answers the exit code. */
async function show(report: ContractReport, { config, io, contract, toStdout }: Form): Promise<number> {
  const { sarif, junit, json } = config.settings;
  if (sarif !== null) {
    const { contractSarif } = await import("../../../contract/report/contract-sarif.ts");
    const text = `${JSON.stringify(contractSarif(report.findings, VERSION), null, 2)}\n`;
    if (toStdout === "sarif") io.stdout.write(text);
    else await writeWhole(sarif, text);
  }
  if (junit !== null) {
    const { contractJunit } = await import("../../../contract/report/contract-junit.ts");
    if (toStdout === "junit") io.stdout.write(contractJunit(report));
    else await writeWhole(junit, contractJunit(report));
  }
  if (json) io.stdout.write(`${JSON.stringify(report)}\n`);
  else if (toStdout === undefined) {
    io.stdout.write(contractScreen(report, { paint: paint(isColoured(config, io)), columns: columnsOf(io), contract }));
  }
  return report.findings.length > 0 || isNothingCompared(report) ? ERRORS["contract-broken"].exitCode : 0;
}

function stdoutForm(flags: Readonly<Record<string, unknown>>): Form["toStdout"] {
  return (["sarif", "junit"] as const).find((form) => flags[form] === "-");
}
