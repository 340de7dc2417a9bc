import { nanoUsd, toUsd } from "../../../foundation/units.ts";
import type { KeyFacts } from "../../../gateway/keys/keys.ts";
import { amountText, durationText } from "../../../throttle/refusal.ts";
import type { Limit } from "../../../throttle/throttle.ts";
import type { Paint } from "../colour.ts";
import { fitTable, wrapText } from "../fit.ts";

type OwnLimit = Omit<Limit, "scope" | "of">;

/** A key with its own caps. */
export interface KeyWithLimits {
  readonly facts: KeyFacts;
  readonly limits: readonly OwnLimit[];
}

export interface ListedKey extends KeyWithLimits {
  readonly createdAt: number;
  readonly revokedAt: number | null;
  readonly state: "works" | "expired" | "revoked";
}

const UNITS = { tokens: "tokens", nanoUsd: "usd", requests: "requests" } as const;

/** A key that was just made: the only time it is shown. Pure. */
export function madeKeyScreen(
  { key, facts, limits }: KeyWithLimits & { readonly key: string },
  { columns, program }: { readonly columns: number; readonly program: string },
): string[] {
  const lines = [
    ["id", facts.id],
    ["works", facts.expiresAt === null ? "until it is revoked" : `until ${instant(facts.expiresAt)} UTC`],
    ["session", facts.session ?? "as its client says"],
    ["project", facts.project ?? ""],
    ["models", facts.models?.join(", ") ?? "all"],
    ["priority", `at most ${facts.priority}`],
    ["limits", limits.map(limitText).join(", ") || "none of its own"],
  ].filter(([, text]) => text !== "");
  return [
    // By itself on its line, so that it can be copied, and longer than a narrow screen rather than cut.
    key,
    "",
    ...fitTable(lines, { columns, indent: "  ", giving: [{ column: 1, least: 20 }] }),
    "",
    ...wrapText(`Keep it now: only its hash is stored. ${program} connect CLIENT --key KEY sets a client up.`, columns),
  ];
}

/** Keys as an aligned table. Pure. */
export function keyListScreen(
  keys: readonly ListedKey[],
  left: number,
  { paint: p, columns, program, now }: { paint: Paint; columns: number; program: string; now: number },
): string[] {
  const more = left === 0 ? [] : [p.dim(`${left} revoked or expired; ${program} key list --all shows them`)];
  if (keys.length === 0) return [`no keys; ${program} key create NAME makes one`, ...more];
  const header = ["id", "name", "works", "session", "project", "models", "priority", "limits"];
  const rows = keys.map((key) => [
    key.facts.id,
    key.facts.name,
    worksText(key, p, now),
    key.facts.session ?? "",
    key.facts.project ?? "",
    key.facts.models?.join(",") ?? "all",
    key.facts.priority,
    key.limits.map(limitText).join(", "),
  ]);
  // A column that says nothing of any key has no header either.
  const said = header.map((title, column) => (rows.some((row) => row[column] !== "") ? p.bold(title) : ""));
  const table = fitTable([said, ...rows], {
    columns,
    giving: [
      { column: 7, least: 14 },
      { column: 5, least: 10 },
      { column: 4, least: 6 },
      { column: 1, least: 8 },
      { column: 3, least: 6 },
      { column: 7, least: 0 },
      { column: 5, least: 0 },
    ],
  });
  return [...table, ...(more.length === 0 ? [] : ["", ...more])];
}

/** A key for programs; money in dollars, instants in ISO. Pure. */
export function keyJson({ facts, limits, ...listed }: KeyWithLimits & Partial<ListedKey>): Record<string, unknown> {
  const iso = (at: number | null = null): string | null => (at === null ? null : new Date(at).toISOString());
  return {
    id: facts.id,
    name: facts.name,
    ...(listed.state === undefined
      ? {}
      : { state: listed.state, created_at: iso(listed.createdAt), revoked_at: iso(listed.revokedAt) }),
    expires_at: iso(facts.expiresAt),
    session: facts.session,
    project: facts.project,
    models: facts.models,
    priority: facts.priority,
    limits: limits.map(({ window, measure, amount }) => ({
      name: `${UNITS[measure]}/${window}`,
      amount: measure === "nanoUsd" ? toUsd(nanoUsd(amount)) : amount,
    })),
  };
}

function worksText({ state, facts: { expiresAt } }: ListedKey, p: Paint, now: number): string {
  if (state !== "works") return p.red(state);
  return expiresAt === null ? p.green("yes") : p.green(`for ${durationText(expiresAt - now)}`);
}

function limitText(limit: OwnLimit): string {
  return `${amountText(limit, limit.amount)}/${limit.window}`;
}

function instant(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
