import { z } from "zod";

/** One line range, both ends included, from 1. Flat, since small schemas are what every provider's tools understand. */
const line = z.number().int().min(1);
const path = z.string().min(1).describe("repository-relative, forward slashes");

const read = z.object({
  path,
  first: line.optional(),
  last: line.optional(),
  optional: z.boolean().default(false),
  note: z.string().default(""),
});

const write = z.object({
  path,
  action: z.enum(["create", "edit", "delete"]),
  first: line.optional().describe("for edits: first line of the place"),
  last: line.optional(),
});

const exact = z
  .object({
    kind: z.enum([
      "create",
      "copy",
      "move",
      "append",
      "delete-lines",
      "replace-lines",
      "insert",
      "replace-text",
      "rename-file",
      "delete-file",
    ]),
    path: path.describe("the file changed; for copy and move the file the lines are taken from"),
    first: line.optional(),
    last: line.optional(),
    to: z.string().optional().describe("copy, move: file to append to; rename-file: new path"),
    content: z.string().optional().describe("create, append, replace-lines, insert: literal text"),
    line: z.number().int().min(0).optional().describe("insert: after this line, 0 for the top"),
    find: z.string().optional(),
    by: z.string().optional(),
    count: z.number().int().min(1).optional().describe("replace-text: how often `find` occurs in the range"),
  })
  .describe("an edit carried out without a model; line numbers mean the file as the task finds it");

const step = z.object({
  text: z.string().default("").describe("prose for the worker; leave empty where `exact` is given"),
  exact: exact.optional(),
});

const check = z.object({
  kind: z.enum([
    "file-exists",
    "file-absent",
    "contains",
    "lacks",
    "line-count",
    "defines",
    "syntax",
    "command",
    "fails-before",
    "gate",
  ]),
  path: z.string().optional(),
  text: z.string().optional(),
  lines: z.number().int().min(0).optional(),
  tolerance: z.number().int().min(0).optional(),
  names: z.array(z.string()).optional(),
  index: z.number().int().min(1).optional().describe("command, fails-before: number of the validation command, from 1"),
  gate: z.string().optional(),
});

const task = z.object({
  title: z.string().min(1),
  tier: z.enum(["exact", "small", "big"]),
  dependsOn: z.array(z.number().int().min(1)).default([]).describe("positions of earlier tasks, from 1"),
  reads: z.array(read).default([]),
  writes: z.array(write).min(1),
  context: z.string().describe("at most 100 words"),
  steps: z.array(step).min(1),
  snippets: z
    .array(z.object({ language: z.string().default(""), code: z.string(), note: z.string().default("") }))
    .default([]),
  criteria: z.array(z.object({ text: z.string().min(1), check })).min(1),
  validation: z
    .array(
      z.object({
        command: z.string().min(1),
        comment: z.string().default(""),
        timeoutSeconds: z.number().int().min(1).max(3600).default(120),
      }),
    )
    .min(1),
  contract: z.array(z.object({ path, name: z.string().min(1), signature: z.string().optional() })).default([]),
});

/** What the planner model submits. */
export const planDraftSchema = z.object({
  question: z
    .string()
    .default("")
    .describe("only where no plan can be made without the user's answer; then leave tasks empty"),
  summary: z.string().default("").describe("why this way, and the structure afterwards; Markdown"),
  nonGoals: z.array(z.string()).default([]),
  tasks: z.array(task).default([]),
  finalChecks: z.array(z.string()).default([]).describe("shell commands for the whole result"),
  notes: z.array(z.string()).default([]),
});

export type PlanDraft = z.infer<typeof planDraftSchema>;
export type TaskDraft = PlanDraft["tasks"][number];
export type ExactDraft = z.infer<typeof exact>;
export type CheckDraft = z.infer<typeof check>;
