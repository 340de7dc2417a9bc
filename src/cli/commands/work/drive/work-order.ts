import { AllotError } from "../../../../foundation/errors.ts";
import type { WorkKind } from "../../../../tasks/work.ts";
import type { CommandInput, Io } from "../../../command.ts";
import { loadCommandConfig } from "../../../load-command-config.ts";
import type { WorkOrder } from "./drive-work.ts";
import type { Otherwise } from "./target-of.ts";

const OTHERWISE: Readonly<Record<WorkKind, Otherwise>> = {
  analyze: "codebase",
  document: "codebase",
  refactor: "core-modules",
  test: "core-modules",
  review: "changed",
  optimize: "bottlenecks",
  security: "codebase",
  architecture: "codebase",
  migration: "codebase",
};

/** What the options say of a kind of work. Throws `usage` for a migration to nowhere. */
export function orderOf(kind: WorkKind, input: CommandInput, io: Io, grok = false): WorkOrder {
  const { settings } = loadCommandConfig(input, io);
  if (kind === "migration" && settings.framework === null) {
    throw new AllotError("usage", "migration needs what to move to: allot migration --plan --framework=fastapi");
  }
  const isWhole = kind === "architecture" && settings.fullAnalysis;
  return {
    kind,
    grok,
    variant: variantOf(kind, settings),
    aspects: [...(settings.suggestions ?? []), ...(kind === "optimize" && settings.performance ? ["performance"] : [])],
    otherwise: isWhole ? "codebase" : OTHERWISE[kind],
  };
}

function variantOf(kind: WorkKind, settings: ReturnType<typeof loadCommandConfig>["settings"]): string | null {
  switch (kind) {
    case "document":
      return settings.type ?? "api";
    case "test":
      return settings.coverage ?? "unit";
    case "security":
      return settings.report;
    case "migration":
      return settings.framework;
    case "analyze":
    case "refactor":
    case "review":
    case "optimize":
    case "architecture":
      return null;
  }
}
