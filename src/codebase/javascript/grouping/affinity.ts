import type { Block } from "./blocks.ts";
import type { UnitGraph } from "./unit-graph.ts";
import { bare, type Node } from "../reading/syntax.ts";
import { stemOf, wordsOf } from "./words.ts";

/**
 * How much two blocks belong together: uses of each other (calls through `this` too), rare words shared by their
 * names, nearness in the source. Symmetric; rows and columns in the order given.
 */
export function affinities(graph: UnitGraph, order: readonly Block[]): Float64Array[] {
  const matrix = order.map(() => new Float64Array(order.length));
  const at = new Map<number, number>();
  for (const [index, block] of order.entries()) for (const unit of block.units) at.set(unit, index);
  const add = (one: number | undefined, other: number | undefined, weight: number): void => {
    if (one === undefined || other === undefined || one === other) return;
    (matrix[one] as Float64Array)[other] = (matrix[one]?.[other] ?? 0) + weight;
    (matrix[other] as Float64Array)[one] = (matrix[other]?.[one] ?? 0) + weight;
  };
  const users = new Map<number, number>();
  for (const map of graph.edges)
    for (const [to, edge] of map) if (edge.sites.length > 0) users.set(to, (users.get(to) ?? 0) + 1);
  for (const [from, map] of graph.edges.entries()) {
    for (const [to, edge] of map) {
      const calls = Math.min(edge.sites.length, 3);
      if (calls > 0) add(at.get(from), at.get(to), (0.6 + 0.4 * calls) / Math.log2(1 + (users.get(to) ?? 1)));
    }
  }
  addMemberCalls(graph, (one, other, weight) => add(at.get(one), at.get(other), weight));
  addWords(graph, order, add);
  addNearness(graph, order, add);
  return matrix;
}

function addMemberCalls(graph: UnitGraph, add: (one: number, other: number, weight: number) => void): void {
  for (const taken of graph.taken) {
    const members = graph.units.filter((unit) => unit.role === "member" && unit.owner === taken.container);
    const callers = new Map<string, number>();
    for (const facts of taken.facts) for (const key of facts.viaThis) callers.set(key, (callers.get(key) ?? 0) + 1);
    for (const [index, member] of members.entries()) {
      for (const key of taken.facts[index]?.viaThis ?? []) {
        for (const other of members)
          if (other.key === key) add(member.id, other.id, 1 / Math.log2(1 + (callers.get(key) ?? 1)));
      }
    }
  }
}

function addWords(
  graph: UnitGraph,
  order: readonly Block[],
  add: (one: number, other: number, weight: number) => void,
): void {
  const holders = new Map<string, number[]>();
  for (const [index, block] of order.entries()) {
    const words = new Set(
      block.units
        .flatMap((id) => namesOfUnit(graph, id))
        .flatMap(wordsOf)
        .map(stemOf),
    );
    for (const word of words) holders.set(word, [...(holders.get(word) ?? []), index]);
  }
  for (const list of holders.values()) {
    if (list.length < 2 || list.length > Math.max(4, order.length / 4)) continue;
    for (const [index, one] of list.entries()) {
      for (const other of list.slice(index + 1)) add(one, other, 0.7 / Math.log2(1 + list.length));
    }
  }
}

function addNearness(
  graph: UnitGraph,
  order: readonly Block[],
  add: (one: number, other: number, weight: number) => void,
): void {
  const line = (index: number): number =>
    Math.min(...(order[index]?.units ?? []).map((id) => graph.units[id]?.lines.first ?? 0));
  const bySource = order.map((_, index) => index).sort((a, b) => line(a) - line(b));
  for (const [place, index] of bySource.entries()) {
    for (const [distance, other] of bySource.slice(place + 1, place + 5).entries())
      add(index, other, 0.5 / (1 + distance));
  }
}

/** Names a unit goes by. */
export function namesOfUnit(graph: UnitGraph, id: number): string[] {
  const unit = graph.units[id];
  if (unit === undefined) return [];
  if (unit.role === "member") return unit.key === undefined ? [] : [unit.key];
  if (unit.names.length > 0) return [...unit.names];
  const given = unit.node.type === "ExpressionStatement" ? givenName(bare(unit.node["expression"])) : undefined;
  return given === undefined ? [] : [given];
}

/** What a statement names: `assert.isTrue = …` isTrue, `add("length", …)` length. */
function givenName(expression: Node): string | undefined {
  if (expression.type === "AssignmentExpression") {
    const left = bare(expression["left"]);
    return left.type === "MemberExpression" && !left["computed"] ? (left["property"].name as string) : undefined;
  }
  const first = expression.type === "CallExpression" ? (expression["arguments"] as Node[])[0] : undefined;
  return first?.type === "Literal" && typeof first["value"] === "string" ? first["value"] : undefined;
}
