import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiKeys, People } from "@fleetlog/identity";
import { connectBackbone } from "@fleetlog/log";
import { KurrentDBClient, START } from "@kurrent/kurrentdb-client";
import { Authority } from "../../support/certificates.ts";
import { startTestNats } from "../../support/nats.ts";
import { BENCH_STREAMS, writeFleet } from "../fleet-log.ts";
import type { Measure, Result } from "../measure.ts";
import { readRate } from "../raw/read.ts";

const DEVICES = 10_000;
const ENDPOINT = fileURLToPath(new URL("../raw/kurrent-endpoint.ts", import.meta.url));

interface Endpoint extends AsyncDisposable {
  readonly port: number;
  /** Microseconds of CPU that the process has used. */
  cpu(): Promise<number>;
}

/** The official client reads all of FLEET: with its native module (read), then in JavaScript (subscription). */
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
      progress("reading");
      await using endpoint = await startEndpoint(nats.url, folder);
      const url = `kurrentdb://bench:${key}@127.0.0.1:${endpoint.port}?tlsCaFile=${join(folder, "ca.pem")}`;
      const client = KurrentDBClient.connectionString(url);
      // The endpoint counts all revisions first.
      await read(client, 1);
      for await (const _ of client.readStream("$ce-device", { direction: "backwards", maxCount: 1 }));
      const results: Result[] = [];
      for (const [what, take] of [
        ["read", read],
        ["subscription", subscribe],
      ] as const) {
        const raw = await readRate(nats.port, "FLEET", count);
        const cpu = await endpoint.cpu();
        const from = performance.now();
        await take(client, count);
        const rate = Math.round((count / (performance.now() - from)) * 1_000);
        const reference = { name: `a raw read from nats-server ${nats.version}`, value: raw };
        results.push(
          {
            name: `official Kurrent client's ${what}`,
            value: rate,
            unit: "events/s",
            reference,
            goal: { atLeast: 0.3 },
          },
          {
            name: `CPU of the endpoint for that ${what}`,
            value: ((await endpoint.cpu()) - cpu) / count,
            unit: "µs an event",
          },
        );
      }
      await client.dispose();
      return results;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function read(client: KurrentDBClient, count: number): Promise<void> {
  let seen = 0;
  for await (const _ of client.readAll({ maxCount: count })) seen++;
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

async function startEndpoint(url: string, folder: string): Promise<Endpoint> {
  const child = fork(ENDPOINT, [url, folder], { execArgv: process.execArgv });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    async cpu() {
      const answered = once(child, "message") as Promise<[NodeJS.CpuUsage]>;
      child.send("cpu");
      const [{ user, system }] = await answered;
      return user + system;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
