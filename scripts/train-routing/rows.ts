import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TYPES } from "../../src/routing/detector/model.ts";

/** Where a row comes from: written for the data set, made from patterns, a commit subject, or one of our own rows. */
export type World = "hand" | "template" | "commit" | "own";

export interface Row {
  readonly text: string;
  /** Index into TYPES. */
  readonly label: number;
  readonly world: World;
  /** Repository of a commit; "" for the others. */
  readonly repository: string;
  /** Known for hand and own rows. */
  readonly simple: boolean | null;
  /** A second label that is acceptable. */
  readonly alt: number | null;
}

interface Line {
  readonly text: string;
  readonly label: string;
  readonly source: string;
  readonly simple?: boolean;
  readonly alt?: string;
}

const OWN_ROWS = join(import.meta.dirname, "rows");
const labelOf = (label: string): number => TYPES.findIndex((type) => type === label.toLowerCase());

/** Rows of a JSONL file of the routing data (`train.jsonl`, `dev.jsonl`). */
export function readRows(path: string): readonly Row[] {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line): Row => {
    const { text, label, source, simple, alt } = JSON.parse(line) as Line;
    const world: World = source === "hand" || source === "template" ? source : "commit";
    return {
      text,
      label: labelOf(label),
      world,
      repository: world === "commit" ? (source.split("@")[0] ?? "") : "",
      simple: simple ?? null,
      alt: alt === undefined ? null : labelOf(alt),
    };
  });
}

/** Our own rows: a file a type, a text a line; "~ " before it marks what is simple. */
export function readOwnRows(folder: string = OWN_ROWS): readonly Row[] {
  return TYPES.flatMap((type, label) =>
    readFileSync(join(folder, `${type}.txt`), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Row => {
        const simple = line.startsWith("~ ");
        return { text: simple ? line.slice(2) : line, label, world: "own", repository: "", simple, alt: null };
      }),
  );
}
