import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import {
  dottedName,
  type ClassNode,
  type CodeFile,
  type CodeNode,
  type FunctionNode,
} from "../../../codebase/test-code/syntax/code-tree.ts";

/** One name that other code can use. */
export interface PublicName {
  /** "Class.member" for members. */
  readonly name: string;
  readonly kind: "function" | "class" | "value" | "type" | "imported";
  readonly line: number;
  /** Overload declarations first, the implementation last. */
  readonly signatures: readonly FunctionNode[];
  /** Canonical text of a value or type; "" otherwise. */
  readonly text: string;
  readonly value: CodeNode | undefined;
  readonly owner: ClassNode | undefined;
}

export interface Surface {
  readonly names: ReadonlyMap<string, PublicName>;
  /** `from x import *`, `export * from`: names may come from there. */
  readonly open: boolean;
}

/** What a file offers to others: exports in TypeScript and JavaScript, names without a leading underscore in Python. */
export function surfaceOf(file: CodeFile): Surface {
  return file.language === "python" ? pythonSurface(file) : scriptSurface(file);
}

function put(
  into: Map<string, PublicName>,
  name: string,
  part: Omit<PublicName, "name" | "signatures"> & { signature?: FunctionNode },
): void {
  const before = into.get(name);
  const { signature, ...rest } = part;
  const signatures = [
    ...(before?.kind === "function" && signature !== undefined ? before.signatures : []),
    ...(signature === undefined ? [] : [signature]),
  ];
  into.set(name, { name, ...rest, signatures });
}

function pythonSurface(file: CodeFile): Surface {
  const names = new Map<string, PublicName>();
  const listed = new Set(
    file.body.flatMap((node) =>
      node.kind === "assign" && printCode(node.target) === "__all__" && node.value?.kind === "list"
        ? node.value.items.flatMap((item) => (item.kind === "literal" ? [item.value] : []))
        : [],
    ),
  );
  const isPublic = (name: string): boolean => listed.has(name) || !name.startsWith("_");
  let open = false;
  const visit = (nodes: readonly CodeNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "function" && isPublic(node.name))
        put(names, node.name, {
          kind: "function",
          line: node.line,
          text: "",
          value: undefined,
          owner: undefined,
          signature: node,
        });
      else if (node.kind === "class" && isPublic(node.name))
        classSurface(
          node,
          names,
          (name) =>
            !name.startsWith("_") ||
            /^__(?:init|call|enter|exit|iter|len|getitem|setitem|contains|eq|hash|str|repr|next|aenter|aexit)__$/.test(
              name,
            ),
        );
      else if (node.kind === "assign" && node.target.kind === "name" && isPublic(node.target.id))
        put(names, node.target.id, {
          kind: "value",
          line: node.line,
          text: node.type ?? "",
          value: node.value,
          owner: undefined,
        });
      else if (node.kind === "import") {
        open ||= node.names.some(({ name }) => name === "*");
        for (const { as } of node.names)
          put(names, as, { kind: "imported", line: node.line, text: node.module, value: undefined, owner: undefined });
      } else if (node.kind === "if") visit([...node.then, ...node.else]);
      else if (node.kind === "try") visit([...node.body, ...node.handlers.flatMap(({ body }) => body), ...node.last]);
    }
  };
  visit(file.body);
  return { names, open };
}

function classSurface(
  node: ClassNode,
  into: Map<string, PublicName>,
  isPublic: (name: string) => boolean,
  as: string = node.name,
): void {
  put(into, as, {
    kind: "class",
    line: node.line,
    text: node.bases.map((base) => printCode(base)).join(", "),
    value: undefined,
    owner: node,
  });
  for (const member of node.body) {
    if (member.kind === "function" && isPublic(member.name))
      put(into, `${as}.${member.name}`, {
        kind: "function",
        line: member.line,
        text: "",
        value: undefined,
        owner: node,
        signature: member,
      });
    if (
      member.kind === "assign" &&
      member.target.kind === "name" &&
      isPublic(member.target.id) &&
      !member.modifiers.some((mark) => mark === "private" || mark === "protected")
    ) {
      put(into, `${as}.${member.target.id}`, {
        kind: "value",
        line: member.line,
        text: member.type ?? "",
        value: member.value,
        owner: node,
      });
    }
  }
}

