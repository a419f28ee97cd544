import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recorded } from "../testing/events.ts";
import { DEVICE, type Fleet, startFleet } from "../testing/fleet.ts";
import { liveMessagesTo } from "../testing/live.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

describe("command deadlines in a running process", () => {
  it("expire a command at its deadline and notify the gateway", async () => {
    const notified: unknown[] = [];
    fleet.outside.bus.subscribe(liveMessagesTo(DEVICE), (message) => notified.push(message));
    fleet.react("r1");
    await fleet.clock.settle();
    await fleet.issue("c1", 5_000);

    await fleet.clock.advance(4_999);
    expect(await fleet.events("CommandExpired")).toEqual([]);
    await fleet.clock.advance(1);
    expect(await fleet.events("CommandExpired")).toMatchObject([
      {
        id: "c1/expired",
        source: "/reactors/command-deadlines",
        causationid: "c1/issued",
        subject: "fleet.command.d1",
        time: "2030-01-01T00:00:05.000Z",
        data: { command: "c1", device: DEVICE, deadline: "2030-01-01T00:00:05.000Z" },
      },
    ]);
    expect(notified).toEqual([{ subject: "live.d1.ended", data: { command: "c1", reason: "expired" } }]);
    expect(fleet.problems).toEqual([]);
  });

  it("expire commands that were issued, or passed their deadline, before this process started", async () => {
    await fleet.issue("lapsed", 1_000);
    await fleet.issue("ahead", 20_000);
    await fleet.clock.advance(5_000);
    fleet.react("r1");
    await fleet.clock.advance(1_000);
    expect((await fleet.events("CommandExpired")).map(({ id }) => id)).toEqual(["lapsed/expired"]);
    await fleet.clock.advance(14_000);
    expect((await fleet.events("CommandExpired")).map(({ id }) => id)).toEqual(["lapsed/expired", "ahead/expired"]);
  });

  it("expire all commands issued before this process started, even if the view answers in short pages", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
    for (const name of names) await fleet.issue(name, 1_000);
    fleet.react("r1");
    await fleet.clock.advance(3_000);
    expect((await fleet.events("CommandExpired")).map(({ id }) => id)).toEqual(names.map((name) => `${name}/expired`));
  });

  it("expire all commands of one device that lapse together, in the order of issue", async () => {
    fleet.react("r1");
    await fleet.clock.settle();
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
    for (const name of names) await fleet.issue(name, 1_000);
    await fleet.clock.advance(2_000);
    expect((await fleet.events("CommandExpired")).map(({ id }) => id)).toEqual(names.map((name) => `${name}/expired`));
  });

  it("do not expire a command that ended in time", async () => {
    fleet.react("r1");
    await fleet.clock.settle();
    await fleet.issue("c1", 1_000);
    const {
      seq: _,
      stream: __,
      ...done
    } = recorded(2, "CommandCompleted", { command: "c1", device: DEVICE, epoch: 3 });
    await fleet.outside.log.append(done);
    await fleet.clock.advance(3_000);
    expect(await fleet.events("CommandExpired")).toEqual([]);
  });

  it("expire a command that lapsed while the log was away, once the log is back", async () => {
    fleet.react("r1");
    await fleet.clock.settle();
    await fleet.issue("c1", 1_000);
    await fleet.clock.settle();
    fleet.outside.away();
    await fleet.clock.advance(5_000);
    fleet.outside.back();
    await fleet.clock.advance(30_000);
    expect(await fleet.events("CommandExpired")).toHaveLength(1);
  });
});
