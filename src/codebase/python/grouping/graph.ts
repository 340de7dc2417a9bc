/** A directed graph over 0..n-1 as successor sets. */
export type Graph = readonly Set<number>[];

export function emptyGraph(size: number): Graph {
  return Array.from({ length: size }, () => new Set<number>());
}

/** Strongly connected components (Tarjan), each after all components that it points to. */
export function components(graph: Graph): number[][] {
  const order: number[] = graph.map(() => -1);
  const low: number[] = graph.map(() => 0);
  const onStack = graph.map(() => false);
  const stack: number[] = [];
  const found: number[][] = [];
  let clock = 0;
  const open = (node: number): { node: number; rest: Iterator<number> } => {
    order[node] = low[node] = clock++;
    stack.push(node);
    onStack[node] = true;
    return { node, rest: (graph[node] ?? new Set<number>()).values() };
  };
  const lower = (node: number, by: number | undefined): void => {
    low[node] = Math.min(low[node] ?? 0, by ?? 0);
  };
  for (const root of graph.keys()) {
    if (order[root] !== -1) continue;
    const path = [open(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.next();
      if (next.done !== true) {
        if (order[next.value] === -1) path.push(open(next.value));
        else if (onStack[next.value] === true) lower(top.node, order[next.value]);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, low[top.node]);
      if (low[top.node] !== order[top.node]) continue;
      const component: number[] = [];
      for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        onStack[node] = false;
        component.push(node);
        if (node === top.node) break;
      }
      found.push(component.sort((a, b) => a - b));
    }
  }
  return found;
}

/** Disjoint sets over 0..n-1. */
export class Groups {
  readonly #parent: number[];

  constructor(size: number) {
    this.#parent = Array.from({ length: size }, (_, index) => index);
  }

  /** The number that stands for the group: its smallest member. */
  find(node: number): number {
    let root = node;
    while (this.#parent[root] !== root) root = this.#parent[root] ?? root;
    this.#parent[node] = root;
    return root;
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }
}
