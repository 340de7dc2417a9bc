import { collectBindings, newBindings } from "./bindings.ts";
import { fieldOf, namedChildren, type Syntax } from "./syntax.ts";

/** Names that are certainly bound once the statements ran through; what only one branch or a loop binds is not. */
export function sureBindings(statements: readonly Syntax[], text: string): Set<string> {
  return new Set(statements.flatMap((statement) => [...sure(statement, text)]));
}

function sure(node: Syntax, text: string): Set<string> {
  switch (node.type) {
    case "if_statement": {
      const branches = node.children.filter((child) => child.field === "alternative");
      if (branches.at(-1)?.type !== "else_clause") return new Set();
      return common([fieldOf(node, "consequence"), ...branches.map(blockOf)], text);
    }
    case "try_statement": {
      const elseBlock = node.children.find((child) => child.type === "else_clause");
      const tried = [fieldOf(node, "body"), elseBlock === undefined ? undefined : blockOf(elseBlock)].filter(
        (block) => block !== undefined,
      );
      const through = new Set(tried.flatMap((block) => [...sureBindings(namedChildren(block), text)]));
      const handlers = node.children.filter((child) => /^except/.test(child.type)).map(blockOf);
      const finallyBlock = node.children.find((child) => child.type === "finally_clause");
      const last = finallyBlock === undefined ? undefined : blockOf(finallyBlock);
      const ways = [
        through,
        ...handlers.filter((block) => !leaves(block)).map((block) => sureBindings(namedChildren(block ?? node), text)),
      ];
      return new Set([...meet(ways), ...(last === undefined ? [] : sureBindings(namedChildren(last), text))]);
    }
    case "with_statement":
      return sureBindings(namedChildren(fieldOf(node, "body") ?? node), text);
    case "for_statement":
    case "while_statement":
    case "match_statement":
      return new Set();
    default: {
      const bindings = newBindings();
      collectBindings(node, text, bindings);
      return new Set([...bindings.bound.keys()].filter((name) => !bindings.deleted.has(name)));
    }
  }
}

function common(blocks: readonly (Syntax | undefined)[], text: string): Set<string> {
  const going = blocks.filter((block) => block !== undefined && !leaves(block));
  return meet(going.map((block) => sureBindings(block === undefined ? [] : namedChildren(block), text)));
}

function meet(sets: readonly Set<string>[]): Set<string> {
  const [first, ...others] = sets;
  return new Set([...(first ?? [])].filter((name) => others.every((other) => other.has(name))));
}

function blockOf(clause: Syntax): Syntax | undefined {
  return clause.children.findLast((child) => child.type === "block");
}

/** True for a block that ends by raising. */
function leaves(block: Syntax | undefined): boolean {
  return block !== undefined && namedChildren(block).at(-1)?.type === "raise_statement";
}
