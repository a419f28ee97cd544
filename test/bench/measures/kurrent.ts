import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiKeys, People } from "@fleetlog/identity";
import { connectBackbone } from "@fleetlog/log";
import { KurrentDBClient, START } from "@kurrent/kurrentdb-client";
import { Authority } from "../../support/certificates.ts";
import { startTestNats } from "../../support/nats.ts";
import { BENCH_STREAMS, writeFleet } from "../fleet-log.ts";
import { type Measure, median, type Result } from "../measure.ts";
import { officialReadRate } from "../raw/official-read.ts";
import { readRate } from "../raw/read.ts";
import { startServerProcess } from "../raw/server-process.ts";

const DEVICES = 10_000;
/** Number of the endpoint's events that the server in memory records and repeats. */
const RECORDED = 20_000;

type Take = (client: KurrentDBClient, count: number, asked?: number) => Promise<void>;

/** The client's native module reads, and its JavaScript subscribes. */
const PATHS: readonly { readonly name: string; readonly take: Take }[] = [
  { name: "read", take: read },
  { name: "subscription", take: subscribe },
];

/**
 * The official Kurrent client reads all of FLEET from the endpoint, and the same messages from a server that has them in
 * memory. The second rate is the most that the client can take. The raw read is the project's own, over a bare socket: it
 * looks only at the first line of each message, so no client reads faster. A read by JetStream's official client is shown
 * for comparison.
 */
export const kurrent: Measure = {
  name: "kurrent",
  async run({ quick, events = quick ? 100_000 : 1_000_000, progress }) {
    await using nats = await startTestNats();
    const folder = await mkdtemp(join(tmpdir(), "fleetlog-kurrent-"));
    try {
      progress(`writing ${events} events of ${DEVICES} devices`);
      const count = await writeFleet(nats.url, DEVICES, events);
      const key = await newKey(nats.url);
      await writeCertificate(folder);
      const rawRead = () => readRate(nats.port, "FLEET", count);
      // The first read takes longer, because the events are not in nats-server's memory any more.
      await rawRead();
      const official = await officialReadRate(nats.url, "FLEET", count);
      await using endpoint = await startServerProcess("kurrent-endpoint.ts", [nats.url, folder]);
      const connect = (port: number) =>
        KurrentDBClient.connectionString(
          `kurrentdb://bench:${key}@127.0.0.1:${port}?tlsCaFile=${join(folder, "ca.pem")}`,
        );
      const client = connect(endpoint.port);
      // The endpoint counts all revisions first.
      await read(client, 1);
      for await (const _ of client.readStream("$ce-device", { direction: "backwards", maxCount: 1 }));
      const recorded = String(Math.min(RECORDED, count));
      await using memory = await startServerProcess("kurrent-memory.ts", [
        String(endpoint.port),
        folder,
        recorded,
        String(count),
      ]);
      const ceiling = connect(memory.port);
      for (const { take } of PATHS) await take(ceiling, Number(recorded), count);
      const raw = [await rawRead()];
      const found = new Map<Take, { readonly rate: number; readonly most: number; readonly cpu: number }>();
      for (const { name, take } of PATHS) {
        progress(`${name}: from the endpoint`);
        const cpu = await endpoint.cpu();
        const rate = await rateOf(() => take(client, count), count);
        const used = ((await endpoint.cpu()) - cpu) / count;
        progress(`${name}: from memory`);
        const most = await rateOf(() => take(ceiling, count), count);
        found.set(take, { rate, most, cpu: used });
        raw.push(await rawRead());
      }
      const reference = { name: `a raw read from nats-server ${nats.version} over a bare socket`, value: median(raw) };
      const byOfficial = { name: "a read of the same stream by @nats-io/jetstream", value: official };
      await client.dispose();
      await ceiling.dispose();
      return PATHS.flatMap(({ name, take }): Result[] => {
        const { rate, most, cpu } = found.get(take) ?? { rate: 0, most: 0, cpu: 0 };
        const value = { name: `official Kurrent client's ${name}`, value: rate, unit: "events/s" };
        const fromMemory = { name: `${value.name} of the same messages from memory`, value: most, unit: "events/s" };
        return [
          { ...value, reference, goal: { atLeast: 0.3 } },
          { ...value, reference: byOfficial },
          { ...fromMemory, reference },
          { ...value, reference: { name: "the same messages from memory", value: most }, goal: { atLeast: 0.8 } },
          { name: `CPU of the endpoint for that ${name}`, value: cpu, unit: "µs an event" },
        ];
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function rateOf(take: () => Promise<void>, count: number): Promise<number> {
  const from = performance.now();
  await take();
  return Math.round((count / (performance.now() - from)) * 1_000);
}

async function read(client: KurrentDBClient, count: number, asked = count): Promise<void> {
  let seen = 0;
  for await (const _ of client.readAll({ maxCount: asked })) seen++;
  if (seen !== count) throw new Error(`a read gave ${seen} of ${count} events`);
}

async function subscribe(client: KurrentDBClient, count: number): Promise<void> {
  const subscription = client.subscribeToAll({ fromPosition: START });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    subscription.on("error", reject);
    subscription.on("data", () => {
      if (++seen === count) resolve();
    });
  });
  await subscription.unsubscribe();
}

async function newKey(url: string): Promise<string> {
  const backbone = await connectBackbone({ url, name: "bench", streams: BENCH_STREAMS });
  const apiKeys = new ApiKeys(backbone.buckets, new People(backbone.buckets, (address) => address));
  const made = apiKeys.make();
  await apiKeys.add(made, { name: "bench", role: "admin", account: "main", owner: "admin" });
  await backbone.close();
  return made.key;
}

async function writeCertificate(folder: string): Promise<void> {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: ["historian"], usage: "server" });
  for (const [name, text] of Object.entries({ ca: authority.cert, cert, key }))
    await writeFile(join(folder, `${name}.pem`), text);
}
