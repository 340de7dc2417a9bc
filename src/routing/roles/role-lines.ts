import type { RoleAssignment, RolePart, Roles } from "./roles.ts";

/**
 * The assignment as the seeds write theirs: a line a part; where all of it goes to one, a line that says so, and what is left
 * to the verifier. Pure.
 */
export function linesOf({ parts }: Pick<RoleAssignment, "parts">, roles: Roles): readonly string[] {
  const written = parts.filter(({ role }) => role !== "verifier");
  const [first] = written;
  const single = new Set(written.map(({ role }) => role)).size === 1 && parts.length === written.length;
  if (first === undefined || !single) return parts.map(line);
  if (first.role === "planner") return [`- **100% ${first.who.label}** — ${first.why}, no delegation`];
  return [`- **100% ${first.who.label}** — ${first.why}`, `- ${roles.verifier.label} only validates afterward`];
}

function line({ name, detail, who, why }: RolePart): string {
  const counted = detail === "" || name.includes(detail) ? "" : ` (${detail})`;
  return `- ${name}${counted} → **${who.label}** (${why})`;
}
