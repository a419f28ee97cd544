import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventOf } from "../testing/events.ts";
import { DEVICE, type Fleet, startFleet } from "../testing/fleet.ts";
import { liveMessagesTo } from "../testing/live.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
  await register(DEVICE);
});
afterEach(() => fleet.stop());

const register = (device: string) =>
  fleet.outside.log.append(eventOf("DeviceRegistered", { device, tags: [], by: "admin" }));
const retire = () => {
  const wrapping = { id: "retired-1", at: fleet.clock.now() };
  return fleet.outside.log.append(eventOf("DeviceRetired", { device: DEVICE, by: "admin" }, wrapping));
};
const cancelled = async () =>
  (await fleet.events("CommandCancelled")).map((event) => (event.data as { command: string }).command);

describe("retirement in a running process", () => {
  it("cancels the open commands of the device, and of no other device", async () => {
    fleet.react("r1");
    await register("d2");
    for (const name of ["c1", "c2", "c3"]) await fleet.issue(name, 60_000);
    await fleet.issue("other", 60_000, "d2");
    await fleet.outside.log.append(eventOf("CommandCompleted", { command: "c2", device: DEVICE, epoch: 1 }));
    await retire();
    await fleet.clock.advance(1_000);

    expect(await cancelled()).toEqual(["c1", "c3"]);
    expect((await fleet.events("CommandCancelled"))[0]).toMatchObject({
      source: "/reactors/retirement",
      causationid: "retired-1",
      data: { command: "c1", device: DEVICE, by: "system", reason: "device retired" },
    });
    expect(fleet.problems).toEqual([]);
  });

  it("requests a check of sessions after each event that ends access, because the event's gateway may have crashed before it told the others", async () => {
    const told: unknown[] = [];
    fleet.outside.bus.subscribe(
      liveMessagesTo(DEVICE),
      ({ subject, data }) => void told.push([subject.split(".").at(-1), data]),
    );
    fleet.react("r1");
    const append = (type: "DeviceMoved" | "DeviceTokenRotated" | "DeviceTagged", data: object) =>
      fleet.outside.log.append(eventOf(type, { device: DEVICE, by: "admin", ...data }, { entity: DEVICE }));
    await append("DeviceTagged", { tags: [] });
    await fleet.clock.advance(1_000);
    expect(told).toEqual([]);
    await append("DeviceMoved", { from: "main", to: "north", history: "along" });
    await append("DeviceTokenRotated", {});
    await retire();
    await fleet.clock.advance(1_000);
    // Gateways ignore a message without `access`, unless the session is by a customer's certificate.
    const checked = ["changed", { access: true }];
    expect(told).toEqual([checked, checked, checked]);
  });

  it("cancels all open commands, however many pages of the view they fill", async () => {
    fleet.react("r1");
    for (let i = 0; i < 250; i++) await fleet.issue(`c${i}`, 60_000);
    await retire();
    for (let i = 0; i < 50; i++) await fleet.clock.settle();
    expect(new Set(await cancelled()).size).toBe(250);
  });

  it("cancels a command that was issued concurrently with the retirement", async () => {
    fleet.react("r1");
    await retire();
    await fleet.clock.settle();
    await fleet.issue("late", 60_000);
    await fleet.clock.settle();
    expect(await cancelled()).toEqual(["late"]);
  });

  it("cancels the commands of a device that retired while no reactor ran, up to its next registration", async () => {
    await fleet.issue("old", 60_000);
    await retire();
    await register(DEVICE);
    await fleet.issue("new", 60_000);
    fleet.react("r1");
    await fleet.clock.advance(1_000);
    expect(await cancelled()).toEqual(["old"]);
  });

  it("cancels a command that was issued between retirement and the next registration", async () => {
    await retire();
    await fleet.issue("crossed", 60_000);
    await register(DEVICE);
    await fleet.issue("new", 60_000);
    fleet.react("r1");
    await fleet.clock.advance(1_000);
    expect(await cancelled()).toEqual(["crossed"]);
  });

  it("cancels a late command although the log has repeated the registration after the retirement", async () => {
    await retire();
    for (const event of await fleet.events("DeviceRegistered")) fleet.outside.repeat(event);
    await fleet.issue("late", 60_000);
    fleet.react("r1");
    await fleet.clock.advance(1_000);
    expect(await cancelled()).toEqual(["late"]);
  });

  it("appends nothing when another process reacts to the same retirement", async () => {
    const first = fleet.react("r1");
    await fleet.issue("c1", 60_000);
    await retire();
    await fleet.clock.advance(1_000);
    await first.stop();
    fleet.react("r2");
    await fleet.clock.advance(20_000);
    expect(await cancelled()).toEqual(["c1"]);
  });

  it("saves a checkpoint, so that older events are not read again", async () => {
    const first = fleet.react("r1");
    await retire();
    await fleet.clock.advance(70_000);
    const { seq } = await fleet.outside.log.append(
      eventOf("DeviceRegistered", { device: "d3", tags: [], by: "admin" }),
    );
    await fleet.clock.settle();
    await first.stop();
    const bucket = await fleet.outside.buckets.open("reactors", { maxBytes: 1 });
    expect(await bucket.get("checkpoint.retirement")).toMatchObject({ value: { device: seq } });
  });
});
