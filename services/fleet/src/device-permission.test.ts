import { steadyTime } from "@fleetlog/log";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createAccount } from "./accounts/change.ts";
import { type Caller, personCaller } from "./caller.ts";
import { cancelCommand } from "./commands/end.ts";
import { issueCommand } from "./commands/issue.ts";
import { setConfiguration } from "./configuration/set.ts";
import type { NewestEvent } from "./device-permission.ts";
import { moveDevice } from "./devices/move.ts";
import { registerDevice } from "./devices/register.ts";
import { retireDevice } from "./devices/retire.ts";
import { person } from "./testing/callers.ts";
import { type TestFleet, testFleet } from "./testing/test-fleet.ts";

const admin = personCaller(person("root", "admin"), "c0");
const ann = personCaller({ ...person("ann"), account: "main", scope: { accounts: ["main"] } }, "c1");
const deadline = "2099-01-01T00:00:00.000Z";

let fleet: TestFleet;
let command: string;
/** The monotonic clock is ahead by this time: this process was paused. */
let pausedMs: number;
beforeEach(async () => {
  fleet = await testFleet();
  await createAccount(fleet, admin, { id: "north", name: "North" });
  await registerDevice(fleet, ann, { id: "d1" });
  command = (await issueCommand(fleet, ann, { device: "d1", name: "first", deadline })).id;
  pausedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + pausedMs);
});

/** Calls `act` when the newest event of the category is asked for the nth time from now. */
function atQuestion(category: "device" | "command", nth: number, act: () => Promise<unknown>): void {
  const last = fleet.log.last.bind(fleet.log);
  let asked = 0;
  fleet.log.last = async (of, entity) => {
    const answer = await last(of, entity);
    if (of !== category || ++asked !== nth) return answer;
    fleet.log.last = last;
    await act();
    return answer;
  };
}

const paused = async (ms: number) => {
  pausedMs += ms;
};
const moved = async () => {
  await moveDevice(fleet, admin, "d1", { to: "north", history: "along" });
  await paused(1_000);
};
const uses: readonly (readonly [string, "device" | "command", (by: Caller) => Promise<unknown>])[] = [
  ["a command", "device", (by) => issueCommand(fleet, by, { device: "d1", name: "reboot", deadline })],
  ["a cancellation", "command", (by) => cancelCommand(fleet, by, command)],
  ["a configuration", "device", (by) => setConfiguration(fleet, by, "d1", { a: 1 })],
];
const written = async () =>
  (await fleet.events()).filter(({ type, data }) => {
    const isFirst = type === "CommandIssued" && (data as { name: string }).name === "first";
    return !isFirst && ["CommandIssued", "CommandCancelled", "ConfigurationSet"].includes(type);
  });

describe("a device that left the caller's account while this gateway was held up", () => {
  it.each(uses)("does not get %s of the caller", async (_, category, use) => {
    atQuestion(category, 1, moved);
    await expect(use(ann)).rejects.toMatchObject({ code: expect.stringMatching(/^(device|command)-unknown$/) });
    expect(await written()).toEqual([]);
  });
});

it("a device that was retired while this gateway was held up gets no command", async () => {
  atQuestion("device", 1, async () => {
    await retireDevice(fleet, admin, "d1");
    await paused(1_000);
  });
  const issued = issueCommand(fleet, admin, { device: "d1", name: "reboot", deadline });
  await expect(issued).rejects.toMatchObject({ code: "device-retired" });
  expect(await written()).toEqual([]);
});

it.each(uses)("nothing is appended if the gateway is paused after the last check: %s", async (_, category, use) => {
  const last = fleet.log.last.bind(fleet.log);
  let asked = 0;
  let isHeldUp = true;
  fleet.log.last = async (of, entity) => {
    const answer = await last(of, entity);
    if (of === category && ++asked === 1) await paused(1_000);
    // This is the check of the permission, which is made again because half a second has passed.
    else if (isHeldUp && of === "device" && pausedMs > 0) await paused(59_000);
    return answer;
  };
  await expect(use(admin)).rejects.toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
  expect(await written()).toEqual([]);
  isHeldUp = false;
  await use(admin);
  expect(await written()).toHaveLength(1);
});

it.each(uses)("slow views do not prevent %s; only a pause of the process does", async (_, category, use) => {
  const { queryWithSeq } = fleet.views;
  atQuestion(category, 1, () => paused(1_000));
  vi.spyOn(fleet.views, "queryWithSeq").mockImplementation(async (...asked) => {
    const answer = await queryWithSeq.apply(fleet.views, asked);
    if (asked[0] === "devices.get") await paused(6_000);
    return answer;
  });
  await use(ann);
  expect(await written()).toHaveLength(1);
});

it("nothing is appended after the machine was suspended, when the monotonic clock stood still", async () => {
  const last = fleet.log.last.bind(fleet.log);
  fleet.log.last = async (of, entity) => {
    const answer = await last(of, entity);
    if (of === "device") {
      const now = Date.now();
      vi.spyOn(Date, "now").mockReturnValue(now + 600_000);
    }
    return answer;
  };
  const configured = setConfiguration(fleet, admin, "d1", { a: 1 });
  await expect(configured).rejects.toMatchObject({ code: "unavailable" });
  expect(await written()).toEqual([]);
});

it("a command that another call has issued with the same key is answered although the device was retired since", async () => {
  const request = { device: "d1", name: "reboot", deadline, idempotencyKey: "k" };
  const { append } = fleet.log;
  fleet.log.append = async (...given) => {
    fleet.log.append = append;
    await issueCommand(fleet, admin, request);
    atQuestion("command", 1, async () => {
      await retireDevice(fleet, admin, "d1");
      await paused(1_000);
    });
    return append.apply(fleet.log, given);
  };
  expect(await issueCommand(fleet, admin, request)).toMatchObject({ name: "reboot" });
  expect(await written()).toHaveLength(1);
});

it("a newest event that was asked for long ago, before a pause, lets nobody issue a command", async () => {
  const at = steadyTime();
  const event = await fleet.log.last("device", "d1");
  await moveDevice(fleet, admin, "d1", { to: "north", history: "along" });
  await paused(60_000);
  const issued = issueCommand(
    fleet,
    ann,
    { device: "d1", name: "reboot", deadline },
    { last: { event, at } as NewestEvent },
  );
  await expect(issued).rejects.toMatchObject({ code: "device-unknown" });
});
