import { languageOf, readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import type { CodeFile, FunctionNode, Language } from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode, printSignature } from "../../../codebase/test-code/syntax/print-code.ts";
import { changedSources, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate, GateFacts } from "../gate.ts";
import { compareSignatures, type Difference } from "./compare-signatures.ts";
import { declaredSignatures, type DeclaredSignature } from "./declared-signatures.ts";
import { surfaceOf, type PublicName, type Surface } from "./public-names.ts";

const ID = "contract-kept";

/** Public names and signatures are as the task declares them and otherwise as they were. */
export const contractKept: Gate = {
  id: ID,
  title: "exports and signatures as contracted, otherwise as before",
  price: 1,
  async check(facts) {
    const intent = intentOf(facts.task);
    const files = await changedSources(facts);
    const declared = new Map<Language, readonly DeclaredSignature[]>();
    for (const language of new Set(files.flatMap(({ path }) => languageOf(path) ?? [])))
      declared.set(language, await declaredSignatures(facts.task, language));
    const findings: Finding[] = [];
    const elsewhere = new Map(
      files.flatMap(({ head }) =>
        head === undefined ? [] : [...surfaceOf(head).names].filter(([, { kind }]) => kind !== "imported"),
      ),
    );
    for (const file of files) {
      const wanted = declared.get(languageOf(file.path) ?? "javascript") ?? [];
      findings.push(...judgeFile(file, { intent, wanted, elsewhere }));
    }
    findings.push(...(await contractMissing(facts)), ...promisedMissing(files, declared));
    return resultOf(ID, findings, "public names and signatures are as they should be");
  },
};

interface Scope {
  readonly intent: Intent;
  readonly wanted: readonly DeclaredSignature[];
  /** Names that any changed file defines on the head: where moved code went. */
  readonly elsewhere: ReadonlyMap<string, PublicName>;
}

function judgeFile(file: ChangedFile, scope: Scope): Finding[] {
  if (file.base === undefined) return file.head === undefined ? [] : judgeNew(file, file.head, scope);
  if (file.head === undefined) return [];
  const before = surfaceOf(file.base);
  const after = surfaceOf(file.head);
  const findings = [...before.names.values()].flatMap((name) => judgeName(file, name, after, scope));
  for (const name of after.names.values()) {
    if (!before.names.has(name.name) && name.kind === "function")
      findings.push(...judgeDeclared(file, name, scope, undefined));
  }
  return findings;
}

function judgeNew(file: ChangedFile, head: CodeFile, scope: Scope): Finding[] {
  return [...surfaceOf(head).names.values()].flatMap((name) =>
    name.kind === "function" ? judgeDeclared(file, name, scope, undefined) : [],
  );
}

function judgeName(file: ChangedFile, base: PublicName, surface: Surface, scope: Scope): Finding[] {
  const { name } = base;
  const last = name.split(".").at(-1) ?? name;
  const head = surface.names.get(name);
  if (head === undefined) {
    const python = file.base?.language === "python";
    // In Python an import of a plain module is no export; in a package's front file it is.
    if (base.kind === "imported" && python && !/__init__\.py$/.test(file.basePath)) return [];
    if (surface.open && !name.includes(".")) return [];
    const owner = name.split(".")[0] ?? "";
    if (name.includes(".") && !surface.names.has(owner)) return [];
    // A class that is re-exported has its members where it came from.
    if (name.includes(".") && surface.names.get(owner)?.kind === "imported") return judgeMoved(file, base, scope);
    if (inherited(base, surface, file.head)) return [];
    if (mayGo(last, scope) || isGenerated(last, surface.names.get(owner))) return [];
    if (base.kind === "value" && name.includes(".") && python && !isAnnotated(base)) return [];
    return [
      {
        code: "export-removed",
        message: `${file.path} no longer offers ${name}; keep it, the task does not ask to remove or rename it`,
        path: file.path,
        text: name,
      },
    ];
  }
  if (head.kind === "imported" && base.kind !== "imported") {
    const moved = scope.elsewhere.get(name);
    return moved !== undefined && moved.kind === base.kind ? judgeKept(file, base, moved, scope) : [];
  }
  return judgeKept(file, base, head, scope);
}

