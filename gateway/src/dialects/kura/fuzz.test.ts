import { gzipSync } from "node:zlib";
import { FleetError } from "@fleetlog/domain";
import { fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, seeded } from "@fleetlog/runtime/testing";
import { describe, expect, it } from "vitest";
import { Dialects } from "../dialects.ts";
import { kura } from "./index.ts";
import { FakeConnection, payloadOf } from "./testing/device.ts";

const MESSAGES = fuzzMessages(30_000);

const credential = { by: "names", clientId: "gw-1", userName: "u", password: "p" } as const;
const device = { device: "acme:gw-1", dialect: "kura", login: "gw-1", account: "acme", credential };

const TOPICS = [
  "$EDC/acme/gw-1/MQTT/BIRTH",
  "$EDC/acme/gw-1/MQTT/APPS",
  "$EDC/acme/gw-1/MQTT/DC",
  "$EDC/acme/gw-1/MQTT/LWT",
  "$EDC/acme/gw-1/ALERT/a/b",
  "$EDC/acme/fleetlog/CMD-V1/REPLY/c1",
  "$EDC/acme/fleetlog/CONF-V1/REPLY/c2",
  "$EDC/acme/fleetlog/DEPLOY-V2/REPLY/c3",
  "$EDC/acme/fleetlog/DEPLOY-V2/NOTIFY/gw-1/download",
  "acme/gw-1/app/x",
] as const;

const XML =
  '<esf:configurations><esf:configuration pid="a"><ocd:OCD><ocd:AD id="x" type="Integer"/></ocd:OCD><esf:properties><esf:property name="x" type="Long"><esf:value>1</esf:value></esf:property></esf:properties></esf:configuration></esf:configurations>';
const SEEDS = [
  payloadOf({ model_name: "m", uptime: "1", application_ids: "CMD-V1,CONF-V1", accept_encoding: "gzip" }),
  payloadOf({ "response.code": 200, "command.stdout": "x", "command.exit.code": 0 }),
  payloadOf({ "response.code": 200 }, XML),
  payloadOf({ "response.code": 200 }, "<packages><package><name>a</name><bundles/></package></packages>"),
  payloadOf({ "job.id": 7n, "dp.download.status": "IN_PROGRESS", "dp.download.progress": 5 }),
  gzipSync(payloadOf({ a: 1, b: true, c: 3n }, "body")),
];

describe("reading Kura's messages", () => {
  it(`survives ${MESSAGES} random and mutated messages without a crash or a growing heap`, {
    timeout: 300_000,
  }, async () => {
    const random = seeded(fuzzSeed(20_261_129));
    const dialect = new Dialects([kura]).mqttOf(device);
    const conversation = dialect.converse(device, new FakeConnection());
    const deadline = "2026-01-01T00:00:00Z";
    for (const [id, name, params] of [
      ["c1", "exec", { command: "x" }],
      ["c2", "configuration.get", null],
      ["c3", "packages.list", null],
    ] as const)
      conversation.command({ id, name, params, deadline }, 0);

    const changed = (): Buffer => {
      const bytes = Buffer.from(SEEDS[random(SEEDS.length)] as Buffer);
      for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = random(256);
      return random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    };
    const noise = (): Buffer => Buffer.from(Array.from({ length: random(64) }, () => random(256)));
    let read = 0;
    let refused = 0;
    const one = (): void => {
      const base = TOPICS[random(TOPICS.length)] as string;
      const topic =
        random(8) === 0 ? `${base.slice(0, random(base.length))}${String.fromCodePoint(random(0xd800))}` : base;
      const payload = random(3) === 0 ? noise() : changed();
      try {
        dialect.publishTopics.find(topic, conversation.names)?.read(payload, topic, conversation);
        read++;
      } catch (error) {
        if (!(error instanceof FleetError && error.code === "invalid-request")) throw error;
        refused++;
      }
    };
    for (let i = 0; i < MESSAGES / 10; i++) one();
    const growth = await heapGrowth(() => {
      for (let i = 0; i < (MESSAGES * 9) / 10; i++) one();
    });
    expect(read + refused).toBe(MESSAGES);
    expect(Math.min(read, refused)).toBeGreaterThan(MESSAGES / 10);
    expect(growth).toBeLessThan(MOST_GROWTH);
  });
});
