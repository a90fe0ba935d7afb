/**
 * What collectors of one engine ask of one another: to keep what they took in for us, and by which keys servers may send.
 *
 * Open to whoever shows the secret that all of them have. Absent where no other collector is.
 */
import { Hono } from "hono";
import { z } from "zod";
import { SojournError } from "../errors.ts";
import type { Arrival } from "../ingest/accept.ts";
import type { Peers } from "../store/store.ts";
import { isSameSecret } from "./access.ts";
import type { AppOptions } from "./app.ts";
import { readBody } from "./collect-routes.ts";
import type { Env } from "./guard.ts";

/** A megabyte of bodies, as JSON within JSON. */
const BODY_LIMIT = 8 * 1024 * 1024;

export function peerRoutes({ store, config }: AppOptions): Hono<Env> {
  const routes = new Hono<Env>();

  const peersFor = (given: string | undefined): Peers => {
    const { peers } = store;
    if (peers === undefined) throw new SojournError("not_found", "There is nothing here");
    if (given === undefined || !isSameSecret(given, config.peerSecret)) {
      throw new SojournError("unauthorized", "Only collectors of the same engine may ask this");
    }
    return peers;
  };

  routes.post("/peer/arrivals", async (c) => {
    const peers = peersFor(c.req.header("x-sojourn-peer"));
    const body = await readBody(c.req.raw, BODY_LIMIT);
    if (body === undefined) throw new SojournError("bad_input", "More than 8 MiB at once");
    const arrivals = arrivalsIn(body);
    try {
      return c.json({ outcomes: await peers.receive(arrivals) });
    } catch (error) {
      throw new SojournError("unavailable", "Nothing can be kept at the moment", { cause: error });
    }
  });

  routes.get("/peer/keys", (c) => c.json({ keys: peersFor(c.req.header("x-sojourn-peer")).keys() }));

  return routes;
}

const arrivalSchema = z.object({
  body: z.string(),
  receivedAt: z.number(),
  door: z.enum(["browser", "server"]),
});

/** What a collector like us sends; a version or a proxy in between may have made something else of it. */
function arrivalsIn(body: string): Arrival[] {
  try {
    const { arrivals } = JSON.parse(body) as { arrivals: Arrival[] };
    z.array(arrivalSchema).parse(arrivals);
    return arrivals;
  } catch (cause) {
    throw new SojournError("bad_input", "This is no list of arrivals", { cause });
  }
}
