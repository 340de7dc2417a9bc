import { COMMANDS } from "../../src/cli/commands.ts";
import { optionTexts, usageOf } from "../../src/cli/help.ts";
import { markdownTable } from "./markdown-table.ts";

/** docs/commands.md: every command with its options and examples, from the table that help is made from. */
export function commandsPage(): string {
  const overview = COMMANDS.map((command) => [
    `[\`allot ${usageOf(command)}\`](#allot-${command.name.replaceAll(" ", "-")})`,
    command.summary,
  ]);
  return `# Commands

Written from the command table by \`npm run docs\`, compared by a test. Where allot was not installed, \`npm start --\` stands for
\`allot\`: \`npm start -- runs\`. Every option that is not of one call only can also be set in the environment or in a file: see
\`docs/config.md\`.

${markdownTable(["command", "what it does"], overview)}

Exit codes: 0 done and accepted; 1 refused (\`gates check\`); 3 the user has to decide; 130 stopped by Ctrl-C; all others stand in
\`docs/errors.md\`.

${COMMANDS.map(sectionOf).join("\n\n")}
`;
}

function sectionOf(command: (typeof COMMANDS)[number]): string {
  return `## allot ${command.name}

\`allot ${usageOf(command)} [options]\`: ${command.summary}.

${command.examples.map(({ command: line, shows }) => `\`\`\`sh\n${line}\n\`\`\`\n${shows}`).join("\n\n")}

${markdownTable(
  ["option", "meaning"],
  optionTexts(command).map(({ flag, text }) => [`\`${flag}\``, text]),
)}`;
}
