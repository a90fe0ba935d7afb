/**
 * `sojourn demo`: a living system in one command. Invents ninety days of a small shop, starts the collector on them and the
 * example shop beside it, and shows the first answer.
 */
import { readConfig } from "../config.ts";
import { DEMO_SITE } from "../demo/fill.ts";
import { fillDemoApart } from "../demo/fill-thread.ts";
import { label } from "../domain/lifecycle/labels.ts";
import type { StagesAnswer } from "../report/stages.ts";
import { openProgress, type Progress } from "./bar.ts";
import type { Command, Io, Words } from "./command.ts";
import { newSignInLink, type Started, startCollector, untilStopped } from "./serve.ts";
import { type ExampleShop, onFreePort, startExampleShop } from "./shop-server.ts";
import { textTable } from "./text-table.ts";
import { wholeNumber } from "./typed.ts";

const DEMO_FOLDER = ".sojourn/demo";

export const demoCommand: Command = {
  name: "demo",
  summary: "See it live: invented days of a small shop, the collector on them, and the shop itself.",
  usage: "[--data <folder>] [--port <port>]",
  options: {
    port: {
      type: "string",
      help: "port of the collector (default 8080); when it is taken, the next free one",
    },
    "shop-port": {
      type: "string",
      help: "port of the example shop (default 8081); when taken, the next free one",
    },
    host: { type: "string", help: "address to listen on (default 127.0.0.1)" },
    days: { type: "string", help: "how many days to invent, 7 to 365 (default 90)" },
    seed: { type: "string", help: "another number gives other people (default 1)" },
    "no-fill": { type: "boolean", help: "invent nothing: begin with an empty shop" },
  },
  more: `The data is kept in ./${DEMO_FOLDER}; delete that folder to begin again.`,
  async run(words, io) {
    const resolved = readConfig(words.flags, io.env);
    const data = resolved.origin.data === "default" ? DEMO_FOLDER : resolved.config.data;
    const filled = words.is("no-fill") ? undefined : await fill(words, io, data);

    const config = { ...resolved.config, data, site: DEMO_SITE };
    const started = await onFreePort(config.port, (port) =>
      startCollector({ config: { ...config, port }, origin: resolved.origin }, io),
    );
    const shop = await startExampleShop({
      collector: started.url,
      host: config.host,
      port: wholeNumber(words, "shop-port", 0, 65_535) ?? 8_081,
    });
    if (shop !== undefined) await letShopSend(started, shop);
    const signIn = await newSignInLink(started.store, started.url, io.now());
    const stages = await started.store.ask("stages", { site: started.site, by: "channel" });
    if (words.is("json")) {
      const { url, site, script } = started;
      io.out(`${JSON.stringify({ url, site, script, shop: shop?.url, signIn, filled })}\n`);
    } else {
      if (started.port !== config.port && config.port !== 0)
        io.out(`\n  Port ${config.port} is taken; this is on ${started.port}.\n`);
      io.out(welcome(started, shop, signIn, stages, data));
    }
    return untilStopped(
      {
        async stop() {
          await shop?.close();
          await started.stop();
        },
      },
      io,
    );
  },
};

async function fill(words: Words, io: Io, folder: string): ReturnType<typeof fillDemoApart> {
  let progress: Progress | undefined;
  const filled = await fillDemoApart({
    folder,
    seed: wholeNumber(words, "seed", 0, 999_999_999) ?? 1,
    days: wholeNumber(words, "days", 7, 365) ?? 90,
    now: io.now(),
    onProgress(done, total) {
      progress ??= openProgress(io, "Inventing", total);
      progress.at(done);
    },
  });
  progress?.end();
  return filled;
}

/** The shop's pages may send beacons, under both names people type for this machine. */
async function letShopSend({ store, site }: Started, shop: ExampleShop): Promise<void> {
  const named = new URL(shop.url);
  const both = ["127.0.0.1", "localhost"].map((host) => `http://${host}:${named.port}`);
  const settings = store.access.sites().find(({ id }) => id === site)!.settings;
  // Shops of earlier runs may have had other ports: their origins go.
  const kept = settings.origins.filter((origin) => !/^http:\/\/(127\.0\.0\.1|localhost):/.test(origin));
  const origins = [...new Set([...kept, named.origin, ...both])];
  await store.change("updateSite", { id: site, settings: { origins } });
}

function welcome(
  started: Started,
  shop: ExampleShop | undefined,
  signIn: string,
  stages: StagesAnswer,
  folder: string,
): string {
  const { url, site, script } = started;
  return [
    "",
    ...(stages.total === 0
      ? []
      : ["  Kettle & Cup: people by channel and stage. All of it is invented.", ""]),
    ...(stages.total === 0 ? [] : [stagesTable(stages).replace(/^/gm, "  "), ""]),
    `  Page:     ${url}/`,
    "  Sign in once with this link:",
    `            ${signIn}`,
    ...(shop === undefined ? [] : [`  Shop:     ${shop.url}/   (walk about, then look at the page)`]),
    `  Ask:      npx sojourn stages --by channel --data ${folder}`,
    "",
    "  For your own pages, paste this:",
    `    <script defer src="${script}" data-site="${site}"></script>`,
    "",
    "  Stop with Ctrl-C.",
    "",
    "",
  ].join("\n");
}

/** The channels with most people, and all of them together. */
function stagesTable({ stages, rows = [], total }: StagesAnswer): string {
  const header = ["channel", "people", ...stages.map(({ stage }) => label(stage, "en"))];
  const lines = rows
    .slice(0, 10)
    .map((row) => [
      row.value,
      String(row.people),
      ...stages.map(({ stage }) => String(row.stages[stage] ?? 0)),
    ]);
  lines.push(["all", String(total), ...stages.map(({ people }) => String(people))]);
  return textTable(header, lines);
}
