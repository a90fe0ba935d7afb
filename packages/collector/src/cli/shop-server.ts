/**
 * Serves the example shop beside a collector, so that a newcomer can walk about and watch themselves arrive.
 *
 * The shop belongs to the repository, not to the published package: without it there is none, and that is said.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The shop, running. */
export interface ExampleShop {
  url: string;
  close(): Promise<void>;
}

/** What examples/serve.ts offers. */
interface Serving {
  serveFolder(
    folder: string,
    options: { port: number; host: string; replace: Readonly<Record<string, string>> },
  ): Promise<{ port: number; close(): Promise<void> }>;
}

/** How many ports are tried after the wanted one. */
const TRIES = 20;

/** Starts the shop, and its payment provider beside it; undefined when the examples are not there. Takes the next free port. */
export async function startExampleShop({
  collector,
  host,
  port,
}: {
  /** Address the pages load the script from. */
  collector: string;
  host: string;
  port: number;
}): Promise<ExampleShop | undefined> {
  const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));
  if (!existsSync(join(examples, "serve.ts"))) return undefined;
  const { serveFolder } = (await import(join(examples, "serve.ts"))) as Serving;
  const shownHost = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const urlOf = (served: { port: number }) =>
    `http://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${served.port}`;
  // Each page names the other's address; the shop's is known first, and nobody has asked for a page yet.
  const replace: Record<string, string> = { collector };
  const shop = await onFreePort(port, (free) =>
    serveFolder(join(examples, "shop"), { port: free, host, replace }),
  );
  const payment = await serveFolder(join(examples, "payment"), {
    port: 0,
    host,
    replace: { shop: urlOf(shop) },
  });
  replace["pay"] = urlOf(payment);
  return {
    url: urlOf(shop),
    async close() {
      await Promise.all([shop.close(), payment.close()]);
    },
  };
}

/** Tries a port and the ones after it; 0 is any. Rejects when none of them is free. */
export async function onFreePort<T>(port: number, listen: (port: number) => Promise<T>): Promise<T> {
  for (let next = port; ; next++) {
    try {
      return await listen(next);
    } catch (error) {
      const isTaken = isPortTaken(error);
      if (!isTaken || port === 0 || next >= port + TRIES || next >= 65_535) throw error;
    }
  }
}

const isPortTaken = (error: unknown): boolean => {
  const { code } = error as { code?: unknown };
  return code === "EADDRINUSE" || code === "port_taken";
};