function scriptSurface(file: CodeFile): Surface {
  const own = new Map<string, CodeNode>();
  const overloads = new Map<string, FunctionNode[]>();
  const exported = new Map<string, string>();
  const names = new Map<string, PublicName>();
  let open = false;
  const visit = (node: CodeNode): void => {
    if (node.kind === "block") return node.body.forEach(visit);
    const name = localName(node);
    if (name !== "") {
      own.set(name, node);
      if (node.kind === "function") overloads.set(name, [...(overloads.get(name) ?? []), node]);
    }
    if ("modifiers" in node && node.modifiers.includes("export") && name !== "")
      exported.set(node.modifiers.includes("default") ? "default" : name, name);
    if ("modifiers" in node && node.modifiers.includes("default") && name === "") {
      own.set("default", node);
      exported.set("default", "default");
    }
    if (node.kind === "export") {
      open ||= node.names.some(({ local, exported: as }) => local === "*" && as === "*");
      for (const { local, exported: as } of node.names) {
        if (node.from === undefined) exported.set(as, local);
        else put(names, as, { kind: "imported", line: node.line, text: node.from, value: undefined, owner: undefined });
      }
    }
    if (node.kind === "import") for (const { as } of node.names) own.set(as, node);
    if (node.kind === "assign") commonExports(node, own, exported, overloads);
  };
  file.body.forEach(visit);
  for (const [as, local] of exported) {
    const node = own.get(local);
    if (node === undefined) put(names, as, { kind: "value", line: 1, text: "", value: undefined, owner: undefined });
    else expose(names, as, node, overloads.get(local) ?? []);
  }
  return { names, open };
}

function localName(node: CodeNode): string {
  if (node.kind === "function" || node.kind === "class" || node.kind === "type") return node.name;
  return node.kind === "assign" && node.target.kind === "name" ? node.target.id : "";
}

function commonExports(
  node: Extract<CodeNode, { kind: "assign" }>,
  own: Map<string, CodeNode>,
  exported: Map<string, string>,
  overloads: Map<string, FunctionNode[]>,
): void {
  const target = dottedName(node.target);
  const bind = (as: string, value: CodeNode): void => {
    const local = value.kind === "name" && own.has(value.id) ? value.id : `exports.${as}`;
    if (local !== (value.kind === "name" ? value.id : "")) own.set(local, value);
    if (value.kind === "function") overloads.set(local, [value]);
    exported.set(as, local);
  };
  if (node.value === undefined) return;
  if (target === "module.exports" && node.value.kind === "dict") {
    for (const { key, value } of node.value.entries) {
      if (key?.kind === "literal") bind(key.value, value);
    }
  } else if (target === "module.exports") bind("default", node.value);
  else if (/^(?:module\.)?exports\.[\w$]+$/.test(target)) bind(target.split(".").at(-1) ?? "", node.value);
}

function expose(names: Map<string, PublicName>, as: string, node: CodeNode, overloads: readonly FunctionNode[]): void {
  if (node.kind === "function")
    for (const signature of overloads.length > 0 ? overloads : [node])
      put(names, as, { kind: "function", line: node.line, text: "", value: undefined, owner: undefined, signature });
  else if (node.kind === "class") classSurface(withoutPrivate(node), names, (name) => !/^[#_]/.test(name), as);
  else if (node.kind === "type")
    put(names, as, {
      kind: "type",
      line: node.line,
      text: node.text.replace(/^export /, ""),
      value: undefined,
      owner: undefined,
    });
  else if (node.kind === "assign")
    put(names, as, { kind: "value", line: node.line, text: node.type ?? "", value: node.value, owner: undefined });
  else put(names, as, { kind: "imported", line: node.line, text: "", value: undefined, owner: undefined });
}

function withoutPrivate(node: ClassNode): ClassNode {
  return {
    ...node,
    body: node.body.filter(
      (member) =>
        !("modifiers" in member) || !member.modifiers.some((mark) => mark === "private" || mark === "protected"),
    ),
  };
}