/** A member of a class that now stands in another file: judged there where that file is part of the change. */
function judgeMoved(file: ChangedFile, base: PublicName, scope: Scope): Finding[] {
  const moved = scope.elsewhere.get(base.name);
  return moved === undefined ? [] : judgeKept(file, base, moved, scope);
}

/** The task takes the name away, or moves it and it has arrived. */
function mayGo(last: string, { intent, elsewhere }: Scope): boolean {
  if (
    intent.renames.has(last) ||
    intent.goes(last, "remov|delet|drop|renam|replac|inlin|merg|retir|unexport|hid|turn|convert")
  )
    return true;
  const staysReachable = intent.matches(
    /\bre-?export|\b(?:old|existing|previous|current) (?:imports?|import paths?|paths?)\b|\bkeep (?:the )?(?:imports?|public)/i,
  );
  return (
    !staysReachable &&
    intent.goes(last) &&
    [...elsewhere.keys()].some((name) => name === last || name.endsWith(`.${last}`))
  );
}

/** Members that a dataclass and its relatives write themselves. */
function isGenerated(member: string, owner: PublicName | undefined): boolean {
  if (!/^__(?:init|eq|repr|hash)__$/.test(member) || owner?.owner === undefined) return false;
  const texts = [...owner.owner.decorators, ...owner.owner.bases].map((node) => printCode(node));
  return texts.some((text) => /\b(?:dataclass|attrs?|define|frozen|NamedTuple|BaseModel|TypedDict)\b/.test(text));
}

function isAnnotated(base: PublicName): boolean {
  return base.text !== "";
}

/** A method that went up into a base class still is there. */
function inherited(base: PublicName, surface: Surface, head: CodeFile | undefined): boolean {
  const [owner = "", member = ""] = base.name.split(".");
  const found = surface.names.get(owner);
  if (member === "" || found?.owner === undefined) return false;
  return (
    found.owner.bases.some((parent) => {
      const parentName = printCode(parent).split(".").at(-1) ?? "";
      return surface.names.has(`${parentName}.${member}`) || isFromElsewhere(parentName, head);
    }) && basesOf(base.owner) !== basesOf(found.owner)
  );
}

/** True where a class comes from another file, by `import` or by `require`: its members stand there. */
function isFromElsewhere(name: string, file: CodeFile | undefined): boolean {
  return file !== undefined && !file.body.some((node) => node.kind === "class" && node.name === name);
}

function basesOf(owner: PublicName["owner"]): string {
  return (owner?.bases ?? []).map((parent) => printCode(parent)).join(", ");
}

function judgeKept(file: ChangedFile, base: PublicName, head: PublicName, scope: Scope): Finding[] {
  if (base.kind === "function" && head.kind === "function") {
    const declared = declaredFor(head, scope);
    if (declared.length > 0) return judgeDeclared(file, head, scope, base);
    return differences(base, head, file).flatMap((difference) =>
      explained(difference, head.name, scope.intent) ? [] : [drift(file, head, difference.what)],
    );
  }
  if (base.kind === "function" && head.kind === "class") return [];
  if (base.kind === "function" && head.kind === "value") {
    return head.value !== undefined && /^(?:literal|list|dict)$/.test(head.value.kind)
      ? [drift(file, head, "is no function any more")]
      : [];
  }
  if (base.kind === "class" && head.kind === "class") return judgeBases(file, base, head, scope.intent);
  if (base.kind === "type" && head.kind === "type") return judgeType(file, base, head, scope.intent);
  if (base.kind === "value" && head.kind === "value") return judgeValue(file, base, head, scope.intent);
  return [];
}

function drift(file: ChangedFile, head: PublicName, what: string): Finding {
  const signature = head.signatures.at(-1);
  return {
    code: "signature-changed",
    message: `${file.path}:${head.line} ${head.name}: ${what}; the task does not ask for that`,
    path: file.path,
    line: head.line,
    text: signature === undefined ? head.name : `${head.name}${printSignature(signature)}`,
  };
}

function differences(base: PublicName, head: PublicName, file: ChangedFile): Difference[] {
  const language = languageOf(file.path) ?? "javascript";
  const callable = (name: PublicName): readonly FunctionNode[] =>
    name.signatures.length > 1 && language !== "python"
      ? name.signatures.filter(({ hasBody }) => !hasBody)
      : name.signatures.slice(-1);
  const after = callable(head);
  for (const wanted of callable(base)) {
    const all = after.map((met) => compareSignatures(wanted, met, { language, declared: false }));
    const best = all.toSorted((a, b) => a.length - b.length)[0];
    if (best !== undefined && best.length > 0) return best;
  }
  return [];
}

