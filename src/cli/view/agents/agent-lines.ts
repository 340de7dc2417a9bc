import { join } from "node:path";
import type { AgentWorkEnd } from "../../../app/agents/agent-work.ts";
import { errorsText } from "../../../agents/programs/comet/pictures.ts";
import type { AgentEvent, PageView } from "../../../agents/programs/program.ts";
import { formatCount, formatUsd } from "../../../foundation/units.ts";
import { shownCommand } from "../fit.ts";

/** One line for people for what an agent does; undefined for what says nothing new. Pure. */
export function agentLine(event: AgentEvent): string | undefined {
  switch (event.kind) {
    case "session":
      return `session ${event.id}`;
    case "text":
      return event.text.trim() === "" ? undefined : `says: ${event.text.trim()}`;
    case "command":
      return `ran: ${shownCommand(event.command, 100)}${event.exitCode === null ? "" : ` (exit code ${event.exitCode})`}`;
    case "file":
      return `changed: ${event.path}`;
    case "note":
      return `note: ${event.text}`;
    case "usage":
      return undefined;
  }
}

/** The end of a piece of work as lines: what it came to, what it cost, where its pictures are, unless a note said why not. Pure. */
export function endLines({ end, pictures, folder }: AgentWorkEnd, notes: readonly string[]): readonly string[] {
  const { spent } = end;
  const noPictures = end.kind === "unknown" ? undefined : end.noPictures;
  const cost = spent.covered ? "covered by your own login" : formatUsd(spent.cost);
  const said = end.kind === "unknown" || end.kind === "done" ? [] : [end.message ?? end.code ?? ""];
  return [
    "",
    ...(end.kind === "unknown" ? [end.message] : [end.text.trim(), ...said]).filter((line) => line !== ""),
    `${end.kind}: ${formatCount(spent.tokens)} tokens in ${formatCount(spent.calls)} calls, ${cost}${end.kind === "unknown" ? "" : `, ${Math.round(end.tookMs / 1000)} s`}`,
    ...(spent.differs === null ? [] : [`note: ${spent.differs}`]),
    ...pictures.flatMap(({ page, before, after }) => [
      `page ${page}:`,
      ...viewLine("before", before, folder ?? ""),
      ...viewLine("after", after, folder ?? ""),
    ]),
    ...(folder === null ? [] : [`side by side: ${join(folder, "pictures.html")}`]),
    ...(noPictures === undefined || notes.some((note) => note.includes(noPictures))
      ? []
      : [`no pictures: ${noPictures}`]),
  ];
}

function viewLine(when: string, view: PageView | null, folder: string): readonly string[] {
  return view === null ? [] : [`  ${when.padEnd(6)}  ${join(folder, view.file)} (${errorsText(view)})`];
}
