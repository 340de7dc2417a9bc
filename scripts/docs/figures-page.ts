import { formatCount, nanoUsd } from "../../src/foundation/units.ts";
import type { NanoUsd } from "../../src/foundation/units.ts";
import { markdownTable } from "./markdown-table.ts";
import {
  ALL_SONNET,
  DELEGATED,
  METRICS_LOG,
  atRate,
  delegatedCost,
  mixedDay,
  savedPermille,
  seedPrice,
  stepCost,
  stepsCost,
  todaysPrice,
} from "./seed-figures.ts";

const sonnet = seedPrice("claude-3-5-sonnet");
const haiku = seedPrice("claude-3-5-haiku-latest");
const usd = (dollars: number): NanoUsd => nanoUsd(Math.round(dollars * 1e9));

/** Dollars with every digit: nothing is rounded away. */
export function exactUsd(amount: NanoUsd): string {
  const digits = String(Math.abs(amount)).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "").padEnd(2, "0");
  return `${amount < 0 ? "-" : ""}$${Number(digits.slice(0, -9))}.${fraction}`;
}

const percent = (permille: number): string => `${(permille / 10).toFixed(1)}%`;

/** docs/figures.md: the seeds' figures beside what follows from their own price table. */
export function figuresPage(): string {
  return `# The seeds' figures, computed

Every figure of the seed documents that can be computed, beside what allot's own code gives for the same tokens and
prices. Money is counted in whole billionths of a dollar; the exact column has every digit. This page is written by
\`npm run docs\` and compared by a test, and so are the figures themselves (\`test/golden/figures.test.ts\`).

## Splitting todoist.py (seeds/002), at the prices of October 2025

${runTable()}

The seed adds lines that it had rounded before ($0.49 for $0.495, $0.01 for $0.012, $0.002 for $0.00225); allot rounds
once, at the end. What the example can save at most is the share of execution and testing,
${percent(savedPermille(stepsCost(ALL_SONNET, sonnet), stepsCost(ALL_SONNET.slice(0, 2), sonnet)))} of all-Sonnet: "50-70% on large projects" does not follow from it.

## The same run at other prices

${otherPrices()}

## The metrics log (seeds/002)

${metricsTable()}

## Cheaper models and mixed days (seeds/004)

${seed004()}

## Smaller contexts (seeds/003, seeds/002, seeds/000)

${contexts()}

seeds/001 holds no figures to compute.
`;
}

function runTable(): string {
  const line = (who: string, seed: string, amount: NanoUsd, note = ""): string[] => [who, seed, exactUsd(amount), note];
  const delegated = delegatedCost(sonnet, haiku);
  const all = stepsCost(ALL_SONNET, sonnet);
  const saved = nanoUsd(all - delegated);
  const [explore, plan, execute, test] = ALL_SONNET.map((step) => stepCost(step, sonnet));
  const [bigExplore, bigPlan, verify] = DELEGATED.big.map((step) => stepCost(step, sonnet));
  const [smallExecute, smallTest] = DELEGATED.small.map((step) => stepCost(step, haiku));
  return markdownTable(
    ["step", "seed", "computed", "why they differ"],
    [
      line("all Sonnet: exploration", "$0.27", explore ?? all),
      line("all Sonnet: planning", "$0.18", plan ?? all),
      line("all Sonnet: execution", "$0.49", execute ?? all, "the seed cuts the half cent off"),
      line("all Sonnet: testing", "$0.09", test ?? all),
      line("**all Sonnet: total**", "$1.03", all, "sum of rounded lines in the seed"),
      line("delegated: exploration (Sonnet)", "$0.27", bigExplore ?? all),
      line("delegated: planning (Sonnet)", "$0.24", bigPlan ?? all),
      line("delegated: execution (Haiku)", "$0.01", smallExecute ?? all, "rounded to a cent in the seed"),
      line("delegated: testing (Haiku)", "$0.002", smallTest ?? all, "rounded in the seed"),
      line("delegated: verification (Sonnet)", "$0.06", verify ?? all),
      line("**delegated: total**", "$0.582", delegated, "sum of rounded lines in the seed"),
      line("**saving**", "$0.45", saved, ""),
      ["saving, share", "44%", percent(savedPermille(all, delegated)), ""],
      line("saving in 10 projects a month", "$4.50", nanoUsd(saved * 10), "the seed multiplies the rounded $0.45"),
    ],
  );
}

