import { walk, type FunctionNode, type Language } from "../../../codebase/test-code/syntax/code-tree.ts";
import { readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import type { MiniTask } from "../../plan/mini-task.ts";

/** A signature that the task writes out. */
export interface DeclaredSignature {
  /** Last part of the name: "save" of "Store.save". */
  readonly name: string;
  /** The class, where the task names one. */
  readonly owner: string;
  readonly signature: FunctionNode;
  /** "contract": the contract section. "definition": with `def`, `function` or types. "call": bare names, as in a call. */
  readonly form: "contract" | "definition" | "call";
  /** The sentence asks for it to be made. */
  readonly wanted: boolean;
}

/** Every signature in the task's contract, snippets, fenced blocks and inline code, read as the given language. */
export async function declaredSignatures(task: MiniTask, language: Language): Promise<DeclaredSignature[]> {
  const found: DeclaredSignature[] = [];
  for (const { name, signature } of task.contract) {
    if (signature === undefined) continue;
    const node = await readSignature(name.split(".").at(-1) ?? name, signature, language);
    if (node !== undefined) found.push({ ...split(name), signature: node, form: "contract", wanted: true });
  }
  const prose = [
    task.title,
    task.context,
    task.intro ?? "",
    ...task.steps.map(({ text }) => text),
    ...task.criteria.map(({ text }) => text),
  ].join("\n");
  for (const block of [...fencedBlocks(prose), ...task.snippets.map(({ code, language: word }) => ({ code, word }))]) {
    if (isLanguage(block.word, language)) found.push(...(await fromBlock(block.code, language)));
  }
  for (const line of prose.replaceAll(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, "").split(/\n+/)) {
    for (const [, code = ""] of line.matchAll(/`([^`\n]+)`/g)) {
      const declared = await fromInline(code.trim(), line, language);
      if (declared !== undefined) found.push(declared);
    }
  }
  return found;
}

function split(name: string): { name: string; owner: string } {
  const parts = name.split(".");
  return { name: parts.at(-1) ?? name, owner: parts.length > 1 ? (parts.at(-2) ?? "") : "" };
}

function fencedBlocks(text: string): { code: string; word: string }[] {
  return [...text.matchAll(/^[ \t]*(`{3,}|~{3,})([\w+-]*)[^\n]*\n([\s\S]*?)^[ \t]*\1/gm)].map(
    ([, , word = "", code = ""]) => ({ word, code: outdent(code) }),
  );
}

function outdent(code: string): string {
  const lines = code.split("\n");
  const depth = Math.min(
    ...lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length),
  );
  return Number.isFinite(depth) ? lines.map((line) => line.slice(depth)).join("\n") : code;
}

function isLanguage(word: string, language: Language): boolean {
  if (word === "") return true;
  return language === "python" ? /^py/i.test(word) : /^(?:[jt]sx?|m[jt]s|c[jt]s|javascript|typescript)$/i.test(word);
}

function fileName(language: Language): string {
  return language === "python" ? "declared.py" : language === "typescript" ? "declared.ts" : "declared.js";
}

async function readSignature(name: string, signature: string, language: Language): Promise<FunctionNode | undefined> {
  const isAsync = /^async\b/.test(signature.trim());
  const text = signature
    .trim()
    .replace(/^async\s*/, "")
    .replace(/[:;{]\s*$/, "");
  const code =
    language === "python"
      ? `${isAsync ? "async " : ""}def ${name}${text.replace(/\)\s*:\s*(?=\S)/, ") -> ")}:\n    pass\n`
      : `${isAsync ? "async " : ""}function ${name}${text.replace(/\)\s*(?:->|=>)\s*/, "): ")} {}\n`;
  // Annotated signatures are TypeScript, whatever the file that will hold the code.
  const file = await readCode(language === "javascript" ? "declared.ts" : fileName(language), code);
  const node = file?.faults.length === 0 ? file.body[0] : undefined;
  return node?.kind === "function" ? node : undefined;
}

async function fromBlock(code: string, language: Language): Promise<DeclaredSignature[]> {
  const direct = await readCode(fileName(language), code);
  const bodiless =
    language === "python"
      ? code
          .replaceAll(/^(\s*)((?:async )?def [^\n]*[^:\s])\s*$/gm, "$1$2: ...")
          .replaceAll(/^((\s*)(?:async )?def [^\n]*:)\s*$(?!\n\2\s+\S)/gm, "$1 ...")
      : code;
  const file = direct?.faults.length === 0 ? direct : await readCode(fileName(language), bodiless);
  if (file === undefined || file.faults.length > 0) return [];
  const isTest =
    [...walk(file.body)].some((node) => node.kind === "function" && /^test/.test(node.name)) ||
    /\bassert\b|\bexpect\(/.test(code);
  if (isTest) return [];
  return file.body.flatMap((node): DeclaredSignature[] => {
    if (node.kind === "function" && node.name !== "")
      return [{ name: node.name, owner: "", signature: node, form: "definition", wanted: false }];
    if (node.kind !== "class") return [];
    return node.body.flatMap((member) =>
      member.kind === "function"
        ? [{ name: member.name, owner: node.name, signature: member, form: "definition" as const, wanted: false }]
        : [],
    );
  });
}

const MAKES = /\b(?:add|implement|create|define|write|introduce|provide|export|expose)\w*\b/i;

async function fromInline(code: string, line: string, language: Language): Promise<DeclaredSignature | undefined> {
  const match =
    /^(?:export\s+)?(?:default\s+)?(?:static\s+)?(async\s+)?(def\s+|function\s+)?([A-Za-z_$][\w$.]*)(<[^>]*>)?(\(.*\))\s*((?:->|:|=>)\s*[^:{=][^{]*?)?\s*[:{;]?$/.exec(
      code,
    );
  if (match === null) return undefined;
  const [, isAsync = "", word = "", name = "", generics = "", params = "", result = ""] = match;
  const typed =
    word !== "" || result !== "" || /[\w$]\??\s*:\s*[\w$"'[{(]/.test(params) || /[\w$]\s*=\s*\S/.test(params);
  const bare = /^\(\s*(?:\*{0,2}[A-Za-z_$][\w$]*\s*(?:,\s*|(?=\))))*\)$/.test(params);
  // `load()` only names the function.
  if (!typed && (!bare || /^\(\s*\)$/.test(params))) return undefined;
  // `f(x=3)` with nothing but keyword values is a call in an example.
  if (
    word === "" &&
    result === "" &&
    !/:/.test(params) &&
    /=\s*(?:["'\d[{]|True|False|None|true|false)/.test(params) &&
    !MAKES.test(line.slice(0, line.indexOf(code)))
  )
    return undefined;
  const node = await readSignature(
    name.split(".").at(-1) ?? name,
    `${isAsync === "" ? "" : "async "}${generics}${params}${result === "" ? "" : ` ${result}`}`,
    language,
  );
  if (node === undefined) return undefined;
  const before = line.slice(0, line.indexOf(code));
  return {
    ...split(name),
    signature: node,
    form: typed ? "definition" : "call",
    wanted:
      word !== "" ||
      (!/^[a-z]\w*\./.test(name) &&
        /\b(?:add|implement|create|define|write|introduce|provide|export|expose)\w*\b(?:\s+[\w-]+){0,4}\s*`?$/i.test(
          before,
        )),
  };
}
