/**
 * The yardstick: Hono that parses the JSON body and answers, keeping nothing. Prints its port.
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.post("/b", async (c) => {
  const beacon = await c.req.json();
  return c.json({ touchpoints: beacon.touchpoints.length });
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.stdout.write(`${port}\n`));
process.once("SIGTERM", () => process.exit(0));
