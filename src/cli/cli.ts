/**
 * The command line: one table of commands, one way from arguments to an exit code.
 *
 * Owns wording and exit codes, nothing else: a command reads its options, asks the App, and shows what it answers.
 * Faults arrive here as AllotError and become one clear text; nothing below prints.
 */
import { parseFlags } from "../config/parse-flags.ts";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError, ERRORS, isAllotError } from "../foundation/errors.ts";
import type { Command, Io } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { VERSION } from "../foundation/version.ts";
import { columnsOf } from "./view/fit.ts";

/** Runs one command; answers its exit code. Never throws. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  try {
    const [first] = argv;
    if (first === undefined || first === "help" || first === "--help" || first === "-h") {
      const asked = argv.slice(1).join(" ");
      const command = asked === "" ? undefined : (await findCommand(argv.slice(1))).command;
      const columns = columnsOf(io);
      io.stdout.write(
        command === undefined ? programHelp(await allCommands(), columns) : commandHelp(command, columns),
      );
      return first === undefined ? ERRORS.usage.exitCode : 0;
    }
    if (first === "--version") {
      io.stdout.write(`allot ${VERSION}\n`);
      return 0;
    }
    const { command, rest } = await findCommand(argv);
    const { flags, positionals } = parseFlags(rest, command.options);
    if (flags.help === true) {
      io.stdout.write(commandHelp(command, columnsOf(io)));
      return 0;
    }
    if (command.positionals === "" && positionals.length > 0) {
      throw new AllotError(
        "usage",
        `allot ${command.name} takes no "${positionals[0]}", only options; allot ${command.name} --help lists them.`,
      );
    }
    return await command.run({ positionals, flags }, io);
  } catch (error) {
    return report(error, argv.includes("--json"), io);
  }
}

/** Commands that somebody waits for, and of which no longer name begins with theirs: reading all takes half a second. */
const QUICK: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["serve", async () => (await import("./commands/gateway/serve.ts")).serveCommand],
  ["contract validate", async () => (await import("./commands/contract/validate.ts")).contractValidateCommand],
  ["contract init", async () => (await import("./commands/contract/init.ts")).contractInitCommand],
  ["contract extract", async () => (await import("./commands/contract/extract.ts")).contractExtractCommand],
  ["chunks", async () => (await import("./commands/work/chunks.ts")).chunksCommand],
  ["list", async () => (await import("./commands/work/list.ts")).listCommand],
  ["hook", async () => (await import("./commands/guest/hook.ts")).hookCommand],
  ["mcp", async () => (await import("./commands/guest/mcp.ts")).mcpCommand],
  ["measure", async () => (await import("./commands/spend/measure.ts")).measureCommand],
  ["statusline", async () => (await import("./commands/guest/statusline.ts")).statuslineCommand],
  ["map", async () => (await import("./commands/work/map.ts")).mapCommand],
]);

async function allCommands(): Promise<readonly Command[]> {
  return (await import("./commands.ts")).COMMANDS;
}

/** "gates check" before "gates": the longest name that the arguments begin with. */
async function findCommand(argv: readonly string[]): Promise<{ command: Command; rest: readonly string[] }> {
  for (const words of [2, 1]) {
    const quick = QUICK.get(argv.slice(0, words).join(" "));
    if (quick !== undefined) return { command: await quick(), rest: argv.slice(words) };
  }
  const commands = await allCommands();
  const fitting = commands.filter(({ name }) => name.split(" ").every((word, index) => argv[index] === word));
  const command = fitting.toSorted((a, b) => b.name.length - a.name.length)[0];
  if (command !== undefined) return { command, rest: argv.slice(command.name.split(" ").length) };
  const names = commands.map(({ name }) => name);
  throw new AllotError(
    "usage",
    `"${argv[0]}" is not a command.${didYouMean(argv[0] ?? "", names)} allot --help lists them.`,
  );
}

function report(error: unknown, json: boolean, io: Io): number {
  const interrupted = io.signal.aborted || (error instanceof Error && error.name === "AbortError");
  const fault = isAllotError(error)
    ? error
    : interrupted
      ? new AllotError("interrupted", "stopped")
      : new AllotError("internal", error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (json) {
    const { code, message, details } = fault;
    io.stdout.write(`${JSON.stringify({ error: { code, message, details } })}\n`);
  } else {
    io.stderr.write(`allot: ${fault.message}\n`);
  }
  return fault.exitCode;
}