function otherPrices(): string {
  const rows = [
    ["October 2025, the seed's table", sonnet, haiku],
    ["October 2025, Claude 3.5 Haiku as it was sold ($0.80 / $4.00)", sonnet, todaysPrice("claude-3-5-haiku-latest")],
    ["today: Claude Sonnet 5.5 and Haiku 5.5", todaysPrice("sonnet"), todaysPrice("haiku")],
    ["today: GPT-6.1 Sol and GPT-6 Luna", todaysPrice("gpt-6.1-sol"), todaysPrice("gpt-6-luna")],
  ] as const;
  const cells = rows.map(([name, big, small]) => {
    const all = stepsCost(ALL_SONNET, big);
    const delegated = delegatedCost(big, small);
    return [
      name,
      exactUsd(all),
      exactUsd(delegated),
      exactUsd(nanoUsd(all - delegated)),
      percent(savedPermille(all, delegated)),
    ];
  });
  return markdownTable(["prices", "all on the big model", "delegated", "saving", "share"], cells);
}

function metricsTable(): string {
  const { planning, execution, verification } = METRICS_LOG;
  const parts = [stepCost(planning, sonnet), stepCost(execution, haiku), stepCost(verification, sonnet)] as const;
  const total = nanoUsd(parts[0] + parts[1] + parts[2]);
  const sameTokens = stepsCost([planning, execution, verification], sonnet);
  const estimate = usd(1.05);
  return markdownTable(
    ["line", "seed", "computed", "why they differ"],
    [
      ["planning (Sonnet)", "$0.51", exactUsd(parts[0]), ""],
      ["execution (Haiku)", "$0.012", exactUsd(parts[1]), ""],
      ["verification (Sonnet)", "$0.063", exactUsd(parts[2]), ""],
      ["**total**", "$0.585", exactUsd(total), ""],
      [
        "saving against the seed's ~$1.05",
        "$0.465 (44%)",
        `${exactUsd(nanoUsd(estimate - total))} (${percent(savedPermille(estimate, total))})`,
        "",
      ],
      [
        "all Sonnet, the logged tokens",
        "~$1.05",
        exactUsd(sameTokens),
        "the seed's is an estimate: it assumes that Sonnet would read 90,000 tokens to execute, not the logged 18,000",
      ],
      [
        "saving against the logged tokens",
        "",
        `${exactUsd(nanoUsd(sameTokens - total))} (${percent(savedPermille(sameTokens, total))})`,
        "price difference alone, without the smaller contexts",
      ],
      [
        "one mini-task, 3,000 + 800 tokens (Haiku)",
        "$0.002-0.01",
        exactUsd(stepCost({ name: "mini-task 2", input: 3000, output: 800 }, haiku)),
        "rounds to the seed's lower end",
      ],
    ],
  );
}

