/**
 * A small receiver of Sojourn's webhooks: checks the signature, notices repeats, and prints what happened.
 *
 *   SOJOURN_WEBHOOK_SECRET=whsec_… node receiver.js [port]
 *
 * Needs nothing but Node. Put your own work where it says "your work": send a welcome letter on stage.entered, a
 * reminder on cart.left, a win-back on lapse.due.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env.SOJOURN_WEBHOOK_SECRET ?? "";
if (!secret.startsWith("whsec_")) {
  console.error("Set SOJOURN_WEBHOOK_SECRET to the secret that `sojourn webhook add` printed.");
  process.exit(2);
}
const key = Buffer.from(secret.slice("whsec_".length), "base64");
const port = Number(process.argv[2] ?? 8090);
const MOST_BYTES = 1024 * 1024;
/** A signature older or newer than this is a repeat by somebody else, or a wrong clock. */
const TOLERANCE_SECONDS = 5 * 60;

/** True when the message was signed with our secret, and lately. Standard Webhooks: HMAC-SHA-256 over "id.timestamp.body". */
function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // While a secret is replaced there are two signatures; one that fits is enough.
  return signatures.split(" ").some((entry) => {
    const given = Buffer.from(entry.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Ids that were handled. A message may come twice (we may have answered too late); keep these where your data is. */
const handled = new Set();

createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on("data", (chunk) => {
    size += chunk.length;
    if (size > MOST_BYTES) request.destroy();
    chunks.push(chunk);
  });
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (request.method !== "POST" || !isGenuine(request.headers, body)) {
      response.writeHead(401).end();
      return;
    }
    const id = request.headers["webhook-id"];
    if (!handled.has(id)) {
      const { type, timestamp, data } = JSON.parse(body.toString("utf8"));
      // Your work. Throw it at a queue and answer at once; an answer after ten seconds counts as none.
      const who = data.customer ?? data.person ?? data.site;
      const what = data.to ?? data.stage ?? data.order ?? "";
      console.log(`${timestamp}  ${type.padEnd(16)} ${who} ${what}`);
      handled.add(id);
    }
    response.writeHead(204).end();
  });
}).listen(port, "127.0.0.1", function listening() {
  console.log(`Listening on http://127.0.0.1:${this.address().port}/`);
});
