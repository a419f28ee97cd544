import type { ProvisionOrder } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventOf, recorded } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import { initialRequests, react } from "./react.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

const MINUTE = 60_000;
const order: ProvisionOrder = {
  clientId: "c",
  userName: "u",
  maxRetries: 0,
  activationKey: false,
  overwrite: false,
  allowPlain: false,
  device: { id: "d1", tags: [] },
  bundles: [],
};
const append = (...[type, data]: Parameters<typeof eventOf>) =>
  fleet.outside.log.append(eventOf(type, data, { at: fleet.clock.now() }));
const create = (request: string, more: Partial<ProvisionOrder> = {}) =>
  append("ProvisionRequestCreated", { request, by: "ann", ...order, ...more });
const start = (request: string) => append("ProvisionStarted", { request });
const accept = (request: string) => append("ProvisionAccepted", { request, device: "d1", credential: "token" });
const register = () => append("DeviceRegistered", { device: "d1", tags: [], by: "ann" });
const open = () =>
  append("SessionOpened", {
    device: "d1",
    gateway: "g1",
    incarnation: "i1",
    protocol: "mqtt",
    version: "MQTT 5",
    address: "x",
  });
const settle = () => fleet.clock.advance(3_000);
const types = async () => (await fleet.events(...ENDS)).map(({ type }) => type);
const ENDS = ["ProvisionCompleted", "ProvisionFailed", "ProvisionStopped", "ProvisionAbandoned"] as const;

describe("the reaction to provisioning", () => {
  it("completes a request when its device logs in with the credential of the newest reply", async () => {
    fleet.react("r1");
    await register();
    await open();
    await create("p");
    await start("p");
    await accept("p");
    await settle();
    expect(await types()).toEqual([]);
    await open();
    await settle();
    expect(await types()).toEqual(["ProvisionCompleted"]);
    expect(fleet.problems).toEqual([]);
  });

  it("completes a request whose device logged in while no reactors ran, and does nothing twice", async () => {
    await register();
    await create("p");
    await start("p");
    await accept("p");
    await open();
    for (const id of ["r1", "r2"]) {
      const reactors = fleet.react(id);
      await settle();
      await reactors.stop();
    }
    expect(await types()).toEqual(["ProvisionCompleted"]);
  });

  it("gives the request's configuration to the device once, and keeps what a person sets later", async () => {
    fleet.react("r1");
    await register();
    await create("p", { configuration: { interval: 5 } });
    await start("p");
    await accept("p");
    await settle();
    const sets = async () => (await fleet.events("ConfigurationSet")).map(({ data }) => data);
    expect(await sets()).toMatchObject([{ device: "d1", own: { interval: 5 }, by: "provision-requests/p" }]);
    await append("ConfigurationSet", {
      device: "d1",
      revision: 2,
      values: { interval: 9 },
      own: { interval: 9 },
      defaults: [],
      by: "ann",
    });
    fleet.react("r2");
    await settle();
    expect(await sets()).toHaveLength(2);
  });

  it("fails a try if the device stays silent, and abandons the request after the last try", async () => {
    fleet.react("r1");
    await create("p", { maxRetries: 1 });
    for (const expected of [["ProvisionFailed"], ["ProvisionFailed", "ProvisionFailed", "ProvisionAbandoned"]]) {
      await start("p");
      await accept("p");
      await fleet.clock.advance(14 * MINUTE);
      expect(await types()).toEqual(expected.slice(0, expected.length > 1 ? 1 : 0));
      await fleet.clock.advance(2 * MINUTE);
      expect(await types()).toEqual(expected);
    }
  });

  it("waits for a device that has not begun provisioning, until the request expires", async () => {
    fleet.react("r1");
    const expiresOn = new Date(fleet.clock.now() + 60 * MINUTE).toISOString();
    await create("p", { expiresOn });
    await start("p");
    await fleet.clock.advance(59 * MINUTE);
    expect(await types()).toEqual([]);
    await fleet.clock.advance(2 * MINUTE);
    expect(await fleet.events("ProvisionAbandoned")).toMatchObject([{ data: { reason: "expired" } }]);
  });

  it("records that a request was stopped if no gateway holds its session", async () => {
    fleet.react("r1");
    await create("p");
    await start("p");
    await append("ProvisionStopping", { request: "p", by: "ann" });
    await fleet.clock.advance(5_000);
    expect(await types()).toEqual(["ProvisionStopped"]);
  });
});

describe("react", () => {
  it("tries to complete a request at its acceptance, too: the opening of the device's session may have been read before", () => {
    const state = initialRequests(MINUTE);
    const session = {
      device: "d1",
      gateway: "g1",
      incarnation: "i1",
      protocol: "mqtt",
      version: "5",
      address: "x",
    } as const;
    expect(react(state, recorded(4, "SessionOpened", session))).toEqual([]);
    react(state, recorded(1, "ProvisionRequestCreated", { request: "p", by: "ann", ...order }));
    react(state, recorded(2, "ProvisionStarted", { request: "p" }));
    const work = react(state, recorded(3, "ProvisionAccepted", { request: "p", device: "d1", credential: "token" }));
    expect(work).toEqual([{ type: "Complete", request: "p" }]);
    expect(react(state, recorded(5, "SessionOpened", session))).toEqual([{ type: "Complete", request: "p" }]);
  });

  it("does not give the same command again while it may still be performed", () => {
    const state = initialRequests(MINUTE);
    const created = recorded(1, "ProvisionRequestCreated", {
      request: "p",
      by: "ann",
      ...order,
      expiresOn: "2026-01-01T00:00:00Z",
    });
    react(state, created);
    const now = Date.parse("2026-01-02T00:00:00Z");
    expect(react(state, { type: "Tick", now })).toHaveLength(1);
    expect(react(state, { type: "Tick", now: now + 1_000 })).toEqual([]);
    expect(react(state, { type: "Tick", now: now + 11_000 })).toHaveLength(1);
  });
});
