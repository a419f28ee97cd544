import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { payloadOf } from "./testing/device.ts";
import { device, REPLY, Talk } from "./testing/talk.ts";

let talk: Talk;
beforeEach(() => {
  talk = new Talk();
});

describe("topics of a Kura device", () => {
  const publishes = (topic: string) => talk.dialect.publishTopics.find(topic, talk.conversation.names) !== undefined;
  const reads = (filter: string) => talk.dialect.subscribeTopics.find(filter, talk.conversation.names) !== undefined;

  it("begin with its own account and client id", () => {
    const own = ["$EDC/acme/gw-1/MQTT/BIRTH", "$EDC/acme/gw-1/ALERT/door", "acme/gw-1/app", "acme/gw-1/app/a/b"];
    const answers = [`${REPLY}/CMD-V1/REPLY/c1`, `${REPLY}/DEPLOY-V2/NOTIFY/gw-1/download`];
    expect([...own, ...answers].filter(publishes)).toEqual([...own, ...answers]);
    const others = [
      "$EDC/acme/gw-2/MQTT/BIRTH",
      "$EDC/other/gw-1/MQTT/BIRTH",
      "$EDC/acme/fleetlog/MQTT/BIRTH",
      "$EDC/other/fleetlog/CMD-V1/REPLY/c1",
      `${REPLY}/DEPLOY-V2/NOTIFY/gw-2/download`,
      "acme/gw-2/app",
      "acme/gw-1",
      "other/gw-1/app",
      "me/telemetry",
      "server/gw-1/get_gpio",
      "/tpedm/gw-1/output",
    ];
    expect(others.filter(publishes)).toEqual([]);
    expect(["$EDC/acme/gw-1/#", "$EDC/acme/gw-1/CMD-V1/#", "acme/gw-1/#"].every(reads)).toBe(true);
    expect(
      ["#", "$EDC/#", "$EDC/acme/#", "$EDC/+/gw-1/#", "$EDC/acme/+/#", "$EDC/acme/gw-2/#", "acme/#"].filter(reads),
    ).toEqual([]);
  });

  it.each([
    ["telemetry", "acme/gw-1/app", 20_000],
    ["an event", "$EDC/acme/gw-1/ALERT/door", 20_000],
    ["a birth", "$EDC/acme/gw-1/MQTT/BIRTH", 20_000],
    ["a will", "$EDC/acme/gw-1/MQTT/LWT", 20_000],
    ["a reply", `${REPLY}/CMD-V1/REPLY/c1`, 600_000],
    ["a notification", `${REPLY}/DEPLOY-V2/NOTIFY/gw-1/download`, 20_000],
  ])("count the expanded size of %s against the limits of bytes", (_, topic, size) => {
    const found = talk.dialect.publishTopics.find(topic, talk.conversation.names);
    const plain = payloadOf({}, "a".repeat(size));
    const read = (bytes: Buffer) => {
      try {
        found?.read(bytes, topic, talk.conversation);
      } catch {
        // This payload is not valid on every topic. Only the counted bytes matter.
      }
      return talk.connection.counted;
    };
    expect(read(plain)).toBe(0);
    const small = gzipSync(plain);
    expect(read(small)).toBe(plain.length - small.length);
    expect(read(gzipSync(Buffer.alloc(4 * 1024 * 1024)))).toBeGreaterThan(256 * 1024);
  });

  it("are only for a device that logged in by its registered names", () => {
    const other = { ...device, credential: { by: "token", token: "t" } } as const;
    expect(() => talk.dialect.converse(other, talk.connection)).toThrow(/must log in with the names/);
  });
});

describe("what a Kura device publishes", () => {
  it("becomes its profile and uptime if it is the birth certificate", () => {
    const metrics = {
      display_name: "Gate",
      model_name: "R-1",
      serial_number: "7",
      firmware_version: "2",
      uptime: "55",
    };
    const reports = talk.receive("$EDC/acme/gw-1/MQTT/BIRTH", { ...metrics, application_ids: "CMD-V1,CONF-V1" });
    expect(reports).toMatchObject([
      { kind: "profile", profile: { display_name: "Gate", model: "R-1", serial: "7", firmware: "2" } },
      { kind: "event", report: { name: "birth", data: { uptime: "55" } } },
    ]);
    const [{ profile }] = reports as unknown as [{ profile: { uptime?: unknown; commands: { name: string }[] } }];
    expect(profile.uptime).toBeUndefined();
    expect(profile.commands.map(({ name }) => name)).toEqual(["exec", "configuration.get", "configuration.put"]);
    const apps = talk.receive("$EDC/acme/gw-1/MQTT/APPS", { application_ids: "DEPLOY-V2" });
    expect(apps).toMatchObject({ kind: "profile", profile: { model: "R-1", application_ids: "DEPLOY-V2" } });
  });

  it("does not become a profile if the list of applications comes before the birth certificate", () => {
    expect(talk.receive("$EDC/acme/gw-1/MQTT/APPS", { application_ids: "DEPLOY-V2" })).toEqual([]);
  });

  it("becomes an event if it is a disconnection, a will (also an empty one) or an alert", () => {
    expect(talk.receive("$EDC/acme/gw-1/MQTT/DC", { uptime: "9" })).toEqual({
      kind: "event",
      report: { name: "disconnect", data: { uptime: "9" } },
    });
    expect(talk.receive("$EDC/acme/gw-1/MQTT/LWT")).toEqual({ kind: "event", report: { name: "will", data: {} } });
    expect(talk.receive("$EDC/acme/gw-1/ALERT/door", { open: true })).toMatchObject({
      report: { name: "ALERT", data: { resource: "door", metrics: { open: true }, types: { open: "BOOL" } } },
    });
    expect(() => talk.receive("$EDC/acme/gw-1/a b/door")).toThrow(/not a valid name/);
  });

  it("becomes telemetry with application, types and body", () => {
    expect(talk.receive("acme/gw-1/heater/room/1", { count: 9_007_199_254_740_993n }, "x")).toEqual({
      kind: "telemetry",
      items: [
        {
          data: { "heater/room/1": { count: "9007199254740993" }, $types: { count: "INT64" }, $body: "eA==" },
        },
      ],
    });
  });
});
