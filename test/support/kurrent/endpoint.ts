import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, envelopeOf, type FleetEvent, type Person } from "@fleetlog/domain";
import { type KurrentEndpoint, startKurrent } from "@fleetlog/history/kurrent";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { KurrentDBClient } from "@kurrent/kurrentdb-client";
import { onTestFinished } from "vitest";
import { Authority } from "../certificates.ts";

export interface EndpointUnderTest {
  readonly backbone: MemoryBackbone;
  readonly endpoint: KurrentEndpoint;
  /** The valid keys. */
  readonly keys: Map<string, Person>;
  /** What the historian knows of the repeats of telemetry; by default, that there are none. */
  readonly telemetryRepeats: { seq: number; readonly seqs: Set<number> };
  connect(key: string, tls?: boolean): KurrentDBClient;
  append(category: Category, entity: string, type: string, data?: object, more?: object): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The endpoint in this process, over TLS, on a log in memory. */
export async function startEndpoint(): Promise<EndpointUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-kurrent-"));
  const authority = new Authority();
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority.cert);
  const backbone = memoryBackbone();
  const keys = new Map<string, Person>();
  const telemetryRepeats = { seq: Number.POSITIVE_INFINITY, seqs: new Set<number>() };
  const clients = new Set<KurrentDBClient>();
  let count = 0;
  const endpoint = await startKurrent({
    host: "127.0.0.1",
    port: 0,
    material: authority.issue({ names: ["historian"], usage: "server" }),
    log: backbone.log,
    apiKeys: { verify: async (key) => keys.get(key), isStored: async () => true },
    people: { statusOf: async () => "active" },
    folder: join(folder, "index"),
    telemetryRepeats: {
      get seq() {
        return telemetryRepeats.seq;
      },
      isRepeat: (seq) => telemetryRepeats.seqs.has(seq),
    },
    logger: { info() {}, warn() {}, error: (details) => console.error(details) },
  });
  return {
    backbone,
    endpoint,
    keys,
    telemetryRepeats,
    connect(key, tls = true) {
      const security = tls ? `tlsCaFile=${caFile}` : "tls=false";
      const client = KurrentDBClient.connectionString(
        `kurrentdb://analyst:${key}@127.0.0.1:${endpoint.port}?${security}`,
      );
      clients.add(client);
      return client;
    },
    async append(category, entity, type, data = {}, more = {}) {
      const body = { type, data: { device: entity, by: "admin", ...data } };
      const id = `${category}-${entity}-${++count}`;
      const frame = { id, source: "/tests", time: new Date(1_700_000_000_000 + count).toISOString(), entity, ...more };
      const { seq } = await backbone.log.append(envelopeOf(category, body, frame) as unknown as FleetEvent);
      return seq;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients].map((client) => client.dispose()));
      await endpoint.close();
      await backbone.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function person(id: string, more: Partial<Person> = {}): Person {
  return { kind: "person", id, name: id, role: "owner", ...more };
}

/** Ends after the running test. */
export async function endpointForTest(): Promise<EndpointUnderTest> {
  const under = await startEndpoint();
  onTestFinished(() => under[Symbol.asyncDispose]());
  return under;
}
