/**
 * What a call over HTTP takes, as OpenAPI says it: made from the schemas that check it.
 */
import { z } from "zod";
import { FILTER_PARAMETERS } from "./figure-queries.ts";
import type { Json, Operation } from "./operations.ts";

export interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: Json;
}

export function parametersOf({ path, query, isList, isFiltered }: Operation): Parameter[] {
  const parameters: Parameter[] = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  if (query !== undefined) {
    // Coerced numbers are best seen as what they become, transformed texts as what is written.
    const output = schemaOf(query, "output");
    const input = schemaOf(query, "input");
    const required = new Set(input.required as string[] | undefined);
    const inputs = (input.properties ?? {}) as Record<string, Json>;
    for (const [name, schema] of Object.entries((output.properties ?? {}) as Record<string, Json>)) {
      const { description, ...rest } =
        "type" in schema || "enum" in schema ? schema : { ...schema, ...inputs[name] };
      parameters.push({
        name,
        in: "query",
        required: required.has(name),
        ...(typeof description === "string" ? { description } : {}),
        schema: rest,
      });
    }
  }
  if (isFiltered === true) {
    for (const name of FILTER_PARAMETERS) {
      const description = name.endsWith(".not")
        ? "Is none of these; may be repeated."
        : "Of the first touch, or the person: is one of these; may be repeated.";
      const schema = { type: "array", items: { type: "string" } };
      parameters.push({ name, in: "query", required: false, description, schema });
    }
  }
  if (isList === true) {
    parameters.push({
      name: "format",
      in: "query",
      required: false,
      description: "Instead of the Accept header.",
      schema: { enum: ["json", "csv", "ndjson"] },
    });
  }
  return parameters;
}

/** The JSON Schema of what is checked. */
export function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}
