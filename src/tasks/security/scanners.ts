import { isRecord } from "./records.ts";
import type { WorkFinding } from "../work.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";

export interface ScannerReport {
  readonly name: string;
  /** missing: not on this machine. idle: there is nothing for it in these files. */
  readonly state: "ran" | "missing" | "failed" | "idle";
  /** One sentence for people. */
  readonly detail: string;
}

/** A well-kept scanner that may be on this machine. */
export interface Scanner {
  /** Name of its program in PATH. */
  readonly name: string;
  /** Files that it is given; none: there is nothing for it here. */
  wants(path: string, file: FileFacts | undefined): boolean;
  /** What is missing for it, or undefined. */
  readonly needs?: (paths: readonly string[]) => string | undefined;
  /** POSIX shell text, run in a copy of the files; writes its JSON to `report`. */
  command(report: string, paths: readonly string[]): string;
  /** Exit codes that mean "done", with findings or without. */
  readonly done: readonly number[];
  /** Findings out of its JSON; paths as it wrote them. Pure; what is not as expected is passed over. */
  read(json: unknown): readonly WorkFinding[];
}

type Severity = WorkFinding["severity"];

/** Rules of a repository for semgrep; those of its registry would need the network. */
const SEMGREP_RULES = /^(?:\.semgrep\.ya?ml|\.semgrep\/.*\.ya?ml|semgrep\.ya?ml)$/;

/**
 * The scanners that are known, each told to look past comments that would switch it off: what a file says hides nothing.
 * Formats: the JSON of Bandit 1.7 to 1.9, gosec 2.x, Semgrep 1.x.
 */
export const SCANNERS: readonly Scanner[] = [
  {
    name: "bandit",
    wants: (path, file) => file?.language === "python" && !path.endsWith(".pyi"),
    command: (report) => `bandit --quiet --ignore-nosec --recursive --format json --output ${report} .`,
    done: [0, 1],
    read: (json) =>
      listOf(json, "results").map((item) => {
        const lines = numbers(item["line_range"], item["line_number"]);
        return finding({
          by: "bandit",
          rule: text(item["test_id"]),
          title: text(item["issue_text"]),
          detail: [text(item["test_name"]).replaceAll("_", " "), cweText(item["issue_cwe"]), text(item["more_info"])],
          severity: lowered(word(item["issue_severity"]), word(item["issue_confidence"])),
          path: text(item["filename"]),
          lines,
        });
      }),
  },
  {
    name: "gosec",
    wants: (path, file) => file?.language === "go" || /(?:^|\/)go\.(?:mod|sum|work)$/.test(path),
    needs: (paths) => (paths.some((path) => /(?:^|\/)go\.mod$/.test(path)) ? undefined : "there is no go.mod"),
    command: (report) => `gosec -quiet -nosec -fmt=json -out=${report} ./...`,
    done: [0, 1],
    read: (json) =>
      listOf(json, "Issues").map((item) =>
        finding({
          by: "gosec",
          rule: text(item["rule_id"]),
          title: text(item["details"]),
          detail: [cweText(item["cwe"])],
          severity: lowered(word(item["severity"]), word(item["confidence"])),
          path: text(item["file"]),
          lines: text(item["line"]).split("-").map(Number),
        }),
      ),
  },
  {
    name: "semgrep",
    wants: (path, file) => (file !== undefined && file.language !== "text") || SEMGREP_RULES.test(path),
    needs: (paths) =>
      paths.some((path) => SEMGREP_RULES.test(path))
        ? undefined
        : "the repository has no rules for it (.semgrep.yml, .semgrep/), and those of its registry would need the network",
    command: (report, paths) => {
      const rules = paths
        .filter((path) => SEMGREP_RULES.test(path))
        .map((path) => `--config '${path.replaceAll("'", String.raw`'\''`)}'`);
      return `semgrep scan --json --output ${report} --metrics=off --disable-version-check --disable-nosem --no-git-ignore ${rules.join(" ")} .`;
    },
    done: [0, 1],
    read: (json) =>
      listOf(json, "results").map((item) => {
        const extra = isRecord(item["extra"]) ? item["extra"] : {};
        const lineOf = (place: unknown): number => (isRecord(place) ? Number(place["line"]) : Number.NaN);
        return finding({
          by: "semgrep",
          rule: text(item["check_id"]),
          title: text(extra["message"]).split("\n")[0] ?? "",
          detail: text(extra["message"]).split("\n").slice(1),
          severity: ({ error: "high", warning: "medium", info: "low" } as const)[word(extra["severity"])] ?? "medium",
          path: text(item["path"]),
          lines: [lineOf(item["start"]), lineOf(item["end"])],
        });
      }),
  },
];

interface Told {
  readonly by: string;
  readonly rule: string;
  readonly title: string;
  readonly detail: readonly string[];
  readonly severity: Severity;
  readonly path: string;
  readonly lines: readonly number[];
}

function finding({ by, rule, title, detail, severity, path, lines }: Told): WorkFinding {
  const known = lines.filter((line) => Number.isInteger(line) && line > 0);
  return {
    title: oneLine(title),
    detail: detail.filter((part) => part.trim() !== "").join(". "),
    severity,
    aspect: "security",
    place:
      path === "" || known.length === 0 ? null : { path, firstLine: Math.min(...known), lastLine: Math.max(...known) },
    by,
    rule: rule === "" ? null : rule,
  };
}

/** A scanner that is not sure says less. */
function lowered(severity: string, confidence: string): Severity {
  const levels: readonly Severity[] = ["low", "medium", "high"];
  const level = levels.indexOf(severity as Severity);
  return levels[Math.max(0, (level === -1 ? 1 : level) - (confidence === "low" ? 1 : 0))] ?? "medium";
}

function listOf(json: unknown, key: string): readonly Record<string, unknown>[] {
  const list = isRecord(json) ? json[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 2_000) : typeof value === "number" ? String(value) : "";
}

function word(value: unknown): string {
  return text(value).toLowerCase();
}

function numbers(list: unknown, otherwise: unknown): readonly number[] {
  return Array.isArray(list) && list.length > 0 ? list.map(Number) : [Number(otherwise)];
}

function cweText(cwe: unknown): string {
  const id = isRecord(cwe) ? text(cwe["id"] ?? cwe["ID"]) : "";
  return id === "" ? "" : `CWE-${id}`;
}

function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
