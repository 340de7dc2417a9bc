import type { WorkFinding } from "../work.ts";

const SEVERITIES: readonly WorkFinding["severity"][] = ["info", "low", "medium", "high", "critical"];

/** Lines between two places that still mean the same statement. */
const NEAR = 2;
/** A model that names more lines than that names a region, not a place. */
const LONGEST = 40;

/** What a finding is about, by the words of its rule, title and detail. */
const TOPICS: readonly (readonly [topic: string, words: RegExp])[] = [
  [
    "secret",
    /\bhard[- ]?coded|credential|api[- ]?key|\bsecrets?\b|private[- ]key|access[- ]key|\btoken in|-token\b|-key\b|password in/i,
  ],
  ["sql", /\bsql\b|B608|G20[12]/i],
  ["command", /command (?:injection|execution)|\bshell\b|subprocess|os\.system|child_process|B60[2-7]|G204/i],
  ["eval", /\beval\b|\bexec\(|new Function|code injection|arbitrary code|B307|B102/i],
  ["deserialisation", /deseriali[sz]|pickle|yaml\.load|marshal|unsafe load|B30[12]|B506/i],
  ["xss", /\bxss\b|cross[- ]site script|innerHTML|dangerouslySet|document\.write|B70[123]|G203/i],
  ["path", /path travers|directory travers|zip slip|extractall|B202|G30[45]/i],
  ["tls", /certificate|\btls\b|\bssl\b|rejectUnauthorized|verify\s*=\s*False|B50[1-4]|G402/i],
  ["hash", /\bmd5\b|\bsha-?1\b|weak hash|B303|B324|G401|G50[1-5]/i],
  ["random", /insecure random|pseudo-?random|Math\.random|B311|G404/i],
  ["request", /\bssrf\b|request forgery|server-side request|G107/i],
  ["redirect", /open redirect/i],
  ["debug", /debug mode|debug=True|B201/i],
  ["temporary", /temp(?:orary)? file|mktemp|B306|B108|G303/i],
];

/** Who found it: the deterministic scanners first, "model" last. */
export function finders({ by }: WorkFinding): readonly string[] {
  return by.split(", ");
}

/**
 * Findings of scanners and of the model as one list, worst first. What two say of one place and one topic is one finding:
 * under the scanner's rule, as severe as the worse of the two, with both names in `by`. Pure.
 */
export function joinFindings(scanned: readonly WorkFinding[], asked: readonly WorkFinding[]): readonly WorkFinding[] {
  const joined: WorkFinding[] = [];
  for (const finding of [...scanned, ...asked]) {
    const at = joined.findIndex((known) => isSame(known, finding));
    const known = joined[at];
    if (known === undefined) joined.push(finding);
    else joined[at] = both(known, finding);
  }
  return joined.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      compare(a.place?.path ?? "\uffff", b.place?.path ?? "\uffff") ||
      (a.place?.firstLine ?? 0) - (b.place?.firstLine ?? 0),
  );
}

function isSame(a: WorkFinding, b: WorkFinding): boolean {
  if (a.place === null || b.place === null || a.place.path !== b.place.path) return false;
  if (a.place.firstLine === b.place.firstLine && a.title === b.title && a.by === b.by) return true;
  if ([a, b].some(({ place }) => place !== null && place.lastLine - place.firstLine > LONGEST)) return false;
  // One scanner that tells two things of one line means two things.
  if (finders(a).some((name) => finders(b).includes(name))) return false;
  const apart = Math.max(a.place.firstLine, b.place.firstLine) - Math.min(a.place.lastLine, b.place.lastLine);
  return apart <= NEAR && topicsOf(a).some((topic) => topicsOf(b).includes(topic));
}

function topicsOf({ rule, title, detail }: WorkFinding): readonly string[] {
  const text = `${rule ?? ""} ${title}`;
  const inTitle = TOPICS.filter(([, pattern]) => pattern.test(text));
  const found = inTitle.length > 0 ? inTitle : TOPICS.filter(([, pattern]) => pattern.test(detail.slice(0, 300)));
  return found.map(([topic]) => topic);
}

function both(known: WorkFinding, also: WorkFinding): WorkFinding {
  const names = [...new Set([...finders(known), ...finders(also)])];
  const told = names.filter((name) => name !== "model");
  const worse = SEVERITIES.indexOf(also.severity) > SEVERITIES.indexOf(known.severity) ? also : known;
  const isNews = also.detail.trim() !== "" && !known.detail.includes(also.detail.trim());
  return {
    ...known,
    severity: worse.severity,
    detail: isNews ? `${known.detail}\n\n${finders(also).join(", ")}: ${also.detail.trim()}`.trim() : known.detail,
    by: [...told, ...(names.includes("model") ? ["model"] : [])].join(", "),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
