/** Verbs that cannot both be meant for the same thing. */
const OPPOSITES: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(?:add|introduce|create)\b/i, /\b(?:remove|delete|drop)\b/i],
  [/\b(?:keep|retain|preserve|leave)\b/i, /\b(?:remove|delete|drop|get rid of)\b/i],
  [/\b(?:enable|turn on)\b/i, /\b(?:disable|turn off)\b/i],
  [/\b(?:increase|raise)\b/i, /\b(?:decrease|reduce|lower)\b/i],
  [/\b(?:split|break up)\b/i, /\b(?:merge|join|combine)\b/i],
];

/** Says that nothing may be changed at all. */
const HANDS_OFF =
  /\b(?:(?:do not|don'?t|without|never|not) (?:chang|modif|touch|edit|alter)\w*\s+(?:any(?:thing)?(?: (?:files?|code|source|lines?))?|a single (?:file|line)|the (?:code|file|files|repository|source))(?=\s*(?:[.,;!?]|$|at all|and\b|but\b))|no (?:code |file )?changes(?: at all| allowed)?(?=\s*(?:[.,;!?]|$)))/i;

/**
 * Why a goal cannot be done as it stands, or undefined. Deterministic; finds a change forbidden and asked for in one
 * breath, and opposite verbs with the very same object ("keep legacy.py and delete legacy.py").
 */
export function contradictionIn(goal: string, asksForChange: boolean): string | undefined {
  const forbidden = HANDS_OFF.exec(goal)?.[0];
  if (forbidden !== undefined && asksForChange) return `it asks for a change and says "${forbidden.trim()}"`;
  const clauses = goal.split(/[,;]|\.(?!\w)|\b(?:and|but|then|also|while)\b/i).map((clause) => clause.trim());
  for (const [one, other] of OPPOSITES) {
    const first = objectsOf(clauses, one);
    const both = objectsOf(clauses, other).find((object) => first.includes(object));
    if (both !== undefined) return `it wants opposite things for "${both}"`;
  }
  return undefined;
}

/** What stands behind a verb up to the end of its clause, without articles; negated clauses are left out. */
function objectsOf(clauses: readonly string[], verb: RegExp): readonly string[] {
  return clauses.flatMap((clause) => {
    const match = verb.exec(clause);
    if (match === null || /\b(?:do not|don'?t|never|without|not)\b/i.test(clause.slice(0, match.index))) return [];
    const object = clause
      .slice(match.index + match[0].length)
      .replace(/\b(?:the|a|an|all|its|our|again|too|as well)\b/gi, " ")
      .replace(/[`"']/g, "")
      .replace(/\s+/g, " ")
      .trim()
      .toLowerCase();
    return object === "" ? [] : [object];
  });
}
