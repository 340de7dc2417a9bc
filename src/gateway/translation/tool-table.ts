import { sha256 } from "../../foundation/ids.ts";
import { asObject, asText } from "../../providers/json.ts";
import type { Json } from "../../providers/json.ts";
import type { ModelRequest, ToolSpec } from "../../providers/provider.ts";
import { wrongField } from "./wire-fields.ts";

/** A tool as the client's wire has it. */
export interface WireTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. Of a custom tool: absent, its input is one text. */
  readonly schema: Json;
  /** A tool whose input is a text and no object. */
  readonly custom?: true;
  /** The group it belongs to, where the wire has groups. */
  readonly namespace?: string;
}

/** The one field that the input of a custom tool has in the normal form. */
export const CUSTOM_INPUT = "input";

const CUSTOM_SCHEMA: Json = {
  type: "object",
  properties: { [CUSTOM_INPUT]: { type: "string" } },
  required: [CUSTOM_INPUT],
  additionalProperties: false,
};

/**
 * The tools of one request under names that every provider takes (letters, digits, _ and -, at most 64), and the way back.
 * Made from the request alone, so that its answer can be told in the client's names without anything being remembered.
 */
export class ToolTable {
  readonly specs: readonly ToolSpec[];
  readonly #byName = new Map<string, WireTool>();
  readonly #names = new Map<string, string>();

  constructor(tools: readonly WireTool[]) {
    for (const tool of tools) {
      const key = keyOf(tool.name, tool.namespace);
      if (this.#names.has(key)) continue;
      const name = this.#freeName(tool);
      this.#names.set(key, name);
      this.#byName.set(name, tool);
    }
    this.specs = [...this.#byName].map(([name, tool]) => ({
      name,
      description: tool.description,
      inputSchema: tool.custom === true ? CUSTOM_SCHEMA : objectSchema(tool.schema),
    }));
  }

  /** The name that providers know a tool of the client under; a tool that is gone from the request keeps its own. */
  nameOf(name: string, namespace?: string): string {
    return this.#names.get(keyOf(name, namespace)) ?? this.#names.get(keyOf(name)) ?? safeName(name);
  }

  /** The client's tool that a provider's call means; a name that was never offered is told as it came. */
  wireTool(name: string): Pick<WireTool, "name" | "custom" | "namespace"> {
    return this.#byName.get(name) ?? { name };
  }

  /**
   * Throws `usage` where the choice demands what is not there: `leftOut` tells whether tools were offered that only their
   * own provider runs.
   */
  checkChoice(choice: ModelRequest["toolChoice"], leftOut: boolean): ModelRequest["toolChoice"] {
    const hint = leftOut ? "; tools that only their own provider runs cannot be passed on to another" : "";
    if (choice === "required" && this.specs.length === 0)
      throw wrongField("tool_choice", `a tool must be called, and there is none${hint}`);
    if (typeof choice === "object" && !this.#byName.has(choice.tool))
      throw wrongField(
        "tool_choice",
        `names the tool ${JSON.stringify(choice.tool)}, which is not among the tools${hint}`,
      );
    return choice;
  }

  #freeName(tool: WireTool): string {
    const plain = safeName(tool.name);
    if (!this.#byName.has(plain)) return plain;
    const grouped = safeName(`${tool.namespace ?? "tool"}__${tool.name}`);
    return this.#byName.has(grouped) ? safeName(`${grouped.slice(0, 50)}_${this.#byName.size}`) : grouped;
  }
}

function keyOf(name: string, namespace = ""): string {
  return `${namespace}\n${name}`;
}

function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_-]/g, "_");
  if (safe === name && name.length <= 64 && name !== "") return name;
  return `${safe.slice(0, 55)}_${sha256(name).slice(0, 8)}`;
}

/** Providers want an object as input, also of a tool without any. */
function objectSchema(schema: Json): Readonly<Record<string, unknown>> {
  return schema["type"] === "object" ? schema : { ...schema, type: "object", properties: schema["properties"] ?? {} };
}

/** A custom tool; the grammar of its input, where it has one, is told in words. Pure. */
export function customTool(name: string, description: string, format: Json, namespace?: string): WireTool {
  // One wire has the grammar's fields beside the type, the other a level deeper.
  const rule: Json = { ...format, ...asObject(format["grammar"]) };
  const told = `\n\nThe input follows this ${asText(rule["syntax"])} grammar:\n${asText(rule["definition"])}`;
  const grammar = format["type"] === "grammar" ? told : "";
  return {
    name,
    description: description + grammar,
    schema: {},
    custom: true,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** The input of a custom tool's call as the client gets it. Pure. */
export function customInput(input: unknown): string {
  const value = asObject(input)[CUSTOM_INPUT];
  if (typeof value === "string") return value;
  return typeof input === "string" ? input : JSON.stringify(input ?? "");
}
