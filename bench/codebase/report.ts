import { type Goal, median, type Verdict, verdictOf } from "../gateway/figures.ts";

export type Subject = "repomix" | "repomix again" | "repomix --compress" | "allot cold" | "allot warm";

/** One subject, once. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly tokens: number | undefined;
}

/** All subjects of one round, run one right after the other. */
export type Round = Readonly<Partial<Record<Subject, Sample>>>;

/** One repository through all rounds. */
export interface Measurement {
  readonly name: string;
  readonly commit: string;
  readonly files: number;
  readonly mb: number;
  readonly rounds: readonly Round[];
}

const SUBJECTS: readonly Subject[] = ["repomix", "repomix again", "repomix --compress", "allot cold", "allot warm"];

/** Ratios of wall time, taken within a round, that must hold; and what is told beside them. */
const RATIOS: readonly { readonly what: string; readonly of: Subject; readonly to: Subject; readonly goal: Goal }[] = [
  { what: "cold / repomix", of: "allot cold", to: "repomix", goal: { better: "less", floor: 1, aim: 0.8 } },
  { what: "--compress / cold", of: "repomix --compress", to: "allot cold", goal: { better: "more", floor: 3, aim: 4 } },
  { what: "cold / warm", of: "allot cold", to: "allot warm", goal: { better: "more", floor: 10, aim: 15 } },
];

const PEAK: Goal = { better: "less", floor: 500, aim: 350 };

/** A ratio or a size that must hold in one repository. */
export interface Held {
  readonly repository: string;
  readonly what: string;
  readonly value: number | undefined;
  readonly goal: Goal;
  readonly verdict: Verdict;
}

/** The tables as text, and what must hold; missed: a floor does not. */
export function reportOf(all: readonly Measurement[]): { text: string; held: readonly Held[]; missed: boolean } {
  const held = all.flatMap(heldOf);
  const missed = held.some(({ verdict }) => verdict === "MISSED");
  const text = [
    ...all.flatMap((measurement) => [...figuresOf(measurement), ""]),
    ...table([
      ["", "ratio", "floor (aim)", ""],
      ...held.map(({ repository, what, value, goal: { better, floor, aim }, verdict }) => [
        `${repository}: ${what}`,
        value === undefined ? "-" : value.toFixed(value < 100 ? 2 : 0),
        `${better === "more" ? ">=" : "<="} ${floor ?? ""} (${aim})`,
        verdict,
      ]),
    ]),
    missed ? "A FLOOR IS MISSED" : "every floor that was measured holds",
  ];
  return { text: `${text.join("\n")}\n`, held, missed };
}

function heldOf({ name, rounds }: Measurement): readonly Held[] {
  const ratios = RATIOS.map(({ what, of, to, goal }) => {
    const value = median(
      rounds.map((round) => {
        const [one, other] = [round[of], round[to]];
        return one === undefined || other === undefined ? undefined : one.wallMs / other.wallMs;
      }),
    );
    return { repository: name, what, value, goal, verdict: verdictOf(value, goal) };
  });
  const peaks = (["allot cold", "allot warm"] as const).map((subject) => {
    const value = median(rounds.map((round) => round[subject]?.peakMb));
    return { repository: name, what: `${subject}, peak MB`, value, goal: PEAK, verdict: verdictOf(value, PEAK) };
  });
  return [...ratios, ...peaks];
}

function figuresOf({ name, commit, files, mb, rounds }: Measurement): readonly string[] {
  const rows = SUBJECTS.filter((subject) => rounds.some((round) => round[subject] !== undefined)).map((subject) => {
    const samples = rounds.map((round) => round[subject]).filter((sample) => sample !== undefined);
    const spread = (read: (sample: Sample) => number, digits: number): string => {
      const values = samples.map(read);
      const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
      return `${(median(values) ?? 0).toFixed(digits)} (${least}..${most})`;
    };
    return [
      subject,
      spread(({ wallMs }) => wallMs / 1000, 2),
      spread(({ cpuMs }) => cpuMs / 1000, 2),
      spread(({ peakMb }) => peakMb, 0),
      samples[0]?.tokens?.toLocaleString("en-US") ?? "-",
    ];
  });
  const head = `${name} at ${commit}: ${files.toLocaleString("en-US")} files, ${mb.toFixed(1)} MB`;
  return [head, ...table([["", "wall, s", "CPU, s", "peak, MB", "tokens"], ...rows])];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
