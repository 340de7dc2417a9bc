import { amountsIn, sizeOfSystem, type Amount, type SideSize } from "./amounts.ts";
import { requestsIn, systemIn, tidied } from "./requests.ts";
import { linesOf } from "./role-lines.ts";
import { THRESHOLDS, USUAL_ROLES, type RoleAssignment, type RolePart, type RoleRule, type Roles } from "./roles.ts";
import { signsOf, type Signs } from "./signs.ts";

/** Median of the code files measured for the notes. */
const TOKENS_PER_LINE = 10;
/** English comes near this many characters a token. */
const CHARACTERS_PER_TOKEN = 4;
/** What a request takes that counts nothing and is not called small. */
const PLAIN_LINES = 60;
const SMALL_LINES = 10;
/** A pattern that is carried through a project, where nobody says how often. */
const REPEATED_LINES = 200;

/**
 * Says for each part of a piece of work whether the strong agent writes it itself or hands it over, and by which rule. Rules
 * and thresholds are the seeds': architecture, deep reasoning, less than 50 lines and what is ambiguous stay; a clear
 * specification, repetition, more than 100 lines and a defined interface go, where the description stays under 100 tokens
 * against more than 500 to generate. Figures are reckoned from the words alone.
 *
 * Pure; never throws. A text without words stays with the planner, as ambiguous.
 */
export function assignRoles(said: string, roles: Roles = USUAL_ROLES): RoleAssignment {
  const text = tidied(said);
  const requests = requestsIn(text);
  const whole = signsOf(text);
  const parts = (requests.length === 0 ? [text] : requests).flatMap((request) => partsOf(request, whole, text, roles));
  const merged = sumUp(parts);
  const written = merged.filter(({ role }) => role !== "verifier");
  const total = written.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const handed = written
    .filter(({ role }) => role === "executor")
    .reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const executor = total === 0 ? 0 : handed / total;
  const assignment = { parts: merged, shares: { planner: 1 - executor, executor }, reasons: merged.map(reasonOf) };
  return { ...assignment, lines: linesOf(assignment, roles) };
}

function partsOf(request: string, whole: Signs, text: string, roles: Roles): readonly RolePart[] {
  const system = systemIn(request);
  const signs = signsOf(request);
  if (system !== undefined && signs.deep?.rule !== "deep-reasoning")
    return systemParts(request, system, { signs, text, roles });
  return [
    singlePart(
      request,
      { ...signs, spec: signs.spec || (whole.spec && !signs.makesSpec && pointsBack(request)) },
      roles,
    ),
  ];
}

/** "Add tests for them": what was said before holds for it too. */
function pointsBack(request: string): boolean {
  return /\b(?:them|it|these|those|that|this|each|both)\b/i.test(request);
}

type Sketch = Omit<RolePart, "who" | "outputTokens" | "descriptionTokens">;

/** What has to stand before others can build on it. */
const DESIGNED: readonly Sketch[] = [
  { name: "Architecture", detail: "", role: "planner", rule: "architecture", why: "system design", lines: 40 },
  { name: "API_CONTRACT.md", detail: "", role: "planner", rule: "architecture", why: "defining standard", lines: 60 },
];

function systemParts(
  request: string,
  system: { readonly back: boolean; readonly front: boolean },
  { signs, text, roles }: { signs: Signs; text: string; roles: Roles },
): readonly RolePart[] {
  const size = sizeOfSystem(request);
  const make = (part: Sketch): RolePart => ({
    ...part,
    who: roles[part.role],
    outputTokens: part.lines * TOKENS_PER_LINE,
    descriptionTokens: tokensOf(request),
  });
  const isCrud = /\bcrud\b/i.test(text);
  const bySpec: Placed = { role: "executor", rule: "clear-spec", why: "spec already defined" };
  const byPattern = (why: string): Placed => ({ role: "executor", rule: "repetitive", why });
  const crud = byPattern(isCrud || size.back.detail.includes("router") ? "repetitive CRUD" : "repetitive patterns");
  const back = sideOf("Backend", size.back, signs.spec && !isCrud ? bySpec : crud);
  const front = sideOf("Frontend", size.front, byPattern("repetitive patterns"));
  return [
    ...(signs.spec ? [] : DESIGNED.filter(({ name }) => system.back || name !== "API_CONTRACT.md").map(make)),
    ...(system.back ? [make(back)] : []),
    ...(system.front ? [make(front)] : []),
    make({
      name: "Validation + integration",
      detail: "",
      role: "verifier",
      rule: "verification",
      why: "reasoning",
      lines: 0,
    }),
  ];
}

/** One side of a system, which stays where it is small. */
function sideOf(name: string, { detail, lines, assumed }: SideSize, placed: Placed): Sketch {
  const part = { name, detail, lines, ...(assumed === "" ? {} : { assumed }) };
  return { ...part, ...(lines < THRESHOLDS.keepBelowLines ? SMALL : placed) };
}

