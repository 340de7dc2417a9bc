import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTION_NAMES, optionSpec } from "../../src/config/options.ts";
import type { OptionName } from "../../src/config/options.ts";
import { EVERYWHERE } from "../../src/config/parse-flags.ts";

test("every option is a flag of some command, or has a variable that any command reads", () => {
  const flags = new Set<OptionName>([...EVERYWHERE, "version", ...COMMANDS.flatMap((command) => command.options)]);
  const idle = OPTION_NAMES.filter((name) => !flags.has(name) && optionSpec(name).env === undefined);
  expect(idle).toEqual([]);
});

test("no command shares its name or an option's short letter with another", () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const clashes = COMMANDS.flatMap(({ name, options }) => {
    const shorts = [...new Set<OptionName>([...options, ...EVERYWHERE])].flatMap(
      (option) => optionSpec(option).short ?? [],
    );
    return shorts.filter((short, index) => shorts.indexOf(short) !== index).map((short) => `${name} -${short}`);
  });
  expect(clashes).toEqual([]);
});
