import { asObject } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";

/** Fields of Gemini's own schema that hold a whole number as text. */
const COUNTS = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

/**
 * Gemini's own kind of schema ("OBJECT", nullable) as JSON Schema. Its clients put their own kind into the fields for JSON Schema as
 * well, so those are read alike; true JSON Schema comes out as it went in. Pure.
 */
export function jsonSchema(schema: Json): Json {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === "type" && typeof value === "string") made[name] = value.toLowerCase();
    else if (name === "properties")
      made[name] = Object.fromEntries(
        Object.entries(asObject(value)).map(([key, inner]) => [key, jsonSchema(asObject(inner))]),
      );
    else if (name === "items" && !Array.isArray(value)) made[name] = jsonSchema(asObject(value));
    else if ((name === "anyOf" || name === "any_of") && Array.isArray(value))
      made["anyOf"] = value.map((inner) => jsonSchema(asObject(inner)));
    else if (COUNTS.has(name)) made[name] = Number(value);
    else if (name !== "nullable" && name !== "propertyOrdering" && !(name === "format" && value === "enum"))
      made[name] = value;
  }
  if (schema["nullable"] === true && typeof made["type"] === "string") made["type"] = [made["type"], "null"];
  return made;
}
