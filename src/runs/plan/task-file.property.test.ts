import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExactStep, LineRange } from "../../codebase/exact-step.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { Criterion, CriterionCheck, MiniTask, TaskStep } from "./mini-task.ts";
import { parseTaskDocument, parseTaskFile, printTaskFile } from "./task-file.ts";
import { fencesBalanced } from "./text/fences.ts";
import { readStepText, printExactStep } from "./text/step-text.ts";

/** Words that Markdown, our own structure and editors trip over, mixed with plain ones. */
const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .string({ unit: "grapheme", maxLength: 12 })
      .map((text) => text.replace(/[\r\n\u0085\u2028\u2029\t\v\f\0]/g, "")),
  },
  fc.constantFrom(
    "```",
    "~~~~",
    "---",
    "## Task",
    "# Mini-Task 9: x",
    "1. one",
    "- [ ] x",
    "→ syntax `a`",
    "-> unbound",
    "**Model**: x",
    "`a.py`",
    "\\---",
    "\\# a",
    "  two",
    "timeout: 5s",
    "lines 1-5",
    "note: x",
    "optional",
    "(lines 3-9)",
    "",
    "    ",
    "<!-- x -->",
    "$5",
    "|",
  ),
);
const single = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(" ").replace(/\s+/g, " ").trim());
const line = single.filter((text) => text !== "");
const prose = fc
  .array(piece, { maxLength: 6 })
  .map((lines) =>
    lines
      .map((text) => text.trimEnd())
      .join("\n")
      .trim(),
  )
  .filter(fencesBalanced);
const path = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9_@+.()[\]-]{1,8}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => `s${parts.map((part) => (/^\.+$/.test(part) ? `x${part}` : part)).join("/")}`);
const name = fc.stringMatching(/^[a-zA-Z_$][a-zA-Z0-9_$]{0,6}(\.[a-z]{1,4})?$/);
const span = fc
  .tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 90 }))
  .map(([first, more]) => ({ first, last: first + more }));
const content = fc
  .array(fc.oneof(piece, fc.constantFrom("\t x", "a\r", "\ufeff", "\0", "\ud800", "\u2028", "````", "   ```js")), {
    maxLength: 6,
  })
  .chain((lines) =>
    fc.constantFrom("\n", "\r\n").chain((end) => fc.boolean().map((closed) => lines.join(end) + (closed ? end : ""))),
  );
const range: fc.Arbitrary<LineRange> = fc
  .tuple(path, span, fc.option(fc.stringMatching(/^[0-9a-f]{8}$/), { nil: undefined }))
  .map(([at, lines, sha]) => ({ path: at, ...lines, ...(sha === undefined ? {} : { sha }) }));
const words = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });

const exactStep: fc.Arbitrary<ExactStep> = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), path, content }),
  fc.record({ kind: fc.constantFrom("copy" as const, "move" as const), from: range, to: path }),
  fc.record({ kind: fc.constant("append" as const), path, content }),
  fc.record({ kind: fc.constant("delete-lines" as const), range }),
  fc.record({ kind: fc.constant("replace-lines" as const), range, content }),
  fc.record({ kind: fc.constant("insert" as const), path, line: fc.nat(500), content }),
  fc.record({
    kind: fc.constant("replace-text" as const),
    range,
    find: fc.oneof(words, line),
    by: fc.oneof(words, single),
    count: fc.integer({ min: 1, max: 50 }),
  }),
  fc.record({ kind: fc.constant("rename-file" as const), path, to: path }),
  fc.record({ kind: fc.constant("delete-file" as const), path }),
);

test("an exact step of any content is read back from its text", () => {
  fc.assert(
    fc.property(exactStep, (step) => {
      expect(readStepText(printExactStep(step))).toEqual({ kind: "exact", step });
    }),
    { numRuns: 1000 },
  );
});

const step = (tier: MiniTask["tier"]): fc.Arbitrary<TaskStep> => {
  const exact = exactStep.map((exactly) => ({ text: printExactStep(exactly), exact: exactly }));
  const said = prose.filter((text) => text !== "" && readStepText(text).kind === "prose").map((text) => ({ text }));
  return tier === "exact" ? exact : fc.oneof(exact, said);
};

