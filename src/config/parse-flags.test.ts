import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { describeOptions } from "./describe-options.ts";
import { parseFlags } from "./parse-flags.ts";

const RUN = ["repo", "yes", "big", "upstream", "limitUsd", "color"] as const;

function refusal(argv: readonly string[]): string {
  try {
    parseFlags(argv, RUN);
  } catch (error) {
    if (isAllotError(error, "usage")) return error.message;
    throw error;
  }
  return "accepted";
}

describe("flags", () => {
  test("take their value after a space or an equals sign, and leave the rest in order", () => {
    expect(parseFlags(["Split x", "--repo=/r", "--big", "sonnet", "y"], RUN)).toEqual({
      flags: { repo: "/r", big: "sonnet" },
      positionals: ["Split x", "y"],
    });
  });

  test("have short letters", () => {
    expect(parseFlags(["-y", "-h"], RUN).flags).toEqual({ yes: true, help: true });
  });

  test("that are repeatable keep every value, others the last", () => {
    const { flags } = parseFlags(["--upstream", "a=http://x", "--upstream=b=http://y", "--big", "1", "--big=2"], RUN);
    expect(flags).toEqual({ upstream: ["a=http://x", "b=http://y"], big: "2" });
  });

  test("are switched off by --no-", () => {
    expect(parseFlags(["--no-yes", "--no-color"], RUN).flags).toEqual({ yes: false, color: "never" });
  });

  test("end at two dashes", () => {
    expect(parseFlags(["--yes", "--", "--big"], RUN)).toEqual({ flags: { yes: true }, positionals: ["--big"] });
  });

  test("may take a value with a dash in front after an equals sign", () => {
    expect(parseFlags(["--big=-odd"], RUN).flags).toEqual({ big: "-odd" });
  });

  test("that list words are repeatable, and alone only where they may", () => {
    const parsed = (...argv: string[]) => parseFlags(argv, ["files", "file", "suggestions"]);
    expect(parsed("--files=a.ts", "b.ts", "--file", "c.ts", "--file=d.ts")).toEqual({
      flags: { files: ["a.ts"], file: ["c.ts", "d.ts"] },
      positionals: ["b.ts"],
    });
    expect(parsed("--suggestions", "--file=F")).toEqual({ flags: { suggestions: true, file: ["F"] }, positionals: [] });
    expect(parsed("--suggestions", "src/a.py").positionals).toEqual(["src/a.py"]);
    expect(parsed("--suggestions", "security,style", "src/a.py")).toEqual({
      flags: { suggestions: ["security,style"] },
      positionals: ["src/a.py"],
    });
    expect(parsed("--suggestions=anything at all").flags).toEqual({ suggestions: ["anything at all"] });
    expect(parsed("--files=").flags).toEqual({ files: [""] });
  });

  test("of every command are known without being listed", () => {
    expect(parseFlags(["--help", "--home", "/h"], []).flags).toEqual({ help: true, home: "/h" });
  });
});

describe("a flag is refused", () => {
  test.each([
    [["--bgi", "x"], "--bgi is not an option of this command. Did you mean --big? --help lists them."],
    [
      ["--concurrency", "3"],
      "--concurrency is not an option of this command. It belongs to other commands. --help lists them.",
    ],
    [["-x"], "-x is not an option of this command. --help lists them."],
    [["--big"], "--big needs a value: --big MODEL"],
    [["--big", "--yes"], "--big needs a value: --big MODEL"],
    [["--no-big"], "--no-big is not an option of this command. Did you mean --big? --help lists them."],
    [
      ["--api-key", "sk-1"],
      "--api-key is not an option: keys are read from the environment only (ANTHROPIC_API_KEY ...)",
    ],
  ])("for %j", (argv, message) => {
    expect(refusal(argv)).toBe(message);
  });
});

test("help shows flag, value, meaning and default", () => {
  expect(describeOptions(["limitUsd", "yes", "network"])).toEqual([
    {
      name: "limitUsd",
      flag: "--limit-usd USD",
      text: "most that one run may hold and spend; a project's file can only lower the user's own",
    },
    { name: "yes", flag: "-y, --yes", text: "carry out the plan without asking" },
    {
      name: "network",
      flag: "--network off|on",
      text: "network for those commands; off where the system can withhold it (default off)",
    },
    { name: "help", flag: "-h, --help", text: "show help and stop" },
    { name: "home", flag: "--home DIR", text: "folder of the user's configuration, store and logs (default ~/.allot)" },
    {
      name: "color",
      flag: "--color auto|always|never",
      text: "colours, also where the output is no terminal (always) or nowhere (never) (default auto)",
    },
  ]);
});
