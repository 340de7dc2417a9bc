import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import { customTool, ToolTable, type WireTool } from "../tool-table.ts";

/**
 * The tools of the request that anybody can be told of: functions and custom tools, also those in groups and those that
 * come as an item of the input. `offered` counts all, with those that only their own provider runs. Pure.
 */
export function responseTools(body: Json): { readonly table: ToolTable; readonly offered: number } {
  const items = asList(body["input"])
    .map(asObject)
    .filter(({ type }) => type === "additional_tools");
  const tools = [body, ...items].flatMap((place) => asList(place["tools"]).map(asObject));
  return { table: new ToolTable(tools.flatMap((tool) => readTool(tool))), offered: tools.length };
}

function readTool(tool: Json, namespace?: string): WireTool[] {
  const name = asText(tool["name"]);
  const description = asText(tool["description"]);
  switch (tool["type"]) {
    case "function": {
      const group = namespace === undefined ? {} : { namespace };
      return [{ name, description, schema: asObject(tool["parameters"]), ...group }];
    }
    case "custom":
      return [customTool(name, description, asObject(tool["format"]), namespace)];
    case "namespace":
      return asList(tool["tools"]).flatMap((inner) => readTool(asObject(inner), name));
    default:
      return [];
  }
}