function explained(difference: Difference, name: string, intent: Intent): boolean {
  const last = name.split(".").at(-1) ?? name;
  const owner = name.split(".")[0] ?? name;
  const subject = last === "__init__" || last === "constructor" ? owner : last;
  if (difference.grave === true) return false;
  const named = difference.about.some((word) => intent.mentions(word));
  if (difference.pattern !== undefined)
    return (
      (named || difference.about.length === 0) &&
      intent.matches(difference.pattern) &&
      (intent.mentions(subject) || intent.mentions(owner) || named)
    );
  if (!named) return false;
  // A parameter that is to be optional must not be required.
  return !(difference.what.startsWith("a required") && intent.matches(/\boptional|\bdefault/i));
}

function declaredFor(head: PublicName, scope: Scope): readonly DeclaredSignature[] {
  const parts = head.name.split(".");
  const last = parts.at(-1) ?? head.name;
  const owner = parts.length > 1 ? (parts[0] ?? "") : "";
  const named = scope.wanted.filter(
    ({ name, owner: of }) =>
      (name === last && (of === "" || owner === "" || of === owner)) ||
      ((last === "__init__" || last === "constructor") && name === owner),
  );
  const strict = named.filter(({ form }) => form !== "call");
  return strict.length > 0 ? strict : named;
}

/** The head's signature must match one of those that the task writes out; "call" forms only bind names and number. */
function judgeDeclared(file: ChangedFile, head: PublicName, scope: Scope, base: PublicName | undefined): Finding[] {
  const declared = declaredFor(head, scope);
  if (declared.length === 0) return [];
  const language = languageOf(file.path) ?? "javascript";
  const met = head.signatures;
  const results = declared.flatMap(({ signature, form }) =>
    met.map((each) =>
      form === "call"
        ? compareCall(signature, each, language)
        : compareSignatures(signature, each, { language, declared: true }),
    ),
  );
  const best = results.toSorted((a, b) => a.length - b.length)[0] ?? [];
  if (best.length === 0) return [];
  // A snippet or example may still show the old form; what was there before stays right where nothing new was asked.
  if (
    base !== undefined &&
    differences(base, head, file).length === 0 &&
    !declared.some(({ form, wanted }) => form === "contract" || wanted)
  )
    return [];
  const [first] = best;
  return [
    {
      code: "signature-changed",
      message: `${file.path}:${head.line} ${head.name}: ${first?.what ?? ""}; the task declares ${declared[0]?.name ?? ""}${declared[0] === undefined ? "" : printSignature(declared[0].signature)}`,
      path: file.path,
      line: head.line,
      text: `${head.name}${met.slice(-1).map(printSignature).join("")}`,
    },
  ];
}

function compareCall(wanted: FunctionNode, met: FunctionNode, language: Language): Difference[] {
  const names = (node: FunctionNode): string[] =>
    node.params.map(({ name }) => name).filter((name) => name !== "self" && name !== "cls");
  const [asked, there] = [names(wanted), names(met)];
  const [first] = there;
  if (met.params.some(({ form }) => form === "rest" || form === "keyword-rest")) return [];
  const spare = met.params.filter(({ name }) => name !== "self" && name !== "cls").slice(asked.length);
  if (there.length < asked.length)
    return [{ what: `takes (${there.join(", ")}) where (${asked.join(", ")}) is declared`, about: [] }];
  if (spare.some(({ optional }) => !optional)) return [{ what: `needs more than (${asked.join(", ")})`, about: [] }];
  if (
    language === "python" &&
    first !== undefined &&
    asked.length > 1 &&
    asked.every((name) => there.includes(name)) &&
    asked.join() !== there.slice(0, asked.length).join()
  ) {
    return [
      { what: `parameters stand in the order (${there.join(", ")}) instead of (${asked.join(", ")})`, about: [] },
    ];
  }
  return [];
}

