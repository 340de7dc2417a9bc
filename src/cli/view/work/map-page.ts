import type { Codebase } from "../../../codebase/facts/facts.ts";
import { formatCount } from "../../../foundation/units.ts";
import { codebaseTree, sumLeftOut, type TreeNode } from "./codebase-tree.ts";
import { modulesByWeight, whyText } from "./list-screen.ts";
import { MAP_SCRIPT } from "./map-page-script.ts";
import { MAP_STYLE } from "./map-page-style.ts";

/** Modules that the table below the picture names. */
const MOST_ROWS = 40;

/**
 * A page of its own (no server, no network, nothing loaded): every file as a rectangle, as large as its tokens, the redder
 * the more depends on it; folders open by a click. The same codebase gives the same bytes. Pure.
 */
export function mapPage(codebase: Codebase, title: string): string {
  const tree = codebaseTree(codebase);
  const critical = codebase.modules.filter(({ criticality }) => criticality.isCritical).length;
  const facts = [
    `${formatCount(tree.tokens)} tokens`,
    `${formatCount(tree.files)} files`,
    `${formatCount(codebase.modules.length)} modules`,
    `${formatCount(critical)} critical`,
    ...(codebase.commit === null ? [] : [`commit ${codebase.commit.slice(0, 10)}`]),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}: map</title>
<style>${MAP_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${facts.map((fact) => `<span>${escapeHtml(fact)}</span>`).join(" ")}</p>
<label>Find <input id="find" type="search" placeholder="file or module" autocomplete="off"></label>
</header>
<nav id="trail" aria-label="Where you are"></nav>
<main id="map" aria-label="Files by size, coloured by how much depends on them"></main>
<p class="legend"><span>little depends on it</span><i></i><span>much depends on it</span><b></b><span>critical</span><em>Area: tokens. Click a folder to open it, Esc to leave it.</em></p>
<div id="tip" role="status" hidden></div>
<section>
<h2>What most depends on</h2>
${modulesTable(codebase)}
</section>
${leftOutSection(codebase)}
<noscript><p>The picture needs JavaScript; the tables do not.</p></noscript>
<script id="tree" type="application/json">${jsonInHtml(pageNode(tree))}</script>
<script>${MAP_SCRIPT}</script>
</body>
</html>
`;
}

/** Short names: a large codebase has thousands of these. */
function pageNode(node: TreeNode): object {
  const why = whyText({ score: node.score, isCritical: node.isCritical, parts: node.why });
  return {
    n: node.name,
    t: node.tokens,
    ...(node.score > 0 ? { s: Math.round(node.score * 1000) / 1000 } : {}),
    ...(node.isCritical ? { c: 1 } : {}),
    ...(node.module === null ? {} : { m: node.module }),
    ...(why === "" ? {} : { w: why }),
    ...(node.entry === null ? {} : { e: node.entry }),
    ...(node.children === null ? {} : { f: node.files, k: node.children.map(pageNode) }),
  };
}

function modulesTable(codebase: Codebase): string {
  const rows = modulesByWeight(codebase, false).slice(0, MOST_ROWS);
  const cells = rows.map(
    (module) =>
      `<tr${module.criticality.isCritical ? ' class="critical"' : ""}><td>${escapeHtml(module.name)}</td><td>${formatCount(module.tokens)}</td><td>${module.criticality.score.toFixed(2)}</td><td>${formatCount(module.importedBy.length)}</td><td>${escapeHtml(whyText(module.criticality))}</td></tr>`,
  );
  return `<table><thead><tr><th>module</th><th>tokens</th><th>criticality</th><th>imported by</th><th>why</th></tr></thead><tbody>
${cells.join("\n")}
</tbody></table>`;
}

function leftOutSection({ leftOut }: Codebase): string {
  if (leftOut.length === 0) return "";
  const rows = sumLeftOut(leftOut).map(({ reason, files, bytes }) => {
    const examples = leftOut.filter((left) => left.reason === reason).slice(0, 3);
    const names = examples.map(({ path, detail }) => `${path} (${detail})`).join(", ");
    return `<tr><td>${reason}</td><td>${formatCount(files)}</td><td>${formatCount(Math.ceil(bytes / 1024))} KB</td><td>${escapeHtml(names)}${files > examples.length ? " …" : ""}</td></tr>`;
  });
  return `<section>
<h2>Left out</h2>
<table><thead><tr><th>reason</th><th>files</th><th>size</th><th>for example</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>
</section>`;
}

/** A name in a repository may hold anything, the end of a script too. */
function jsonInHtml(value: object): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
