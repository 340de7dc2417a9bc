import { existsSync } from "node:fs";
import { basename, extname } from "node:path";
import type { WorkPlan, WorkResult } from "../../../../tasks/work.ts";
import { sarifOf } from "../../../../tasks/security/sarif.ts";
import type { SecurityScan } from "../../../../tasks/security/scan-security.ts";
import type { Io } from "../../../command.ts";
import { paint } from "../../../view/colour.ts";
import { columnsOf } from "../../../view/fit.ts";
import { paintMarkdown } from "../../../view/work/paint-markdown.ts";
import { workResultJson } from "../../../view/work/work-json.ts";
import { workResultScreen } from "../../../view/work/work-result-screen.ts";
import { VERSION } from "../../../../foundation/version.ts";
import { fileIn, type Output, type OutputFormat } from "./read-output.ts";
import { scannerLines } from "./scan-result.ts";
import { writeWhole } from "./write-whole.ts";

export interface Delivered {
  readonly plans: readonly WorkPlan[];
  readonly results: readonly WorkResult[];
  readonly why: string;
  /** What scanners found, where they were asked; null where not. */
  readonly scan: SecurityScan | null;
}

export interface DeliverOptions {
  readonly io: Io;
  readonly json: boolean;
  readonly coloured: boolean;
  /** File for SARIF beside everything else. */
  readonly sarif: string | null;
}

/** Brings results where they were asked for: files first, so that what is told of them is true. Throws `file-unusable`. */
export async function deliver(delivered: Delivered, output: Output, options: DeliverOptions): Promise<void> {
  const { io, json, sarif } = options;
  if (sarif !== null) await writeWhole(sarif, textAs("sarif", delivered, []));
  const files = await writeFiles(delivered, output, io);
  if (json) {
    io.stdout.write(textAs("json", delivered, files));
    return;
  }
  const scanners = delivered.scan === null ? [] : scannerLines(delivered.scan);
  const form = { paint: paint(options.coloured), columns: columnsOf(io) };
  const screen = workResultScreen(delivered.results, scanners, form);
  const written = [...files, sarif].flatMap((file) => (file === null ? [] : [`Wrote ${file}\n`])).join("");
  switch (output.kind) {
    case "screen":
      io.stdout.write(
        `${paintMarkdown(textAs("markdown", delivered, files), form.paint, io.stdout.isTTY === true ? form.columns : null)}${written}`,
      );
      return;
    case "stream":
      io.stdout.write(textAs(output.format, delivered, files));
      return;
    case "file":
    case "folder":
      io.stdout.write(`${screen}${written}`);
      return;
  }
}

/** Answers the file of each result; null where it has none of its own. */
async function writeFiles(delivered: Delivered, output: Output, io: Io): Promise<readonly (string | null)[]> {
  const { plans, results } = delivered;
  if (output.kind === "file") {
    const isWhole = results.every(({ complete }) => complete);
    const isWritten = await replace(output.path, textAs(output.format, delivered, [output.path]), isWhole, io);
    return results.map(() => (isWritten ? output.path : null));
  }
  if (output.kind !== "folder") return results.map(() => null);
  const files: (string | null)[] = [];
  for (const [index, result] of results.entries()) {
    const file = fileIn(output.path, nameOf(plans[index]) ?? result.kind);
    files.push((await replace(file, result.text, result.complete, io)) ? file : null);
  }
  return files;
}

/** An incomplete result does not take the place of a file that is there. Answers whether it was written. */
async function replace(path: string, text: string, isComplete: boolean, io: Io): Promise<boolean> {
  if (!isComplete && existsSync(path)) {
    io.stderr.write(`allot: ${path} stays as it was: the new result is incomplete\n`);
    return false;
  }
  await writeWhole(path, text);
  return true;
}

/** What a file of that work is called: its one module, or its one file. */
function nameOf(plan: WorkPlan | undefined): string | undefined {
  const target = plan?.spec.target;
  if (target?.by === "modules") return target.names.length === 1 ? target.names[0] : undefined;
  if (target?.by !== "paths" || target.paths.length !== 1) return undefined;
  const [path = ""] = target.paths;
  return basename(path, extname(path));
}

function textAs(format: OutputFormat, delivered: Delivered, files: readonly (string | null)[]): string {
  const { plans, results, why, scan } = delivered;
  switch (format) {
    case "markdown":
      return results.map(({ text }) => text).join("\n");
    case "json":
      return `${JSON.stringify({
        ...workResultJson(plans, results, files, why),
        ...(scan === null ? {} : { scanners: scan.scanners }),
      })}\n`;
    case "sarif": {
      const findings = results.flatMap((result) => result.findings);
      return `${JSON.stringify(sarifOf(findings, VERSION), null, 2)}\n`;
    }
  }
}
