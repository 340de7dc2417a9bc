/**
 * Who does which part of a piece of work: what the strong agent writes itself, and what it hands over.
 *
 * Owns the three roles as data (planner, executor, verifier, each an agent or a model), the rules of the seeds with their
 * thresholds, and the decider over them. Invariant: pure; the same text and roles give the same parts in the same order, and
 * every part says by which rule it went where.
 *
 * Rejected: asking a model who should do it (the question costs more than many a part), and a score over all signs (nobody
 * can contradict "0.62"; a rule that is named can be).
 */
export interface RoleHolder {
  /** As people say it: "Claude", "Codex". */
  readonly label: string;
  readonly kind: "agent" | "model";
  /** "claude", "codex"; or a model's name. */
  readonly name: string;
}

export interface Roles {
  /** Decides, designs, writes what needs thought. */
  readonly planner: RoleHolder;
  /** Carries out what is specified. */
  readonly executor: RoleHolder;
  /** Judges the result. */
  readonly verifier: RoleHolder;
}

const CLAUDE: RoleHolder = { label: "Claude", kind: "agent", name: "claude" };

/** As the seeds have them. */
export const USUAL_ROLES: Roles = {
  planner: CLAUDE,
  executor: { label: "Codex", kind: "agent", name: "codex" },
  verifier: CLAUDE,
};

/** When handing over pays. Source: the seeds (003, "Decision threshold" and "Smart Mix"). */
export const THRESHOLDS = {
  /** Below so many lines the strong agent writes it itself. */
  keepBelowLines: 50,
  /** Above so many lines it is bulk. */
  bulkFromLines: 100,
  /** A description shorter than this, against ... */
  descriptionTokens: 100,
  /** ... more than this to generate, is worth handing over. */
  generatedTokens: 500,
  /** Less than this to generate is never worth it. */
  keepBelowTokens: 50,
} as const;

/** The rule by which a part stays or goes. */
export type RoleRule =
  | "architecture"
  | "deep-reasoning"
  | "small"
  | "ambiguous"
  | "verification"
  | "clear-spec"
  | "repetitive"
  | "bulk"
  | "defined-interface"
  | "description-too-long";

export interface RolePart {
  /** "Backend", "API_CONTRACT.md", "Add 8 endpoints matching this OpenAPI spec". */
  readonly name: string;
  /** "5 routers"; "" where nothing is counted. */
  readonly detail: string;
  /** What is reckoned with where the words say nothing of its size: "1 router". */
  readonly assumed?: string;
  readonly role: keyof Roles;
  readonly who: RoleHolder;
  readonly rule: RoleRule;
  /** A few words: "repetitive CRUD". */
  readonly why: string;
  /** What it takes, reckoned from the words alone. */
  readonly lines: number;
  readonly outputTokens: number;
  readonly descriptionTokens: number;
}

export interface RoleAssignment {
  readonly parts: readonly RolePart[];
  /** Share of the tokens to be generated that each writes, 0 to 1. */
  readonly shares: { readonly planner: number; readonly executor: number };
  /** Sentences, most weighty first. */
  readonly reasons: readonly string[];
  /** In the form of the seeds' examples: a Markdown list. */
  readonly lines: readonly string[];
}
