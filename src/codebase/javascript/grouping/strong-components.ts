/**
 * Tarjan's strongly connected components of a graph over 0..count-1, dependencies before their users.
 * Pure; without recursion, so that the depth of a graph does not matter.
 */
export function strongComponents(count: number, targets: (node: number) => Iterable<number>): number[][] {
  const index = Array.from({ length: count }, () => -1);
  const low = Array.from({ length: count }, () => 0);
  const onStack = Array.from({ length: count }, () => false);
  const stack: number[] = [];
  const components: number[][] = [];
  let next = 0;
  const open = (node: number): { node: number; rest: Iterator<number> } => {
    index[node] = low[node] = next++;
    stack.push(node);
    onStack[node] = true;
    return { node, rest: targets(node)[Symbol.iterator]() };
  };
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1) continue;
    const path = [open(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, rest } = top;
      const step = rest.next();
      if (step.done !== true) {
        const to = step.value;
        if (index[to] === -1) path.push(open(to));
        else if (onStack[to] === true) low[node] = Math.min(low[node] ?? 0, index[to] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      if (low[node] === index[node]) components.push(closeComponent(stack, onStack, node));
    }
  }
  return components;
}

function closeComponent(stack: number[], onStack: boolean[], root: number): number[] {
  const component: number[] = [];
  for (;;) {
    const member = stack.pop() as number;
    onStack[member] = false;
    component.push(member);
    if (member === root) return component.sort((a, b) => a - b);
  }
}

/** Sets that grow by joining: which of 0..count-1 must stay together. */
export class JoinedSets {
  readonly #parent: number[];

  constructor(count: number) {
    this.#parent = Array.from({ length: count }, (_, index) => index);
  }

  find(member: number): number {
    let root = member;
    while (this.#parent[root] !== root) root = this.#parent[root] as number;
    for (let at = member; at !== root;) {
      const up = this.#parent[at] as number;
      this.#parent[at] = root;
      at = up;
    }
    return root;
  }

  join(one: number, other: number): void {
    const [low, high] = [this.find(one), this.find(other)].sort((a, b) => a - b) as [number, number];
    this.#parent[high] = low;
  }
}
