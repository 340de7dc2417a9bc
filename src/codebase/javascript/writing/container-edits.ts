import type { Layout, Segment } from "./layout.ts";
import type { Container, Unit } from "../reading/module-units.ts";
import type { TextEdit } from "./text-edits.ts";
import { longExports, publicationOf } from "../reading/exports-object.ts";
import { isNode, type Node } from "../reading/syntax.ts";

/** Edits of the old text that hold wherever a line goes: late-bound names, visibility across a chain. */
export function commonEdits(layout: Layout): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const site of layout.late) {
    const bound = `${layout.linksName}.${site.name}`;
    edits.push({ start: site.start, end: site.end, by: site.shorthand ? `${site.name}: ${bound}` : bound });
  }
  for (const unit of layout.graph.units) {
    const publication = layout.partOf.has(unit.id) && unit.role !== "member" ? publicationOf(unit.node) : undefined;
    if (publication !== undefined) edits.push({ start: publication.start, end: publication.end, by: "" });
    if (layout.graph.manner.shared && unit.role !== "shell") {
      for (const long of longExports(unit.node)) edits.push({ start: long.start, end: long.end, by: "exports" });
    }
  }
  if (layout.text.typescript)
    for (const { container } of layout.graph.taken) edits.push(...visibilityEdits(layout, container));
  return edits;
}

/** `private` becomes `protected` where a member is used in another class of the chain. */
function visibilityEdits(layout: Layout, container: Container): TextEdit[] {
  const chain = layout.segments.filter((segment) => segment.container === container);
  if (container.kind !== "class" || chain.length === 0) return [];
  const taken = layout.graph.taken.find((one) => one.container === container);
  const home = new Map<string, Segment | undefined>();
  const users = new Map<string, Set<Segment | undefined>>();
  const members = layout.graph.units.filter((unit) => unit.role === "member" && unit.owner === container);
  for (const [index, unit] of members.entries()) {
    const segment = chain.find((one) => one.members.includes(unit));
    if (unit.key !== undefined) home.set(unit.key, segment);
    for (const key of taken?.facts[index]?.viaThis ?? []) users.set(key, (users.get(key) ?? new Set()).add(segment));
  }
  const edits: TextEdit[] = [];
  const protect = (node: Node, key: string | undefined, segment: Segment | undefined): void => {
    if (node["accessibility"] !== "private" || key === undefined || segment === undefined) return;
    if ([...(users.get(key) ?? [])].every((user) => user === segment)) return;
    const at = layout.text.text.indexOf("private", node.start);
    edits.push({ start: at, end: at + "private".length, by: "protected" });
  };
  for (const unit of members) {
    protect(unit.node, unit.key, home.get(unit.key ?? ""));
    if (unit.key !== "constructor") continue;
    for (const param of (unit.node["value"].params ?? []) as Node[]) {
      if (param.type !== "TSParameterProperty") continue;
      const name = (param["parameter"].name ?? param["parameter"].left?.name) as string | undefined;
      protect(param, name, home.get("constructor"));
    }
  }
  return edits;
}

/** The last class of a chain extends the part below instead of what the old class extended. */
export function headEdit(layout: Layout, container: Container): TextEdit[] {
  const top = layout.segments.filter((segment) => segment.container === container).at(-1);
  if (container.kind !== "class" || top === undefined) return [];
  const { node } = container;
  const by = `${top.name}${typeArguments(container)}`;
  if (isNode(node["superClass"])) {
    const end = (node["superTypeArguments"] ?? node["superClass"]).end as number;
    return [{ start: node["superClass"].start, end, by }];
  }
  const head = node["typeParameters"] ?? node["id"];
  const at = isNode(head) ? nameEnd(head) : layout.text.text.indexOf("class", node.start) + "class".length;
  return [{ start: at, end: at, by: ` extends ${by}` }];
}

function nameEnd(node: Node): number {
  return node.type === "Identifier" ? node.start + (node["name"] as string).length : node.end;
}

/** The opening line of a class of the chain. */
export function segmentHead(layout: Layout, segment: Segment): string {
  const { node } = segment.container;
  const { text } = layout.text;
  const parameters = isNode(node["typeParameters"])
    ? text.slice(node["typeParameters"].start, node["typeParameters"].end).replace(/\s+/g, " ")
    : "";
  const heritage = isNode(node["superClass"])
    ? text
        .slice(node["superClass"].start, (node["superTypeArguments"] ?? node["superClass"]).end as number)
        .replace(/\s+/g, " ")
    : undefined;
  const parent = segment.below === undefined ? heritage : `${segment.below.name}${typeArguments(segment.container)}`;
  const abstract = node["abstract"] === true ? "abstract " : "";
  return `${abstract}class ${segment.name}${parameters}${parent === undefined ? "" : ` extends ${parent}`} {`;
}

function typeArguments(container: Container): string {
  const params = (container.node["typeParameters"]?.params ?? []) as Node[];
  return params.length === 0 ? "" : `<${params.map((param) => param["name"].name as string).join(", ")}>`;
}

/** In an object literal taken apart a moved member leaves `key: part.key,`. */
export function memberEntry(segment: Segment, member: Unit, indent: string, text: string): string {
  const key = text.slice(member.node["key"].start, member.node["key"].end);
  const access = /^["']/.test(key)
    ? `${segment.name}[${key}]`
    : /^\d/.test(key)
      ? `${segment.name}[${key}]`
      : `${segment.name}.${key}`;
  return `${indent}${key}: ${access},`;
}
