import { type JsonMember, type JsonNode, parseJsonText } from "./json-nodes.ts";
import { lineEnd, type Place, splice, type TextForm } from "./text-form.ts";

/** Settings in JSON, edited as text. `comments`: whether the program that reads them takes comments and a comma at the end. */
export function jsonForm({ comments }: { readonly comments: boolean }): TextForm {
  const root = (text: string): JsonNode => parseJsonText(text, comments);
  return {
    empty: "{}\n",
    read(text, place) {
      const node = valueAt(root(text), place);
      return node === undefined ? undefined : text.slice(node.start, node.end);
    },
    write(text, place, value) {
      const full = text.trim() === "" ? "{}\n" : text;
      return writeAt(full, root(full), place, value);
    },
    remove(text, place, kept) {
      let left = removeAt(text, root(text), place);
      for (let depth = place.length - 1; depth > kept; depth -= 1) {
        const parent = valueAt(root(left), place.slice(0, depth));
        if (parent?.kind !== "object" || parent.members.length > 0) break;
        left = removeAt(left, root(left), place.slice(0, depth));
      }
      return left;
    },
    parents(text, place) {
      const node = text.trim() === "" ? undefined : root(text);
      return deepest(node, place.slice(0, -1)).depth;
    },
  };
}

/** The member of that name; as with every reader of JSON the last one counts. */
function memberOf(node: JsonNode | undefined, key: string | undefined): JsonMember | undefined {
  return node?.kind === "object" ? node.members.findLast((member) => member.key === key) : undefined;
}

function valueAt(root: JsonNode, place: Place): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const key of place) node = memberOf(node, key)?.value;
  return node;
}

/** The innermost object on the way to a place, and how many steps it is away. */
function deepest(
  root: JsonNode | undefined,
  place: Place,
): { readonly node: JsonNode | undefined; readonly depth: number } {
  let [node, depth] = [root, 0];
  for (const key of place) {
    const next = memberOf(node, key)?.value;
    if (next?.kind !== "object") break;
    [node, depth] = [next, depth + 1];
  }
  return { node, depth };
}

function writeAt(text: string, root: JsonNode, place: Place, value: string): string {
  const known = valueAt(root, place);
  if (known !== undefined) return splice(text, known.start, known.end, value);
  const { node, depth } = deepest(root, place.slice(0, -1));
  const [key = "", ...inner] = place.slice(depth);
  // A parent that is no object (null, say) is replaced by one.
  const member = memberOf(node, key);
  const unit = indentUnit(text, root);
  const base = indentOf(text, node?.start ?? 0);
  const full = nested(inner, value, base + unit, unit, lineEnd(text));
  if (member !== undefined) return splice(text, member.value.start, member.value.end, full);
  return node?.kind === "object" ? addMember(text, node, `${JSON.stringify(key)}: ${full}`, base, unit) : text;
}

/** `{ "a": { "b": value } }` for the keys a, b, laid out below an indent. */
function nested(keys: readonly string[], value: string, indent: string, unit: string, end: string): string {
  const [key, ...inner] = keys;
  if (key === undefined) return value;
  const body = nested(inner, value, indent + unit, unit, end);
  return `{${end}${indent}${unit}${JSON.stringify(key)}: ${body}${end}${indent}}`;
}

function addMember(
  text: string,
  node: JsonNode & { kind: "object" },
  member: string,
  base: string,
  unit: string,
): string {
  const end = lineEnd(text);
  const last = node.members.at(-1);
  if (last === undefined) {
    const inside = text.slice(node.start + 1, node.end - 1);
    const kept = inside.trim() === "" ? "" : inside.trimEnd();
    return splice(text, node.start + 1, node.end - 1, `${kept}${end}${base}${unit}${member}${end}${base}`);
  }
  const first = node.members[0] ?? last;
  const lead = text.slice(node.start + 1, first.start);
  const isSpread = lead.includes("\n");
  const before = isSpread ? end + indentOf(text, first.start) : " ";
  const afterLast = last.comma === undefined ? last.value.end : last.comma + 1;
  // A remark at the end of the line belongs to the member before.
  const remark = isSpread
    ? (/^[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)/.exec(text.slice(afterLast))?.[0].length ?? 0)
    : 0;
  const added = splice(
    text,
    afterLast + remark,
    afterLast + remark,
    before + member + (last.comma === undefined ? "" : ","),
  );
  return last.comma === undefined ? splice(added, last.value.end, last.value.end, ",") : added;
}

function removeAt(text: string, root: JsonNode, place: Place): string {
  const parent = valueAt(root, place.slice(0, -1));
  const member = memberOf(parent, place.at(-1));
  if (parent?.kind !== "object" || member === undefined) return text;
  if (parent.members.length === 1) {
    const rest =
      text.slice(parent.start + 1, member.start) +
      text.slice((member.comma ?? member.value.end - 1) + 1, parent.end - 1);
    return splice(text, parent.start + 1, parent.end - 1, rest.trim() === "" ? "" : rest);
  }
  const start = member.start - (/\s*$/.exec(text.slice(0, member.start))?.[0].length ?? 0);
  if (member.comma !== undefined) return splice(text, start, member.comma + 1, "");
  const before = parent.members[parent.members.indexOf(member) - 1];
  const cut = splice(text, start, member.value.end, "");
  return before?.comma === undefined ? cut : splice(cut, before.comma, before.comma + 1, "");
}

/** The spaces at the beginning of the line in which something stands. */
function indentOf(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** What the file indents by: as its first member does. */
function indentUnit(text: string, root: JsonNode): string {
  const first = root.kind === "object" ? root.members[0] : undefined;
  const found =
    first === undefined || !text.slice(root.start, first.start).includes("\n") ? "" : indentOf(text, first.start);
  return found === "" ? "  " : found;
}
