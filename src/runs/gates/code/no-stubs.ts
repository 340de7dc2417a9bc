import { walk, type CodeFile, type FunctionNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import { changedFiles, changedSources, codeBefore, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate } from "../gate.ts";
import {
  definitionsOf,
  inputsOf,
  isAbstract,
  isNotImplemented,
  namesUsed,
  shapeOf,
  workOf,
  type Definition,
} from "./definitions.ts";

const ID = "no-stubs";

/** Comments that stand where code belongs. */
const PLACEHOLDERS: readonly RegExp[] = [
  /\b(?:TODO|FIXME)\b/,
  /^\W*(?:todo|fixme)\b\s*[:!(-]/i,
  /\bXXX\b/,
  /\b(?:rest|remainder|remaining) of (?:the |this |your )?(?:\w+ )?(?:code|file|function|class|implementation|module|method|logic|body)\b/i,
  /\.\.\.\s*(?:existing|rest|remaining|other|same|previous|unchanged|more)\b/i,
  /\b(?:existing|previous|original) (?:code|implementation|logic)\s+(?:here|goes here|unchanged|remains|stays|continues|omitted|\.\.\.)/i,
  /\b(?:implementation|code|logic|body) (?:goes|comes|belongs) here\b/i,
  /\b(?:your|actual|real) (?:code|implementation|logic) (?:here|goes|would|will|to)\b/i,
  /\b(?:implement|finish|complete|fill in|handle|do|fix) (?:this|it|me|the rest|later)(?: (?:later|soon|properly|in|when|once)\b|\s*$)/i,
  /\b(?:to be|not yet|will be|needs? to be|still to be|left to be|must be) (?:implemented|filled in|completed|finished|written)\b/i,
  /\bnot (?:yet )?implemented\b/i,
  /\b(?:placeholder|stub|dummy|mock|fake|temporary|hard-?coded)\b.{0,24}\b(?:implementation|for now|until|value for|return|result|so (?:the )?tests?)/i,
  /^\W*(?:placeholder|stub|stubbed|dummy)\W*$/i,
  /\b(?:omitted|elided|truncated|snipped) for (?:brevity|clarity|now)\b/i,
  /\bin (?:a )?(?:real|production|full|actual)(?:[- ]world)? (?:implementation|version|code|app\w*|system)\b/i,
  /\bfor now,? (?:just|we|return|only|simply|always)\b|\b(?:just|simply|always) return\w*.{0,30}\bfor now\b/i,
];

/** Functions do their work: none is empty, constant or "not implemented", and no comment stands for code. */
export const noStubs: Gate = {
  id: ID,
  title: "no stubs and no placeholders",
  price: 1,
  async check(facts) {
    const intent = intentOf(facts.task);
    const sources = await changedSources(facts);
    const old = await codeBefore(facts);
    const known = new Set(old.flatMap(({ comments }) => comments.map(({ text }) => squeeze(text))));
    const before = new Map(old.flatMap((file) => definitionsOf(file).map((each) => [each.name, each] as const)));
    const findings: Finding[] = [];
    for (const file of sources) {
      if (file.head === undefined) continue;
      findings.push(...stubsIn(file, file.head, before, intent), ...partsNotDone(file, file.head, before, intent));
    }
    for (const { path, head } of await changedFiles(facts)) {
      for (const { line, text } of head?.comments ?? []) {
        if (known.has(squeeze(text)) || !PLACEHOLDERS.some((pattern) => pattern.test(text)) || quoted(text, intent))
          continue;
        findings.push({
          code: "placeholder",
          message: `${path}:${line} has a comment in the place of code: ${text.trim().slice(0, 80)}; write the code`,
          path,
          line,
          text: text.trim(),
        });
      }
    }
    return resultOf(ID, findings);
  },
};

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** The task itself spells the comment out. */
function quoted(text: string, intent: Intent): boolean {
  const plain = squeeze(text.replace(/^[#/*\s]+/, ""));
  return plain.length > 3 && squeeze(intent.text).includes(plain);
}

function stubsIn(
  file: ChangedFile,
  head: CodeFile,
  before: ReadonlyMap<string, Definition>,
  intent: Intent,
): Finding[] {
  const findings: Finding[] = [];
  const subclassed = new Set(
    [...walk(head.body)].flatMap((node) => (node.kind === "class" ? node.bases.map((base) => printCode(base)) : [])),
  );
  for (const definition of definitionsOf(head)) {
    const { name, node } = definition;
    const old = before.get(name) ?? movedFrom(name, before);
    if (old !== undefined && sameWork(old.node, node)) continue;
    const shape = shapeOf(node);
    if (shape === "work" || shape === "raises" || isAbstract(definition)) continue;
    const why = reasonOf(definition, shape, old, intent, subclassed);
    if (why !== undefined)
      findings.push({
        code: "stub",
        message: `${file.path}:${node.line} ${name} ${why}; write what it has to do`,
        path: file.path,
        line: node.line,
        text: name,
      });
  }
  return findings;
}

/** A method that moved to another class or became a function keeps its last name. */
function movedFrom(name: string, before: ReadonlyMap<string, Definition>): Definition | undefined {
  const last = name.split(".").at(-1);
  const same = [...before.values()].filter((each) => each.name.split(".").at(-1) === last);
  return same.length === 1 ? same[0] : undefined;
}

function sameWork(a: FunctionNode, b: FunctionNode): boolean {
  return printCode(workOf(a)) === printCode(workOf(b));
}

function reasonOf(
  definition: Definition,
  shape: "empty" | "not-implemented" | "constant",
  old: Definition | undefined,
  intent: Intent,
  subclassed: ReadonlySet<string>,
): string | undefined {
  const { name, node, owner } = definition;
  const last = name.split(".").at(-1) ?? name;
  const did = old !== undefined && shapeOf(old.node) === "work";
  const asked = intent.mentions(last);
  if (
    asked &&
    intent.says(
      last,
      /\b(?:no-?op|does nothing|do nothing|empty|stub|abstract|raises? `?NotImplementedError|placeholder|hook|always returns?|returns? (?:a )?(?:constant|fixed))\b/i,
    )
  )
    return undefined;
  if (shape === "not-implemented") {
    const base =
      owner !== undefined &&
      (subclassed.has(owner.name) ||
        /^(?:_?Base|Abstract)|Base$|Mixin$|Interface$/.test(owner.name) ||
        saysAbstract(definition));
    return base ? undefined : "only says that it is not implemented";
  }
  if (shape === "empty") {
    if (did) return "has lost its body";
    if (isQuietByDesign(definition)) return undefined;
    return asked || inputsOf(definition).length > 0 || owner === undefined ? "is empty" : undefined;
  }
  const inputs = inputsOf(definition);
  const unused = inputs.length > 0 && !inputs.some((input) => namesUsed(node).has(input));
  if (did && (inputs.length > 0 || owner !== undefined))
    return `only hands back ${printCode(workOf(node)).slice(0, 60)}, where it used to do something`;
  if (isQuietByDesign(definition) || isPredicateOfType(definition)) return undefined;
  return unused && (asked || owner === undefined) && !node.modifiers.includes("arrow")
    ? `only hands back ${printCode(workOf(node)).slice(0, 60)}, whatever it is given`
    : undefined;
}

function saysAbstract({ node, owner }: Definition): boolean {
  const texts = [...node.body, ...(owner?.body ?? [])].flatMap((inner) =>
    inner.kind === "expr" && inner.value.kind === "literal" ? [inner.value.value] : [],
  );
  return texts.some((text) =>
    /\b(?:subclass|override|overrid|abstract|implementations? must|implementers?|interface|base class)\w*/i.test(text),
  );
}

/** Null objects, hooks, constructors that only declare properties, event callbacks: nothing is what they are to do. */
function isQuietByDesign({ name, node, owner }: Definition): boolean {
  const last = name.split(".").at(-1) ?? name;
  if (
    last === "constructor" ||
    last === "__init__" ||
    last === "__exit__" ||
    last === "__enter__" ||
    /^(?:on[A-Z_]|_?no_?op|ignore|handle_?[A-Z]?\w*default|teardown|set_?up|close|dispose|before|after)/i.test(last)
  )
    return true;
  if (/^(?:Null|No[A-Z]|Noop|Dummy|Silent|Empty|Fake|Stub|Disabled|Void)/.test(owner?.name ?? "")) return true;
  if (node.modifiers.includes("arrow") && !node.modifiers.includes("export")) return true;
  return node.body.some(
    (inner) =>
      inner.kind === "expr" &&
      inner.value.kind === "literal" &&
      /\b(?:no-?op|does nothing|do nothing|hook|intentionally|by default|ignored?)\b/i.test(inner.value.value),
  );
}

/** `supports(self, x): return True` in a strategy class: constant answers are what such members are for. */
function isPredicateOfType({ name, owner }: Definition): boolean {
  return (
    owner !== undefined &&
    owner.bases.length > 0 &&
    /^(?:is|has|can|supports|should|accepts|allows|matches|get|name|kind|type)/.test(name.split(".").at(-1) ?? "")
  );
}

/** Branches that raise "not implemented" inside functions that otherwise work. */
function partsNotDone(
  file: ChangedFile,
  head: CodeFile,
  before: ReadonlyMap<string, Definition>,
  intent: Intent,
): Finding[] {
  return definitionsOf(head).flatMap((definition): Finding[] => {
    if (shapeOf(definition.node) !== "work" || isAbstract(definition)) return [];
    const old = before.get(definition.name) ?? movedFrom(definition.name, before);
    const known = new Set(
      old === undefined ? [] : [...walk(old.node.body)].filter(isNotImplemented).map((node) => printCode(node)),
    );
    const part = [...walk(definition.node.body)].find((node) => isNotImplemented(node) && !known.has(printCode(node)));
    if (part === undefined || intent.matches(/NotImplemented|not implemented/i)) return [];
    return [
      {
        code: "stub",
        message: `${file.path}:${part.line} ${definition.name} leaves a case unimplemented: ${printCode(part).slice(0, 80)}; write that case`,
        path: file.path,
        line: part.line,
      },
    ];
  });
}
