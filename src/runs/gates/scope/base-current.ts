import type { Gate, GateFacts, RecentEdit } from "../gate.ts";
import { intentOf } from "../facts/intent.ts";
import { diffLines } from "../facts/line-diff.ts";
import { notApplicable, resultOf, type Finding } from "../facts/result.ts";

const ID = "base-current";

/** Head descends from base, and does not undo what the commits just before the task did (a worker on an old copy). */
export const baseCurrent: Gate = {
  id: ID,
  title: "the result is built on the base and keeps what the base has",
  price: 0,
  async check(facts) {
    const { lineage } = facts;
    if (lineage === undefined) return notApplicable(ID, "no history is known, only trees");
    if (!lineage.descends) {
      return resultOf(ID, [
        {
          code: "stale-base",
          message: `${short(facts.head.revision)} does not descend from the base ${short(facts.base.revision)}; do the work again on top of the base`,
        },
      ]);
    }
    if (intentOf(facts.task).matches(/\b(?:revert|undo|restore|roll ?back|back out)\b/i))
      return resultOf(ID, [], "the task asks for an earlier state");
    return resultOf(ID, await reverted(facts, lineage.recent));
  },
};

async function reverted(facts: GateFacts, recent: readonly RecentEdit[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const edit of recent) {
    if (findings.some(({ path }) => path === edit.path)) continue;
    if (isDeclaredDelete(facts, edit.path)) continue;
    const [base, head] = await Promise.all([facts.base.read(edit.path), facts.head.read(edit.path)]);
    if (base === head) continue;
    const lost = takenBack(edit, base, head);
    if (lost !== undefined && !leaves(facts, lost) && !(await movedAway(facts, edit.path, lost))) {
      findings.push({
        code: "base-reverted",
        message: `${edit.path} lacks what ${short(edit.revision)} ("${edit.subject}") had brought, as if written from an older copy; start from the file as it is on the base`,
        path: edit.path,
        text: lost,
      });
    }
  }
  return findings;
}

/** The task itself removes or replaces what stands in the line. */
function leaves(facts: GateFacts, line: string): boolean {
  return (line.match(/[A-Za-z_$][\w$]*/g) ?? []).some((name) => intentOf(facts.task).goes(name));
}

/** How many neighbours are looked at for a line that went from a file. */
const MOST_NEIGHBOURS = 80;

/** True when the line now stands in a file beside it, or in one that the result changed: moved, not taken back. */
async function movedAway(facts: GateFacts, path: string, line: string): Promise<boolean> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const extension = path.slice(path.lastIndexOf("."));
  const beside = (await facts.head.list()).filter(
    (other) => other.startsWith(folder) && !other.slice(folder.length).includes("/") && other.endsWith(extension),
  );
  const places = new Set([...facts.changes.map((change) => change.path), ...beside.slice(0, MOST_NEIGHBOURS)]);
  places.delete(path);
  for (const place of places) {
    const text = await facts.head.read(place);
    if (text?.split("\n").some((other) => other.trim() === line) === true) return true;
  }
  return false;
}

function isDeclaredDelete(facts: GateFacts, path: string): boolean {
  return facts.task.writes.some((write) => write.action === "delete" && write.path === path);
}

/** A line that the commit had brought and the result lost, when the result lost all of a hunk and has the old text back. */
function takenBack(edit: RecentEdit, base: string | undefined, head: string | undefined): string | undefined {
  const brought = edit.after ?? "";
  if (edit.before !== undefined && head === edit.before && base !== edit.before)
    return firstTelling(diffLines(edit.before, brought).flatMap(({ after }) => after)) ?? "(whole file)";
  const inBase = new Set((base ?? "").split("\n").map((line) => line.trim()));
  const inHead = new Set((head ?? "").split("\n").map((line) => line.trim()));
  for (const hunk of diffLines(edit.before ?? "", brought)) {
    const added = hunk.after.map((line) => line.trim()).filter((line) => isTelling(line) && inBase.has(line));
    const removed = hunk.before.map((line) => line.trim()).filter(isTelling);
    if (added.length === 0 || added.some((line) => inHead.has(line))) continue;
    // Lost and the old lines are back: a revert. New lines only: lost whole, and enough of them to be no coincidence.
    const back = removed.length > 0 && removed.every((line) => inHead.has(line) && !inBase.has(line));
    if (
      back ||
      (removed.length === 0 && added.length >= 3 && edit.before !== undefined && !rewritten(hunk.after, head ?? ""))
    )
      return added[0];
  }
  return undefined;
}

/** True when what the lost lines define still stands there in another form. */
function rewritten(lines: readonly string[], head: string): boolean {
  const names = lines
    .flatMap(
      (line) =>
        /^\s*(?:export )?(?:async )?(?:def|class|function|const|let) ([\w$]+)|^\s+(?:async )?([\w$]+)\(.*\) *(?::.*)?\{$/
          .exec(line)
          ?.slice(1, 3) ?? [],
    )
    .filter((name) => name !== undefined);
  return (
    names.length === 0 || names.some((name) => new RegExp(`\\b${name.replaceAll("$", String.raw`\$`)}\\b`).test(head))
  );
}

function isTelling(line: string): boolean {
  return line.replaceAll(/[^\w]/g, "").length >= 8 && !/^(?:#|\/\/|\*|import |from |return$)/.test(line);
}

function firstTelling(lines: readonly string[]): string | undefined {
  return lines.map((line) => line.trim()).find(isTelling);
}

function short(revision: string): string {
  return revision.slice(0, 10);
}