function seed004(): string {
  const sonnet45 = todaysPrice("sonnet-4-5");
  const saves = (name: string): number => savedPermille(sonnet45.output, todaysPrice(name).output);
  const day = usd(18);
  const bySeed = mixedDay(day, 1, 5);
  const bySold = mixedDay(day, todaysPrice("claude-3-5-haiku-latest").output, sonnet45.output);
  const seedTotal = usd(9.12);
  const part = (amount: NanoUsd): string => exactUsd(amount);
  return markdownTable(
    ["figure", "seed", "computed", "why they differ"],
    [
      [
        "Haiku 3.5 against Sonnet 4.5",
        "80% savings",
        percent(saves("claude-3-5-haiku-latest")),
        "$4.00 against $15.00 a million tokens (input alike)",
      ],
      ["Haiku 4.5 against Sonnet 4.5", "80% savings", percent(saves("haiku-4-5")), "$5.00 against $15.00"],
      [
        "Haiku by seeds/002's table against Sonnet",
        "80% savings",
        percent(savedPermille(sonnet.output, haiku.output)),
        "$1.25 against $15.00",
      ],
      [
        "$18 day: UI, 50%, at 80% saved",
        "$3",
        part(bySeed.ui),
        "half of $18 is $9, a fifth of that $1.80; the seed's $3 is a sixth of $18",
      ],
      ["$18 day: coding, 30%", "$5.40", part(bySeed.coding), ""],
      ["$18 day: docs, 20%, at 80% saved", "$0.72", part(bySeed.docs), ""],
      ["$18 day: total", "$9.12", part(bySeed.total), "the seed's sum is right for its own $3"],
      ["$18 day: saving of the seed's $9.12", "49%", percent(savedPermille(day, seedTotal)), ""],
      ["$18 day: saving at 80%", "49%", percent(savedPermille(day, bySeed.total)), "with $1.80 for UI"],
      [
        "$18 day: total at Haiku 3.5's real price",
        "$9.12",
        `${part(bySold.total)} (${percent(savedPermille(day, bySold.total))} saved)`,
        "",
      ],
      [
        "with Ollama for development",
        "60% total savings",
        percent(savedPermille(day, seedTotal)),
        `free work saves nothing of the $18; 60% needs a day of ${part(nanoUsd(Math.round((seedTotal * 10) / 4)))}, that is ${part(nanoUsd(Math.round((seedTotal * 10) / 4) - day))} of development on top`,
      ],
      [
        "most that 100,000 tokens an hour can cost on Sonnet 4.5",
        "$5/hour",
        part(stepCost({ name: "hour", input: 0, output: 100_000 }, sonnet45)),
        "the token limit of a session is reached before its dollar limit",
      ],
    ],
  );
}

function contexts(): string {
  const sonnet45 = todaysPrice("sonnet-4-5");
  const written = (tokens: number): string => exactUsd(atRate(tokens, sonnet45.cacheWrite5m));
  const gpt5 = todaysPrice("gpt-5");
  const grok = todaysPrice("grok-beta");
  const less = (before: number, after: number): string => percent(savedPermille(before, after));
  return markdownTable(
    ["figure", "seed", "computed", "why they differ"],
    [
      ["workspace of the declared files: 600k to 16k tokens", "97%", less(600_000, 16_000), ""],
      ["cache creation: 382k to 26k tokens", "93%", less(382_000, 26_000), ""],
      [
        "the same in money (Sonnet 4.5, five-minute cache writes)",
        "",
        `${written(382_000)} to ${written(26_000)}`,
        "the seed gives tokens only",
      ],
      [
        "one Codex agent, 330k + 9k tokens",
        "$0 (Plus)",
        exactUsd(stepCost({ name: "codex", input: 330_000, output: 9000 }, gpt5)),
        "what a flat plan covers still has a list price (GPT-5); allot shows it as quota, not as $0",
      ],
      ["todoist.py: 15,000 to 3,000 tokens", "70%", less(15_000, 3000), "80% to 87% by the seed's own counts"],
      ["todoist.py: 15,000 to 2,000 tokens", "70%", less(15_000, 2000), ""],
      [
        "todoist.py: lines of the seven planned files",
        "2,897",
        formatCount(30 + 400 + 600 + 600 + 400 + 500 + 300),
        "the plan's sizes are round figures",
      ],
      ["125,000 tokens in chunks of 8,000", "chunking needed", `${Math.ceil(125_000 / 8000)} chunks`, ""],
      [
        "125,000 tokens read once by grok-beta's successor",
        "",
        exactUsd(stepCost({ name: "analysis", input: 125_000, output: 0 }, grok)),
        "its window of 500,000 needs no chunks",
      ],
    ],
  );
}
