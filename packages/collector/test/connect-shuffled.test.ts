/** Every sample of every system, in any sequence and twice: one house with all of them connected. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ConnectorOptions, SystemName } from "../src/connect/connector.ts";
import { readDelivery } from "../src/connect/map.ts";
import { CONNECTORS } from "../src/connect/systems.ts";
import { NOW, optionsFor, requestOf, type Sample, SECRET, samplesOf } from "../src/connect/test/samples.ts";
import { type ConnectedHouse, openConnectedHouse, peopleIn, type Wanted } from "./connect-house.ts";

/** A sample with the connector it comes in by: those with settings of their own have one of their own. */
interface Message {
  connector: string;
  system: SystemName;
  sample: Sample;
}

const messages: Message[] = [];
const options = new Map<string, Partial<ConnectorOptions> & { system: SystemName }>();
for (const system of Object.keys(CONNECTORS) as SystemName[]) {
  const known = new Map<string, string>();
  for (const sample of samplesOf(system)) {
    const key = JSON.stringify(sample.options ?? {});
    const name = known.get(key) ?? `${system}-${known.size + 1}`;
    known.set(key, name);
    options.set(name, { ...sample.options, system, name, customers: name, orderPrefix: `${name}:` });
    messages.push({ connector: name, system, sample });
  }
}

/** What systems answer when they are asked: by path, from the samples; the last one's answer is everybody's. */
const answers = new Map<string, { status: number; json: unknown }>();
for (const { connector, system, sample } of messages) {
  const fetched: NonNullable<Sample["fetched"]> = {};
  for (let round = 0; round < 5; round++) {
    const delivery = {
      connector,
      receivedAt: NOW,
      headers: sample.headers,
      text: typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body),
      fetched,
    };
    const mapped = readDelivery(CONNECTORS[system], delivery, optionsFor(system, options.get(connector)!));
    if (mapped.kind !== "needs") break;
    for (const { name, path } of mapped.fetches) {
      const answer = sample.fetched?.[name];
      if (answer === undefined) continue;
      fetched[name] = answer;
      answers.set(`/${connector}${path}`, answer);
    }
  }
}

let server: Server;
let host: string;
let house: ConnectedHouse | undefined;
beforeAll(async () => {
  server = createServer((request, response) => {
    // Tokens tell which connector asks; the path alone may be the same for two.
    const name = /(\w+-\d+)$/.exec(tokenOf(request.headers))?.[1];
    const answer = answers.get(`/${name}${request.url}`) ?? { status: 404, json: {} };
    response
      .writeHead(answer.status, { "content-type": "application/json" })
      .end(JSON.stringify(answer.json));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => house?.close());

function tokenOf(headers: Record<string, string | string[] | undefined>): string {
  const basic = /^Basic (.+)$/.exec(String(headers["authorization"] ?? ""))?.[1];
  if (basic !== undefined) return Buffer.from(basic, "base64").toString();
  return String(headers["authorization"] ?? headers["x-auth-token"] ?? "");
}

const wanted = (): Wanted[] =>
  [...options].map(([name, one]) => ({
    options: {
      ...one,
      host,
      settings: { ...one.settings, ...(one.system === "ga4" ? { measurementId: name } : {}) },
    },
    token: name,
  }));

async function send({ connector, system, sample }: Message): Promise<void> {
  if (sample.polled === true) {
    const body = Buffer.from(JSON.stringify(sample.body));
    await house!.store.change("inboxKeep", { connector, receivedAt: NOW, headers: sample.headers, body });
    return;
  }
  const request = requestOf(system, sample, SECRET, NOW, connector);
  const url = request.url.replace("G-TEST", connector);
  expect([200, 204], `${connector} ${sample.name}`).toContain(
    (await house!.send({ ...request, url })).status,
  );
}

/** A small generator of our own, so that a failing sequence can be repeated. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const out = [...list];
  let state = seed * 2_654_435_761 + 1;
  for (let i = out.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = state % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

const states = async () => {
  const counts = await house!.store.change("inboxCounts", {});
  return Object.groupBy(counts, ({ state }) => state);
};

test("twenty shuffled sequences, each message twice, give the same people, orders, refunds and stages", async () => {
  expect(new Set(messages.map(({ system }) => system)).size).toBe(Object.keys(CONNECTORS).length);
  let first: unknown[] | undefined;
  for (let seed = 0; seed < 20; seed++) {
    house = await openConnectedHouse(wanted(), NOW);
    for (const [place, message] of shuffled([...messages, ...messages], seed).entries()) {
      await send(message);
      // In some houses mapping keeps up with what comes; in the others it comes after all of it.
      if (seed % 3 === 0 && place % 8 === 0) await house.settle();
    }
    await house.settle();
    const { waiting, refused, mapped } = await states();
    expect([waiting, refused], `seed ${seed}`).toEqual([undefined, undefined]);
    expect(mapped!.length).toBeGreaterThanOrEqual(12);
    const people = peopleIn(house.folder);
    first ??= people;
    expect(people, `seed ${seed}`).toEqual(first);
    if (seed < 19) await house.close();
  }
  expect(first!.length).toBeGreaterThanOrEqual(20);
  await house!.store.change("inboxReplay", {});
  await house!.settle();
  expect(peopleIn(house!.folder), "after a replay of the inbox").toEqual(first);
  await house!.store.change("replay", { at: NOW });
  await house!.settle();
  expect(peopleIn(house!.folder), "after a replay of the log").toEqual(first);
}, 400_000);
