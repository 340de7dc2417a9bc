/** A driver's message without colours, and without its log but for why it waited. Pure. */
export function plainMessage(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\u001b\[[0-9;]*m/g, "");
  const [head = "", ...rest] = text.split(/\n\s*Call log:\s*\n?/i);
  const reasons = rest
    .join("\n")
    .split("\n")
    .map((line) => line.replace(/^\s*-\s*/, "").trim())
    .filter((line) =>
      /intercepts pointer|not visible|not enabled|not stable|outside of the viewport|detached/i.test(line),
    );
  const why = reasons.length === 0 ? "" : ` (${[...new Set(reasons)].slice(0, 3).join("; ")})`;
  return `${head.trim().slice(0, 500)}${why}`;
}
