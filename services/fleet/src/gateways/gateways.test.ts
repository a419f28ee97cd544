import { beforeEach, describe, expect, it } from "vitest";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { declareGatewayLost, recordGateway } from "./gateways.ts";

const g1 = { gateway: "g1", incarnation: "i1" };
const running = new AbortController().signal;
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
  await recordGateway(fleet, { type: "StartGateway", ...g1 }, new Set(["i1"]));
});

const typesOf = async () => (await fleet.events()).map(({ type }) => type);

describe("a gateway", () => {
  it("records one start and one stop, and names the start as the stop's cause", async () => {
    const stop = { type: "StopGateway", ...g1 } as const;
    const { event } = await recordGateway(fleet, stop, new Set(["i1"]));
    const [started] = await fleet.events("GatewayStarted");
    expect(started?.causationid).toBeUndefined();
    expect(event).toMatchObject({ type: "GatewayStopped", causationid: started?.id });
    expect((await recordGateway(fleet, stop, new Set(["i1"]))).event).toBeUndefined();
    expect(await typesOf()).toEqual(["GatewayStarted", "GatewayStopped"]);
  });

  it("does not name another process's event as the cause of its start", async () => {
    const { event } = await recordGateway(
      fleet,
      { type: "StartGateway", gateway: "g1", incarnation: "i2" },
      new Set(["i2"]),
    );
    expect(event?.type).toBe("GatewayStarted");
    expect(event?.causationid).toBeUndefined();
    expect((await recordGateway(fleet, { type: "StopGateway", ...g1 }, new Set(["i1"]))).event).toBeUndefined();
  });

  it("is declared lost once, and not after its next incarnation has started", async () => {
    const lost = { ...g1, leaseTtlMs: 9_000 };
    const declared = await Promise.all([1, 2].map(() => declareGatewayLost(fleet, lost, running)));
    expect(declared.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    const [started] = await fleet.events("GatewayStarted");
    expect(await fleet.events("GatewayLost")).toMatchObject([{ id: "i1/lost", causationid: started?.id, data: lost }]);
    await recordGateway(fleet, { type: "StartGateway", gateway: "g1", incarnation: "i2" }, new Set(["i1", "i2"]));
    expect((await declareGatewayLost(fleet, lost, running)).event).toBeUndefined();
    const [, again] = await fleet.events("GatewayStarted");
    expect(again?.causationid).toBe("i1/lost");
  });

  it("is not declared lost once the signal is aborted", async () => {
    const over = AbortSignal.abort(new Error("over"));
    await expect(declareGatewayLost(fleet, { ...g1, leaseTtlMs: 9_000 }, over)).rejects.toThrow("over");
    expect(await typesOf()).toEqual(["GatewayStarted"]);
  });
});
