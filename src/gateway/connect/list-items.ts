import { isDeepStrictEqual } from "node:util";

/** A JSON list's text with one more item behind the others, whose layout stays; the same where the item is in it. Pure. */
export function withItem(list: string | undefined, item: string): string {
  const items = list === undefined ? undefined : itemsOf(list);
  if (list === undefined || items === undefined || items.length === 0) return `[${item}]`;
  if (items.some((one) => isDeepStrictEqual(one, JSON.parse(item)))) return list;
  const inside = list.slice(1, -1).trimEnd();
  const tail = list.slice(1 + inside.length, -1);
  const space = /^\s*/.exec(inside)?.[0] ?? "";
  return `[${inside},${space.includes("\n") ? space : " "}${item}${tail}]`;
}

/** The list without the item; the very same text where it is not in it. Laid out anew only where somebody else has laid it out. Pure. */
export function withoutItem(list: string, item: string): string {
  const items = itemsOf(list);
  const ours: unknown = JSON.parse(item);
  if (items === undefined || !items.some((one) => isDeepStrictEqual(one, ours))) return list;
  const at = list.indexOf(item);
  if (at < 0)
    return JSON.stringify(
      items.filter((one) => !isDeepStrictEqual(one, ours)),
      null,
      2,
    );
  const before = list.slice(0, at).replace(/,\s*$/, "");
  const behind = list.slice(at + item.length);
  return before.length < at && before.trim() !== "[" ? before + behind : before + behind.replace(/^\s*,\s*/, "");
}

/** Its items; undefined where the text is no list. */
function itemsOf(list: string): readonly unknown[] | undefined {
  const value: unknown = JSON.parse(list);
  return Array.isArray(value) ? value : undefined;
}
