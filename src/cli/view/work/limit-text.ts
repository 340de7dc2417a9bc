import type { TightLimit } from "../../../app/work/work-limits.ts";
import { formatCount } from "../../../foundation/units.ts";

/** What a limit will do to the work, and what can be done about it; a sentence. Pure. */
export function tightLimitText({ name, scope, of, measure, limit, room, needed }: TightLimit): string {
  const amount = (value: number): string => (measure === "usd" ? `$${value.toFixed(2)}` : formatCount(value));
  const whose = of === "" ? scope : `${scope} ${of}`;
  return `${whose} ${name} is ${amount(limit)}, with room for ${amount(room)}; this needs about ${amount(needed)}. It will stop there as incomplete, and the same command goes on when there is room; \`allot limits set ${scope} ${name} AMOUNT\` gives more.`;
}
