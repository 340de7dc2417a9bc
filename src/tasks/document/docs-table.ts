import type { DocsCheck } from "./check-docs.ts";

/** Names and differences that are told one by one; the rest is counted. */
const MOST_TOLD = 20;

/** What the comparison says, as Markdown that stands below the document. "" where the code exports nothing. Pure. */
export function docsTable({ exported, documented, files, findings }: DocsCheck): string {
  const wrong = findings.filter(({ rule }) => rule !== "not-documented");
  if (exported === 0 && wrong.length === 0) return "";
  const exportsText = exported === 0 ? "" : `Documented ${documented} of ${exported} exports.`;
  const wrongText =
    wrong.length === 0
      ? ""
      : `${wrong.length} ${wrong.length === 1 ? "statement does" : "statements do"} not fit the code.`;
  const incomplete = files.filter(({ missing }) => missing.length > 0);
  return [
    "## Checked against the code",
    "",
    [exportsText, wrongText].filter((part) => part !== "").join(" "),
    ...(files.length === 0 ? [] : ["", "| file | documented | missing |", "|---|---|---|"]),
    ...files.map(
      ({ path, exported: names, missing }) =>
        `| \`${path}\` | ${names.length - missing.length} of ${names.length} | ${listed(missing)} |`,
    ),
    ...(wrong.length === 0
      ? []
      : ["", ...wrong.slice(0, MOST_TOLD).map(({ title, detail }) => `- **${title}.** ${detail}`)]),
    ...(wrong.length > MOST_TOLD ? [`- ${wrong.length - MOST_TOLD} more.`] : []),
    ...(incomplete.length === 0 && wrong.length === 0
      ? ["", "Every exported name is documented, and every documented name is in the code."]
      : []),
  ].join("\n");
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_TOLD).map((name) => `\`${name}\``);
  return [...shown, ...(names.length > MOST_TOLD ? [`${names.length - MOST_TOLD} more`] : [])].join(", ");
}
