/**
 * The description of the HTTP interface: OpenAPI 3.1 from the very schemas that check the calls, and a readable page of it.
 */
import { type Context, Hono } from "hono";
import { FIGURE_SHAPES } from "../report/figure-shapes.ts";
import { FIGURES } from "../report/kpis.ts";
import { DOCS_STYLE, docsPage } from "./docs-page.ts";
import type { Env } from "./guard.ts";
import { parametersOf, schemaOf } from "./operation-parameters.ts";
import { allOperations, type Json, type Operation, type Route } from "./operations.ts";

/** The OpenAPI document of an app. */
export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  const add = (operation: Operation) => {
    const entry = paths[operation.path] ?? {};
    paths[operation.path] = entry;
    entry[operation.method] = describe(operation);
  };
  for (const operation of allOperations(routes)) add(operation);
  return {
    openapi: "3.1.0",
    info: {
      title: "Sojourn",
      version,
      description:
        "Where customers come from, what stage of their life they are in, and what moved them there. " +
        "Dates are ISO 8601 in the site's zone; money is in minor units; what is not known is null, with a reason.",
    },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "sojourn key add --scope read" },
      },
      schemas: {
        Problem: {
          type: "object",
          required: ["type", "title", "status", "code"],
          properties: {
            type: { type: "string" },
            title: { type: "string" },
            status: { type: "integer" },
            code: { type: "string" },
            param: { type: "string" },
            hint: { type: "string" },
            request_id: { type: "string" },
          },
        },
        Figure: {
          type: "string",
          enum: [...FIGURES],
          description: FIGURES.map((id) => `${id}: ${FIGURE_SHAPES[id].means}`).join("\n"),
        },
      },
    },
  };
}

function describe(operation: Operation): Json {
  const parameters = parametersOf(operation);
  const content: Json = { "application/json": { schema: { type: "object" } } };
  if (operation.isList === true) {
    content["text/csv"] = { schema: { type: "string" } };
    content["application/x-ndjson"] = { schema: { type: "string" } };
  }
  const problem = {
    description: "A problem: what was wrong and what to do.",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    summary: operation.summary,
    tags: [operation.tag],
    operationId:
      `${operation.method}${operation.path.replace(/^\/api\/v1/, "").replace(/\W+(\w)/g, (_, c: string) => c.toUpperCase())}`.replace(
        /\W/g,
        "",
      ),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(operation.body, "input") } },
          },
        }),
    responses: { "200": { description: "The answer.", content }, default: problem },
  };
}

/** Routes of the description; `routes` is asked when somebody reads it, so that all routes are there. */
export function openApiRoutes(routes: () => readonly Route[], version: string): Hono<Env> {
  const app = new Hono<Env>();
  let held: { json: string; page: string } | undefined;
  const made = () => {
    held ??= {
      json: JSON.stringify(openApi(routes(), version), null, 2),
      page: docsPage(allOperations(routes()), version),
    };
    return held;
  };
  const cached = (c: Context<Env>) => c.header("cache-control", "public, max-age=300");
  app.get("/api/openapi.json", (c) => {
    cached(c);
    return c.body(made().json, 200, { "content-type": "application/json" });
  });
  app.get("/api/docs", (c) => {
    cached(c);
    return c.body(made().page, 200, { "content-type": "text/html; charset=utf-8" });
  });
  app.get("/api/docs.css", (c) => {
    cached(c);
    return c.body(DOCS_STYLE, 200, { "content-type": "text/css; charset=utf-8" });
  });
  return app;
}
