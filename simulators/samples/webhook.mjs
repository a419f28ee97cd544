#!/usr/bin/env node
// Receives events of Fleetlog: node webhook.mjs <port>, with the channel's key in WEBHOOK_SECRET.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_S = 300;
const key = Buffer.from((process.env.WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64");
const seen = new Set();

/** Whether Fleetlog has sent exactly these bytes, a short time ago. */
function isSigned(headers, body) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < TOLERANCE_S)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((one) => {
    const [version, signature = ""] = one.split(",");
    const given = Buffer.from(signature, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  for (const event of JSON.parse(body.toString())) {
    // After a crash an event may come twice. Keep the ids in your database, beside what you do with the events.
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    console.log(event.type, event.subject ?? "", JSON.stringify(event.data));
  }
  response.writeHead(204).end();
});
server.listen(Number(process.argv[2] ?? 8090), () => console.log(`listening on ${server.address().port}`));
