import type { PartAnswers } from "../answers/part-answers.ts";
import type { SaidOfPart } from "../answers/read-answer.ts";
import type { Draft } from "../plan/draft-parts.ts";
import type { Ask, AskAnswer, WorkPart } from "../work.ts";
import type { Tally } from "./tally.ts";

/** What became of a part, or of a smaller one that it was cut into. */
export type PartReading =
  | { readonly kind: "read"; readonly part: WorkPart; readonly said: SaidOfPart; readonly cut: boolean }
  | { readonly kind: "missed"; readonly part: WorkPart; readonly code: string; readonly reason: string };

/** What parts are read with. */
export interface ReadingParts {
  readonly draft: Draft;
  readonly ask: Ask;
  readonly answers: PartAnswers;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** What is learned while reading holds for the parts that follow. */
  readonly learned: Learned;
  /** Questions under way. */
  readonly underWay: Set<Promise<AskAnswer>>;
  /** Readings begun, by `identityOf`: a smaller part that belongs to two is one question. */
  readonly asked: Map<string, Promise<readonly PartReading[]>>;
}

export interface Learned {
  /** Input tokens that the model took no more of; null while none was refused. */
  ceiling: number | null;
  /** Output that a question allows for; more than the strategy's where a model thought it all away. */
  outputTokens: number;
  /** A fault that the next question would meet as well; null while there is none. */
  stop: { readonly code: string; readonly reason: string } | null;
}

/** What a part is, and where: equal text may stand in two places. Pure. */
export function identityOf({ key, covers }: WorkPart): string {
  return [key, ...covers.map(({ path, start, end }) => `${path}:${start}-${end}`)].join(" ");
}
