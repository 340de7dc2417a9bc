import { extname } from "node:path";
import type { Layout } from "./layout.ts";

/** A shell word that the shell leaves as it is. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Proves that a new file parses, where Node can read its language. */
export function syntaxChecks(path: string): string[] {
  const extension = extname(path);
  if (extension.endsWith("x")) return [`test -s ${quoted(path)}`];
  if (!extension.endsWith("ts")) return [`node --check ${quoted(path)}`];
  const script =
    "require('node:module').stripTypeScriptTypes(require('node:fs').readFileSync(process.argv[1], 'utf8'), { mode: 'transform' })";
  return [`node --no-warnings -e ${quoted(script)} ${quoted(path)}`];
}

/**
 * Loads the front and looks at every public name, and at each that a part holds: it must be the part's own object.
 * Where the project's own packages are not installed, or Node cannot load the language, only the syntax is looked at.
 */
export function frontChecks(layout: Layout, publicNames: readonly string[]): string[] {
  const { path, esm, typescript } = layout.text;
  const checks = syntaxChecks(path);
  const loadable = !typescript && extname(path) !== ".jsx" && !layout.graph.parts.text.text.startsWith("#!");
  if (!loadable || publicNames.length === 0) return checks;
  const same = layout.parts.flatMap((part) =>
    part.statements
      .flatMap((unit) => unit.names)
      .filter((name) => publicNames.includes(name))
      .map((name) => [part.path, name]),
  );
  const load = esm ? "await import(u(p))" : "require(u(p))";
  const script = [
    `const u = (p) => ${esm ? "new URL(p, 'file://' + process.cwd() + '/').href" : "require('node:path').resolve(p)"};`,
    `const front = ${load.replace("u(p)", `u(${JSON.stringify(path)})`)};`,
    `const missing = ${JSON.stringify(publicNames)}.filter((n) => !(n in Object(front)));`,
    `const other = [];`,
    `for (const [p, n] of ${JSON.stringify(same)}) { const part = ${load}; if (n in Object(part) && part[n] !== front[n]) other.push(n); }`,
    `if (missing.length + other.length > 0) throw new Error('missing: ' + missing + '; not the same object: ' + other);`,
  ].join(" ");
  const bare =
    "/MODULE_NOT_FOUND/.test(error.code) && /^[^./]/.test((/'([^']+)'/.exec(error.message) || ['', '.'])[1])";
  const tolerant = `(async () => { try { ${script} } catch (error) { if (${bare}) console.log('a package is not installed here: ' + error.message.split('\\n')[0]); else throw error; } })()`;
  return [...checks, `node ${esm ? "--input-type=module " : ""}-e ${quoted(tolerant)}`];
}
