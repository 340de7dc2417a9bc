import type { Reference } from "../reading/uses.ts";

/** One unit's need for another. */
export interface Edge {
  /** True where the need cannot be met by late binding: while loading, for a type, or for order alone. */
  hard: boolean;
  /** The uses behind it; none where only the order counts. */
  readonly sites: Reference[];
}

/** Notes that unit `from` needs unit `to`; a hard need stays hard. */
export function addEdge(
  edges: readonly Map<number, Edge>[],
  from: number,
  to: number,
  hard: boolean,
  site?: Reference,
): void {
  if (from === to) return;
  const map = edges[from] as Map<number, Edge>;
  const edge = map.get(to) ?? { hard: false, sites: [] };
  edge.hard ||= hard;
  if (site !== undefined) edge.sites.push(site);
  map.set(to, edge);
}