function singlePart(request: string, signs: Signs, roles: Roles): RolePart {
  const amounts = amountsIn(request);
  const lines = linesFor(amounts, signs);
  const descriptionTokens = tokensOf(request);
  const outputTokens = lines * TOKENS_PER_LINE;
  const { role, rule, why } = placeOf({ signs, amounts, lines, outputTokens, descriptionTokens });
  return {
    name: request === "" ? "(nothing said)" : request,
    detail: amounts.map(({ count, noun }) => `${count} ${noun}`).join(", "),
    role,
    who: roles[role],
    rule,
    why,
    lines,
    outputTokens,
    descriptionTokens,
  };
}

function linesFor(amounts: readonly Amount[], signs: Signs): number {
  const counts = amounts.reduce((sum, { count, linesEach }) => sum + count * linesEach, 0);
  if (counts > 0) return counts;
  if (signs.repetitive || ((signs.spec || signs.defined) && !signs.small)) return REPEATED_LINES;
  return signs.small ? SMALL_LINES : PLAIN_LINES;
}

interface Weighed {
  readonly signs: Signs;
  readonly amounts: readonly Amount[];
  readonly lines: number;
  readonly outputTokens: number;
  readonly descriptionTokens: number;
}

interface Placed {
  readonly role: "planner" | "executor";
  readonly rule: RoleRule;
  readonly why: string;
}

const SMALL: Placed = {
  role: "planner",
  rule: "small",
  why: `less than ${THRESHOLDS.keepBelowLines} lines, sooner written than handed over`,
};

/** The rules in their order: what is specified in bulk goes, whatever it is about; then what wants thought stays. */
function placeOf(weighed: Weighed): Placed {
  const { signs, amounts, lines, outputTokens, descriptionTokens } = weighed;
  const keep = (rule: RoleRule, why: string): Placed => ({ role: "planner", rule, why });
  const bulk = lines >= THRESHOLDS.bulkFromLines;
  const pays =
    outputTokens > THRESHOLDS.generatedTokens &&
    (descriptionTokens < THRESHOLDS.descriptionTokens ||
      outputTokens > (descriptionTokens * THRESHOLDS.generatedTokens) / THRESHOLDS.descriptionTokens);
  if (signs.makesSpec) return keep("architecture", "defining standard");
  if (signs.deep !== undefined && !((signs.spec || signs.defined) && bulk && signs.deep.rule !== "architecture"))
    return keep(signs.deep.rule, signs.deep.why);
  if (
    outputTokens < THRESHOLDS.keepBelowTokens ||
    (lines < THRESHOLDS.keepBelowLines && (signs.small || amounts.length > 0))
  )
    return SMALL;
  if (signs.vague && !signs.spec && !signs.defined)
    return keep("ambiguous", "the spec is ambiguous and wants clearing up first");
  const go = (rule: RoleRule, why: string): Placed =>
    pays
      ? { role: "executor", rule, why }
      : keep("description-too-long", `${descriptionTokens} tokens to describe against ${outputTokens} to generate`);
  if (signs.defined) return go("defined-interface", "implements a defined interface, pure generation task");
  if (signs.spec) return go("clear-spec", "spec already defined, pure generation task");
  if (signs.repetitive) return go("repetitive", "repetitive patterns");
  if (bulk && amounts.length > 0) return go("bulk", `bulk generation, about ${lines} lines`);
  if (lines < THRESHOLDS.keepBelowLines) return SMALL;
  return keep("ambiguous", "the spec is ambiguous: nothing is written down, and nothing repeats");
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** One design and one validation, however many systems the text asks for. */
function sumUp(parts: readonly RolePart[]): readonly RolePart[] {
  const seen = new Set<string>();
  const first = parts.filter(({ name, rule }) => {
    if (rule !== "architecture" && rule !== "verification") return true;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
  return [...first.filter(({ role }) => role !== "verifier"), ...first.filter(({ role }) => role === "verifier")];
}

function reasonOf({ name, detail, assumed, who, rule, why, lines, descriptionTokens, outputTokens }: RolePart): string {
  const what = detail === "" || name.includes(detail) ? name : `${name} (${detail})`;
  const size =
    rule === "verification"
      ? ""
      : `; about ${lines} lines, ${descriptionTokens} tokens to describe, ${outputTokens} to generate`;
  const guess = assumed === undefined ? "" : `; nothing is said of its size, assumed: ${assumed}`;
  return `${what} goes to ${who.label}: ${RULES[rule]} (${why})${size}${guess}`;
}

const RULES: Readonly<Record<RoleRule, string>> = {
  architecture: "what others build on is designed by the strong agent",
  "deep-reasoning": "what needs deep reasoning is not handed over",
  small: `below ${THRESHOLDS.keepBelowLines} lines handing over costs more than writing`,
  ambiguous: "what is ambiguous is not handed over",
  verification: "results are judged by the verifier",
  "clear-spec": "what is clearly specified is handed over",
  repetitive: "what repeats a pattern is handed over",
  bulk: `above ${THRESHOLDS.bulkFromLines} lines of known kind are handed over`,
  "defined-interface": "what implements a defined interface is handed over",
  "description-too-long": `a description under ${THRESHOLDS.descriptionTokens} tokens against more than ${THRESHOLDS.generatedTokens} generated is what pays, and this is not`,
};
