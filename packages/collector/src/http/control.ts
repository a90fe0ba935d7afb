/**
 * The command line's way to a running collector: any change by name, for whoever may read the data folder.
 */
import { Hono } from "hono";
import { SojournError } from "../errors.ts";
import { unpackBytes } from "../store/bytes.ts";
import type { Store } from "../store/store.ts";
import type { AppOptions } from "./app.ts";
import { readBody } from "./collect-routes.ts";
import type { Env } from "./guard.ts";

const BODY_LIMIT = 64 * 1024 * 1024;

export function controlRoutes({ store }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post("/control", async (c) => {
    if (c.get("principal")?.name !== "control") throw new SojournError("not_found", "There is nothing here");
    const body = await readBody(c.req.raw, BODY_LIMIT);
    if (body === undefined) throw new SojournError("bad_input", "The change is larger than 64 MiB");
    const { name, take } = JSON.parse(body, unpackBytes) as {
      name: Parameters<Store["change"]>[0];
      take: never;
    };
    return c.json({ value: await store.change(name, take) });
  });
  return routes;
}