function judgeBases(file: ChangedFile, base: PublicName, head: PublicName, intent: Intent): Finding[] {
  if (base.text === head.text || base.text === "" || head.text.includes(base.text)) return [];
  const added = head.text.match(/[A-Za-z_]\w+/g) ?? [];
  if (
    added.some((word) => !base.text.includes(word) && intent.mentions(word)) ||
    intent.says(head.name, /\b(?:inherit|extend|subclass|base|dataclass|enum|protocol)\w*\b/i)
  )
    return [];
  return [drift(file, head, `extends ${head.text === "" ? "nothing" : head.text} instead of ${base.text}`)];
}

function judgeType(file: ChangedFile, base: PublicName, head: PublicName, intent: Intent): Finding[] {
  const [before, after] = [normalText(base.text), normalText(head.text)];
  if (before === after) return [];
  const words = (text: string): string[] => text.match(/[A-Za-z_$][\w$]*\??/g) ?? [];
  const lost = words(base.text).filter((word) => !words(head.text).includes(word));
  const fresh = words(head.text).filter((word) => !words(base.text).includes(word));
  const known = [...lost, ...fresh].map((word) => word.replace("?", ""));
  if (lost.length === 0 && (fresh.length === 0 || fresh.some((word) => intent.mentions(word.replace("?", "")))))
    return [];
  if (known.some((word) => intent.mentions(word)) && intent.mentions(head.name)) return [];
  if (lost.length === 0 && (fresh.length === 0 || fresh.some((word) => word.endsWith("?")))) return [];
  return [
    drift(
      file,
      head,
      lost.length > 0
        ? `no longer has ${lost.slice(0, 3).join(", ")} as before`
        : `has ${fresh.slice(0, 3).join(", ")} added`,
    ),
  ];
}

function normalText(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll(/[;,]/g, "");
}

function judgeValue(file: ChangedFile, base: PublicName, head: PublicName, intent: Intent): Finding[] {
  const last = head.name.split(".").at(-1) ?? head.name;
  const [before, after] = [base.value, head.value];
  if (before?.kind !== "literal" || after?.kind !== "literal" || printCode(before) === printCode(after)) {
    const retyped = base.text !== "" && head.text !== "" && base.text !== head.text && !intent.mentions(last);
    return retyped ? [drift(file, head, `is of type ${head.text} instead of ${base.text}`)] : [];
  }
  if (intent.mentions(last) || /version/i.test(last) || (after.value.length > 1 && intent.mentions(after.value)))
    return [];
  return [
    {
      code: "constant-changed",
      message: `${file.path}:${head.line} ${head.name} is ${printCode(after)} and was ${printCode(before)}; the task does not ask for that`,
      path: file.path,
      line: head.line,
    },
  ];
}

/** Names of the contract section that are not there. */
async function contractMissing(facts: GateFacts): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path, name } of facts.task.contract) {
    const text = await facts.head.read(path);
    const file = text === undefined ? undefined : await readCode(path, text);
    if (file === undefined) {
      if (text === undefined)
        findings.push({ code: "contract-missing", message: `${path} is to offer ${name} and is not there`, path });
      continue;
    }
    const surface = surfaceOf(file);
    if (!surface.names.has(name) && !surface.open && !definesPrivately(file, name)) {
      findings.push({
        code: "contract-missing",
        message: `${path} does not offer ${name}, which the task promises`,
        path,
        text: name,
      });
    }
  }
  return findings;
}

function definesPrivately(file: CodeFile, name: string): boolean {
  const text = printCode(file.body);
  const last = name.split(".").at(-1) ?? name;
  return last.startsWith("_") && new RegExp(`\\b(?:fn|class) ${last}\\b|(?:^|; )${last}\\b`).test(text);
}

/** Functions that the steps ask to be added, by signature, and that no changed file has. */
function promisedMissing(
  files: readonly ChangedFile[],
  declared: ReadonlyMap<Language, readonly DeclaredSignature[]>,
): Finding[] {
  const texts = files.map(({ head }) => (head === undefined ? "" : printCode(head.body)));
  const unique = new Map<string, DeclaredSignature>();
  for (const each of [...declared.values()].flat())
    if (each.wanted && each.form !== "contract") unique.set(each.name, each);
  return [...unique.values()]
    .filter(
      ({ name }) =>
        !texts.some((text) => new RegExp(`(?<![\\w$])${name.replaceAll("$", String.raw`\$`)}(?![\\w$])`).test(text)),
    )
    .map(({ name }) => ({
      code: "contract-missing" as const,
      message: `no changed file has ${name}, which the task asks for`,
    }));
}