const check = (commands: number): fc.Arbitrary<CriterionCheck> =>
  fc.oneof(
    fc.record({ kind: fc.constantFrom("file-exists" as const, "file-absent" as const, "syntax" as const), path }),
    fc.record({ kind: fc.constantFrom("contains" as const, "lacks" as const), path, text: words }),
    fc.record({ kind: fc.constant("line-count" as const), path, lines: fc.nat(9999), tolerance: fc.nat(99) }),
    fc.record({ kind: fc.constant("defines" as const), path, names: fc.array(name, { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constant("gate" as const), gate: fc.stringMatching(/^[a-z][a-z-]{0,9}$/) }),
    ...(commands === 0
      ? []
      : [
          fc.record({
            kind: fc.constantFrom("command" as const, "fails-before" as const),
            index: fc.integer({ min: 1, max: commands }),
          }),
        ]),
  );

const criterion = (commands: number): fc.Arbitrary<Criterion> =>
  fc
    .tuple(
      fc
        .oneof(
          fc.constantFrom("No syntax errors", "File created at `a.py`", "`a.py` contains `x`", "fine"),
          fc.stringMatching(/^[a-zA-Z`.() -]{1,20}$/),
        )
        .map((text) => text.trim()),
      fc.boolean(),
      fc.option(check(commands), { nil: undefined }),
    )
    .filter(([text]) => text !== "" && !/^(?:[-*]|\[)/.test(text))
    .map(([text, done, bound]) => ({ text, done, ...(bound === undefined ? {} : { check: bound }) }));

const command = fc.constantFrom(
  "ls -lh x",
  "wc -l x  # Should be ~600 lines",
  'grep -q "a" b && echo "OK"',
  "python - <<'EOF'\nprint('x')\n\n# not a comment\nEOF",
  "if true; then\n  echo 'a'\nfi",
  "a \\\n  --b",
  'for x in 1 2; do\n  echo "$x"\ndone',
  'node -e "\n1\n"',
  "echo '```'",
);

const task: fc.Arbitrary<MiniTask> = fc
  .record({
    tier: fc.constantFrom("exact" as const, "small" as const, "big" as const),
    commands: fc.array(command, { maxLength: 3 }),
  })
  .chain(({ tier, commands }) =>
    fc
      .record({
        number: fc.nat(99),
        title: line,
        tier: fc.constant(tier),
        model: fc.oneof(
          line,
          fc.constantFrom("none (exact steps)", "Claude 3.5 Haiku (or GPT-4o-mini)", "Claude Sonnet 4.5"),
        ),
        estimate: fc
          .tuple(fc.nat(50_000), fc.nat(9_000), fc.option(fc.nat(3_000_000_000), { nil: undefined }))
          .map(([inputTokens, outputTokens, cost]) => ({
            inputTokens,
            outputTokens,
            ...(cost === undefined ? {} : { cost: nanoUsd(cost) }),
          })),
        dependsOn: fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 4 }),
        reads: fc.array(
          fc
            .tuple(path, fc.option(span, { nil: undefined }), fc.boolean(), fc.oneof(fc.constant(""), line))
            .map(([at, lines, optional, note]) => ({
              path: at,
              ...(lines === undefined ? {} : { lines }),
              optional,
              note,
            })),
          { maxLength: 3 },
        ),
        writes: fc.array(
          fc.oneof(
            fc.record({ path, action: fc.constantFrom("create" as const, "edit" as const, "delete" as const) }),
            fc.record({ path, action: fc.constant("edit" as const), lines: span }),
          ),
          { maxLength: 3 },
        ),
        context: prose,
        intro: prose,
        steps: fc.array(step(tier), { maxLength: 12 }),
        snippets: fc.array(
          fc
            .tuple(
              fc.constantFrom("", "python", "c++"),
              fc.array(piece, { maxLength: 4 }),
              prose.filter((text) => !/```|~~~/.test(text)),
            )
            .map(([language, lines, note]) => ({
              language,
              code: lines.join("\n"),
              ...(note === "" ? {} : { note }),
            })),
          { maxLength: 2 },
        ),
        criteria: fc.array(criterion(commands.length), { maxLength: 5 }),
        validation: fc.tuple(
          ...commands.map((text) =>
            fc.record({
              command: fc.constant(text),
              comment: fc
                .array(fc.oneof(line, fc.constant("timeout: 3s")), { maxLength: 2 })
                .map((lines) => lines.join("\n")),
              timeoutMs: fc.oneof(fc.constant(120_000), fc.integer({ min: 1, max: 900_000 })),
            }),
          ),
        ),
        contract: fc.array(
          fc
            .tuple(
              path,
              name,
              fc.constantFrom(
                undefined,
                "(text: string, width?: number): string",
                ": `a${string}`",
                " extends Base",
                "()",
              ),
            )
            .map(([at, named, signature]) => ({
              path: at,
              name: named,
              ...(signature === undefined ? {} : { signature }),
            })),
          { maxLength: 3 },
        ),
        onFailure: fc.array(
          prose.filter((text) => text !== ""),
          { maxLength: 3 },
        ),
        next: prose,
      })
      .map(({ intro, ...rest }) => (intro === "" ? rest : { ...rest, intro })),
  );

test("any task is read back from its printed text", () => {
  fc.assert(
    fc.property(task, (original) => {
      expect(parseTaskFile(printTaskFile(original), "t.md")).toEqual(original);
    }),
    { numRuns: 300 },
  );
});

test("a task printed over another's text is read back all the same", () => {
  fc.assert(
    fc.property(task, task, (before, after) => {
      const document = parseTaskDocument(printTaskFile(before), "t.md");
      expect(
        parseTaskFile(
          printTaskFile(
            { ...after, context: before.context, criteria: before.criteria, validation: before.validation },
            document,
          ),
          "t.md",
        ),
      ).toEqual({
        ...after,
        context: before.context,
        criteria: before.criteria,
        validation: before.validation,
      });
    }),
    { numRuns: 60 },
  );
});

const EXAMPLES = ["seed-example-mini-task.md", "seed-template.md"].map((name) =>
  readFileSync(new URL(`../../../test/golden/plans/${name}`, import.meta.url), "utf8"),
);

/** One edit a careless hand makes: a line dropped, doubled, swapped, cut, or spoilt by odd words. */
const slip = fc.record({
  at: fc.nat(200),
  kind: fc.constantFrom("drop" as const, "double" as const, "swap" as const, "cut" as const, "insert" as const),
  odd: fc.oneof(piece, fc.constantFrom("## ", "1. ", "- `", "**Model**", "```bash", "\t", "(lines 5-2)", "🙂")),
});

function slipped(text: string, slips: readonly { at: number; kind: string; odd: string }[]): string {
  const lines = text.split("\n");
  for (const { at, kind, odd } of slips) {
    const index = at % lines.length;
    const line = lines[index] ?? "";
    if (kind === "drop") lines.splice(index, 1);
    else if (kind === "double") lines.splice(index, 0, line);
    else if (kind === "swap") lines.splice(index, 2, lines[index + 1] ?? "", line);
    else if (kind === "cut") lines[index] = line.slice(0, Math.floor(line.length / 2));
    else lines.splice(index, 0, odd);
  }
  return lines.join("\n");
}

test("a carelessly edited file is refused with its line, or read and printed back to the byte", () => {
  fc.assert(
    fc.property(fc.constantFrom(...EXAMPLES), fc.array(slip, { minLength: 1, maxLength: 4 }), (text, slips) => {
      const edited = slipped(text, slips);
      try {
        const read = parseTaskFile(edited, "t.md");
        expect(printTaskFile(read)).toBe(edited);
        expect(parseTaskFile(printTaskFile(structuredClone(read)), "t.md")).toEqual(read);
      } catch (error) {
        if (!isAllotError(error, "task-file-invalid")) throw error;
        expect(error.message).toMatch(/^t\.md:\d+: .+; .+/s);
      }
    }),
    { numRuns: 500 },
  );
});
