import { clip } from "../../foundation/table.ts";
import { formatCount } from "../../foundation/units.ts";
import type { RoleAssignment, RoleHolder, Roles } from "../../routing/roles/roles.ts";
import type { Paint } from "./colour.ts";
import { wrapText } from "./fit.ts";

export interface RolesForm {
  readonly paint: Paint;
  readonly columns: number;
  readonly coloured: boolean;
}

/** Who does which part, as the seeds write it; on a terminal with what it is reckoned from. */
export function rolesScreen(text: string, assignment: RoleAssignment, { paint, columns, coloured }: RolesForm): string {
  // Markdown as it is where it may be read by a program; painted where a person reads it.
  const lines = coloured
    ? assignment.lines.map((line) => line.replaceAll(/\*\*(.+?)\*\*/g, (_, strong: string) => paint.bold(strong)))
    : assignment.lines;
  const { planner, executor } = assignment.shares;
  const total = assignment.parts.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  return [
    paint.bold(clip(text.replaceAll(/\s+/g, " ").trim(), columns) || "(no text)"),
    "",
    ...lines.flatMap((line) => wrapText(line, columns, "", "  ")),
    "",
    paint.bold("Why so"),
    ...assignment.reasons.flatMap((reason) => wrapText(reason, columns, "  - ", "    ")),
    "",
    ...wrapText(
      `${percent(executor)} handed over, ${percent(planner)} kept, of about ${formatCount(total)} tokens to generate`,
      columns,
      "  ",
    ),
    "",
  ].join("\n");
}

/** The same for programs. */
export function rolesJson(text: string, assignment: RoleAssignment, roles: Roles): Readonly<Record<string, unknown>> {
  const holder = ({ label, kind, name }: RoleHolder): object => ({ label, kind, name });
  return {
    text,
    roles: { planner: holder(roles.planner), executor: holder(roles.executor), verifier: holder(roles.verifier) },
    parts: assignment.parts.map(({ who, ...part }) => ({ ...part, who: who.label })),
    shares: assignment.shares,
    lines: assignment.lines,
    reasons: assignment.reasons,
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
