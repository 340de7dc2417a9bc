import { asList, asObject, asText } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelRequest, ToolSpec } from "../../providers/provider.ts";
import type { ToolTable } from "./tool-table.ts";

/**
 * The tools and the choice among them as OpenAI's two wires say it; a choice of some allowed tools leaves the others out.
 * Throws `usage` where a tool is demanded that is not there. Pure.
 */
export function openaiToolChoice(
  choice: unknown,
  table: ToolTable,
  leftOut: boolean,
): { readonly tools: readonly ToolSpec[]; readonly toolChoice: ModelRequest["toolChoice"] } {
  const tools = table.specs;
  if (choice === "none") return { tools, toolChoice: "none" };
  if (choice === "required") return { tools, toolChoice: table.checkChoice("required", leftOut) };
  const fields = asObject(choice);
  if (fields["type"] === "allowed_tools") {
    const allowed: Json = { ...fields, ...asObject(fields["allowed_tools"]) };
    const names = new Set(asList(allowed["tools"]).map((tool) => nameIn(asObject(tool), table)));
    const some = tools.filter(({ name }) => names.has(name));
    const demanded = allowed["mode"] === "required" ? "required" : "auto";
    if (demanded === "required" && some.length === 0) table.checkChoice({ tool: [...names].join(", ") }, leftOut);
    return { tools: some, toolChoice: demanded };
  }
  if (typeof fields["type"] !== "string") return { tools, toolChoice: "auto" };
  return { tools, toolChoice: table.checkChoice({ tool: nameIn(fields, table) }, leftOut) };
}

/** The name in a choice: of a function, of a custom tool, or the type of a tool that the provider runs. */
function nameIn(choice: Json, table: ToolTable): string {
  const type = asText(choice["type"]);
  const named = asText(choice["name"]) || asText(asObject(choice[type])["name"]);
  return named === "" ? type : table.nameOf(named, asText(choice["namespace"]) || undefined);
}
