/**
 * Makes docs/run.svg, the picture at the top of the README, from a real run: `node scripts/make-picture.ts`.
 * Runs `allot demo` in an empty home folder and draws the plan and the report that it shows.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
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

/** What the demo prints where the output is no terminal, in colour. */
function record(): string {
  const home = mkdtempSync(join(tmpdir(), "allot-picture-"));
  try {
    return execFileSync(process.execPath, [join(root, "src/cli/main.ts"), "demo", "--color", "always"], {
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        TMPDIR: home,
        COLUMNS: "100",
        npm_lifecycle_event: "start",
        npm_package_name: "allot",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * The plan and the report, without the lines that tell each event between them. What differs from one run to the next, the
 * run's id and revisions and the folder's name, is made the same, so that a picture only changes when the screen does.
 */
function screens(output: string): string[] {
  const lines = output
    .replaceAll(/\/\S*allot-sample-\w+/g, "/tmp/todo")
    .replaceAll(/\d{8}-\d{6}-[a-z0-9]{4}/g, "20261121-143002-7kq2")
    .replaceAll(/(diff --stat )[0-9a-f]{10}/g, "$1244143dd4a")
    .split("\n")
    .map((line) => line.trimEnd());
  const at = (sign: string): number => {
    const index = lines.findIndex((line) => stripVTControlCharacters(line).startsWith(sign));
    if (index === -1) throw new Error(`the demo printed no line that begins with "${sign}"`);
    return index;
  };
  return [
    ...lines.slice(at("Plan by"), at("Checks that will be run")),
    ...lines.slice(at("✔ accepted"), at("On your own code")),
  ];
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let colour = "#c9d1d9";
  let bold = false;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
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

writeFileSync(join(root, "docs/run.svg"), draw(screens(record())));
