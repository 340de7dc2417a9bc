import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomFrom } from "../../test/support/seeded-random.ts";

/** A change here must change this number: the repository is kept between runs. */
const VERSION = 1;

const FILES = 4_500;
const MODULES = 150;

const WORDS =
  "account amount batch bucket cache channel charge client config cursor deadline digest edge entry event filter frame graph group handle index intent invoice ledger level limit lease message meter model node offset order owner packet page parser plan policy price queue quota range record region request result route scope segment session shard signal slot source span state store stream target task team tenant token trace usage value window worker".split(
    " ",
  );

/** A repository above 4,000 files of TypeScript, Python, Go and texts, the same everywhere, for those who have no large one at hand. */
export function generatedRepository(parent: string): string {
  const folder = join(parent, `allot-bench-codebase-${VERSION}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}-${process.pid}`;
  const random = randomFrom(20_261_121);
  for (let at = 0; at < FILES; at += 1) {
    const [path, text] = fileAt(at, random);
    mkdirSync(dirname(join(making, path)), { recursive: true });
    writeFileSync(join(making, path), text);
  }
  writeFileSync(join(making, "package.json"), `${JSON.stringify({ name: "generated", main: "ts/m0/f0.ts" })}\n`);
  const git = (...args: string[]): void => {
    const who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"];
    execFileSync("git", [...who, ...args], { cwd: making, stdio: "ignore" });
  };
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "A generated repository");
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  return folder;
}

function fileAt(at: number, random: () => number): readonly [path: string, text: string] {
  const module = at % MODULES;
  const number = Math.floor(at / MODULES);
  const write = [scriptFile, scriptFile, scriptFile, pythonFile, goFile, textFile][number % 6] ?? scriptFile;
  // A few are large, most are small, as in real ones.
  const declarations = 3 + Math.floor(40 * random() ** 3) + (random() < 0.02 ? 200 : 0);
  return write(module, number, { declarations, random });
}

interface Measure {
  readonly declarations: number;
  readonly random: () => number;
}

function scriptFile(module: number, number: number, { declarations, random }: Measure): readonly [string, string] {
  const imports = Array.from({ length: Math.floor(5 * random()) }, (_, index) => {
    const other = Math.floor(random() ** 2 * MODULES);
    return `import { ${name(random)}${index} } from "../m${other}/f${6 * Math.floor(random() * 5)}.ts";`;
  });
  const body = list(declarations, (index) => {
    const [one, other] = [name(random), name(random)];
    return `/** Answers the ${one} of the ${other}. */\nexport function ${one}Of${index}(${other}: number, limit = ${number}): number {\n${block(random, "  ", (word, value) => `const ${word} = ${other} * ${value} + limit;`)}\n  return ${other} > limit ? ${index} : limit;\n}\n`;
  });
  return [`ts/m${module}/f${number}.ts`, [...imports, "", ...body].join("\n")];
}

function pythonFile(module: number, number: number, { declarations, random }: Measure): readonly [string, string] {
  const body = list(
    declarations,
    (index) =>
      `class ${capital(name(random))}${index}:\n    """Keeps the ${name(random)} of one ${name(random)}."""\n\n    def ${name(random)}(self, limit: int = ${number}) -> int:\n${block(random, "        ", (word, value) => `${word} = limit + ${value}`)}\n        return limit\n`,
  );
  return [
    `py/m${module}/f${number}.py`,
    [`from py.m${(module + 1) % MODULES} import f${number}`, "import os", "", ...body].join("\n"),
  ];
}

function goFile(module: number, number: number, { declarations, random }: Measure): readonly [string, string] {
  const body = list(
    declarations,
    (index) =>
      `// ${capital(name(random))}${index} answers the ${name(random)}.\nfunc ${capital(name(random))}${index}(limit int) int {\n${block(random, "\t", (word, value) => `${word} := limit + ${value}; _ = ${word}`)}\n\treturn limit\n}\n`,
  );
  return [`go/m${module}/f${number}.go`, [`package m${module}`, "", 'import "fmt"', "", ...body].join("\n")];
}

function textFile(module: number, number: number, { declarations, random }: Measure): readonly [string, string] {
  const body = list(declarations, () => `## ${capital(name(random))}\n\n${list(40, () => name(random)).join(" ")}.\n`);
  return [`docs/m${module}/f${number}.md`, [`# ${capital(name(random))}`, "", ...body].join("\n")];
}

function block(random: () => number, indent: string, line: (word: string, value: number) => string): string {
  const lines = list(
    2 + Math.floor(12 * random()),
    (at) => `${indent}${line(`${name(random)}${at}`, Math.floor(1000 * random()))}`,
  );
  return lines.join("\n");
}

function list<T>(length: number, make: (at: number) => T): T[] {
  return Array.from({ length }, (_, at) => make(at));
}

function name(random: () => number): string {
  return WORDS[Math.floor(random() * WORDS.length)] ?? "value";
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
