/**
 * Makes docs/run.svg, the picture at the top of the README, from a real run: `node scripts/make-picture.ts`.
 * Runs `allot demo` in an empty home folder and draws what stands on the screen at its end.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { displayWidth } from "../src/foundation/table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const COLUMN = 8.2;
const LINE = 18;
const MARGIN = 18;

const COLOURS: Readonly<Record<string, string>> = {
  "31": "#ff7b72",
  "32": "#56d364",
  "33": "#e3b341",
  "36": "#76e3ea",
};

interface Span {
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
}

function record(): string {
  const home = mkdtempSync(join(tmpdir(), "allot-picture-"));
  try {
    return execFileSync(process.execPath, [join(root, "src/cli/main.ts"), "demo", "--color", "always"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: home, COLUMNS: "118", ALLOT_OFFLINE: "yes" },
      stdio: ["ignore", "pipe", "inherit"],
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What is left on the screen after the last redraw, without what names this machine's folders. */
function lastScreen(output: string): string[] {
  // Each frame of the live view begins by erasing the one before; only the text behind the last erasure stays.
  const erase = output.lastIndexOf("\u001b[2K");
  const end = output.slice(output.indexOf("\n", erase) + 1);
  const lines = end.split("\n").map((line) => line.replaceAll(/\/\S*allot-sample-\w+/g, "./todo").trimEnd());
  const first = lines.findIndex((line) => line.includes("accepted"));
  return lines.slice(Math.max(0, first));
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let colour = "#c9d1d9";
  let bold = false;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    // oxlint-disable-next-line no-control-regex -- colour codes begin with an escape character
    const code = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (code === undefined) {
      if (part !== "") spans.push({ text: part, colour, bold });
    } else if (code === "1") bold = true;
    else if (code === "2") colour = "#8b949e";
    else if (code === "22") {
      bold = false;
      colour = "#c9d1d9";
    } else colour = COLOURS[code] ?? "#c9d1d9";
  }
  return spans;
}

function draw(lines: readonly string[]): string {
  const width = Math.max(...lines.map(displayWidth)) * COLUMN + 2 * MARGIN;
  const height = (lines.length + 2) * LINE + 2 * MARGIN;
  const rows = [`\u001b[2m$\u001b[22m npm start`, "", ...lines].map((line, row) => {
    let column = 0;
    const texts = spansOf(line).map(({ text, colour, bold }) => {
      const x = MARGIN + column * COLUMN;
      column += displayWidth(text);
      const weight = bold ? ' font-weight="bold"' : "";
      return `<tspan x="${x.toFixed(1)}" fill="${colour}"${weight} xml:space="preserve">${escapeXml(text)}</tspan>`;
    });
    return `<text y="${MARGIN + (row + 1) * LINE}">${texts.join("")}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${height}" viewBox="0 0 ${Math.ceil(width)} ${height}">`,
    `<rect width="100%" height="100%" rx="10" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13.6">`,
    ...rows,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

writeFileSync(join(root, "docs/run.svg"), draw(lastScreen(record())));
