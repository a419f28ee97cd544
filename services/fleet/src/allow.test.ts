import type { Scope } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createAccount } from "./accounts/change.ts";
import { allowHistoryOf } from "./allow.ts";
import { type Caller, personCaller } from "./caller.ts";
import { cancelCommand } from "./commands/end.ts";
import { issueCommand } from "./commands/issue.ts";
import { changeDevice } from "./devices/change.ts";
import { moveDevice } from "./devices/move.ts";
import { registerDevice } from "./devices/register.ts";
import { retireDevice } from "./devices/retire.ts";
import { rotateToken } from "./devices/rotate-token.ts";
import { person, testCaller } from "./testing/callers.ts";
import { type TestFleet, testFleet } from "./testing/test-fleet.ts";

const TAGS: Readonly<Record<string, readonly string[]>> = { d1: ["roof"], d2: ["cellar"] };
const deadline = "2030-01-01T00:00:00.000Z";
const admin = testCaller("root", "c-0");
const viewer = personCaller(person("eve", "viewer"), "c-1");
const limited = (scope: Scope): Caller => personCaller({ ...person("lee"), scope }, "c-2");

let fleet: TestFleet;
let query: TestFleet["views"]["queryWithSeq"];
let lookUps: number;
beforeEach(async () => {
  fleet = await testFleet();
  for (const [id, tags] of Object.entries(TAGS)) await registerDevice(fleet, admin, { id, tags });
  // Waits until the views have the devices' tags.
  await fleet.views.query("devices.rows", { ids: [] }, { atLeast: (await fleet.log.state("FLEET")).lastSeq });
  query = fleet.views.queryWithSeq;
  lookUps = 0;
  vi.spyOn(fleet.views, "queryWithSeq").mockImplementation((name, ...more) => {
    if (name === "devices.get") lookUps++;
    return query.call(fleet.views, name, ...more);
  });
});

const acts: readonly (readonly [string, (caller: Caller, id: string) => Promise<unknown>])[] = [
  ["changing", (caller, id) => changeDevice(fleet, caller, id, { name: "a" })],
  ["a new token", (caller, id) => rotateToken(fleet, caller, id)],
  ["retiring", (caller, id) => retireDevice(fleet, caller, id)],
  ["a command", (caller, device) => issueCommand(fleet, caller, { device, name: "reboot", deadline })],
];

describe("authorization of use cases", () => {
  it.each(acts)("%s: is refused to a viewer", async (_, act) => {
    const before = (await fleet.events()).length;
    await expect(act(viewer, "d1")).rejects.toMatchObject({ code: "forbidden" });
    expect((await fleet.events()).length).toBe(before);
  });

  it("the history of a hidden device, or of one that was never registered, is refused with the field `device`", async () => {
    const roof = limited({ tags: ["roof"] });
    await allowHistoryOf(fleet, roof, "d1");
    for (const [caller, id] of [
      [roof, "d2"],
      [roof, "d9"],
      [admin, "d9"],
    ] as const) {
      await expect(allowHistoryOf(fleet, caller, id)).rejects.toMatchObject({
        ...{ code: "device-unknown", field: "device", message: `there is no device ${id}` },
      });
    }
    await expect(allowHistoryOf(fleet, viewer, "d1")).rejects.toMatchObject({ code: "forbidden" });
  });

  /**
   * Expects that `run` is refused, first when the device loses the caller's tag, then when it leaves the caller's
   * account.
   * @param after the device changes just after the views have answered, or just after its newest event was read
   */
  async function refusedAsItLeaves(run: (typeof acts)[number][1], after: "the views" | "the log"): Promise<void> {
    const mover = personCaller(person("root", "admin"), "c-3");
    await createAccount(fleet, mover, { id: "north", name: "North" });
    const { last } = fleet.log;
    let leaving = false;
    const during = (leave: () => Promise<unknown>) => {
      if (after === "the log")
        return vi.spyOn(fleet.log, "last").mockImplementation(async (...asked) => {
          const newest = await last.apply(fleet.log, asked);
          // This read is a part of the change itself, which must not begin another change.
          if (leaving) return newest;
          leaving = true;
          await leave();
          leaving = false;
          return newest;
        });
      return vi.spyOn(fleet.views, "queryWithSeq").mockImplementation(async (name, ...more) => {
        const answer = await query.call(fleet.views, name, ...more);
        if (name === "devices.get") await leave();
        return answer as never;
      });
    };
    during(() => changeDevice(fleet, admin, "d1", { tags: ["cellar"] }));
    await expect(run(limited({ tags: ["roof"] }), "d1")).rejects.toMatchObject({ code: "device-unknown" });
    during(() => moveDevice(fleet, mover, "d1", { to: "north", history: "along" }));
    await expect(run(limited({ accounts: ["main"] }), "d1")).rejects.toMatchObject({ code: "device-unknown" });
    const authors = (await fleet.events()).map(({ data }) => (data as { readonly by?: string }).by);
    expect(authors).not.toContain("lee");
    expect(await fleet.credentials.statusOf("d1")).toBe("valid");
  }

  it.each(acts)("%s: is refused if the device leaves the account or tag after the views were asked", (_, act) =>
    refusedAsItLeaves(act, "the views"),
  );

  it.each(acts.filter(([name]) => name !== "a command"))(
    "%s: is refused if the device leaves the account or tag after the check",
    (_, act) => refusedAsItLeaves(act, "the log"),
  );

  it.each(acts)("%s: reports a device outside the caller's scope as unknown", async (_, act) => {
    const before = (await fleet.events()).length;
    await expect(act(limited({ tags: ["roof"] }), "d2")).rejects.toMatchObject({ code: "device-unknown" });
    await expect(act(limited({ accounts: ["north"] }), "d1")).rejects.toMatchObject({ code: "device-unknown" });
    await expect(act(limited({ accounts: ["main"], tags: ["cellar"] }), "d1")).rejects.toMatchObject({
      code: "device-unknown",
    });
    expect((await fleet.events()).length).toBe(before);
    await act(limited({ tags: ["roof"] }), "d1");
    expect((await fleet.events()).length).toBe(before + 1);
  });

  it.each(acts)("%s: is allowed on a device within the scope, by its account, its tags or both", async (_, act) => {
    const scopes: Scope[] = [
      { tags: ["roof"] },
      { accounts: ["north", "main"] },
      { accounts: ["main"], tags: ["roof"] },
    ];
    for (const [i, scope] of scopes.entries()) {
      const device = `roof-${i}`;
      await registerDevice(fleet, admin, { id: device, tags: ["roof"] });
      const before = (await fleet.events()).length;
      await fleet.views.query("devices.rows", { ids: [] }, { atLeast: (await fleet.log.state("FLEET")).lastSeq });
      await act(limited(scope), device);
      expect((await fleet.events()).length).toBe(before + 1);
    }
  });

  it("a command: is allowed on a device that was registered just now, although the views are behind", async () => {
    vi.spyOn(fleet.views, "queryWithSeq").mockImplementation((name, ...more) => {
      const isBehind = name === "devices.get" && (more[1]?.atLeast ?? 0) === 0;
      return isBehind ? Promise.resolve({ result: null as never, seq: 0 }) : query.call(fleet.views, name, ...more);
    });
    await registerDevice(fleet, admin, { id: "new", tags: ["roof"] });
    await issueCommand(fleet, limited({ tags: ["roof"] }), { device: "new", name: "reboot", deadline });
    expect(await fleet.events("CommandIssued")).toHaveLength(1);
  });

  it.each(acts)(
    "%s: is refused on a device that has just left the account or the tag, if the views are behind",
    async (_, act) => {
      const mover = personCaller(person("root", "admin"), "c-3");
      await createAccount(fleet, mover, { id: "north", name: "North" });
      await moveDevice(fleet, mover, "d1", { to: "north", history: "along" });
      await changeDevice(fleet, admin, "d2", { tags: ["attic"] });
      vi.spyOn(fleet.views, "queryWithSeq").mockImplementation((name, params, options) => {
        if (name !== "devices.get" || (options?.atLeast ?? 0) > 0)
          return query.call(fleet.views, name, params, options);
        const { id } = params as { id: string };
        return Promise.resolve({ result: { id, account: "main", tags: TAGS[id] } as never, seq: 0 });
      });
      const before = (await fleet.events()).length;
      const unknown = { code: "device-unknown" };
      await expect(act(limited({ accounts: ["main"] }), "d1")).rejects.toMatchObject(unknown);
      await expect(act(limited({ tags: ["cellar"] }), "d2")).rejects.toMatchObject(unknown);
      expect((await fleet.events()).length).toBe(before);
    },
  );

  it("registering: is refused to a viewer", async () => {
    await expect(registerDevice(fleet, viewer, { id: "d3" })).rejects.toMatchObject({ code: "forbidden" });
  });

  it("cancelling: reports a command of a device outside the caller's scope as unknown", async () => {
    const { id } = await issueCommand(fleet, admin, { device: "d2", name: "reboot", deadline });
    await expect(cancelCommand(fleet, viewer, id)).rejects.toMatchObject({ code: "forbidden" });
    await expect(cancelCommand(fleet, limited({ tags: ["roof"] }), id)).rejects.toMatchObject({
      code: "command-unknown",
      message: `there is no command ${id}`,
    });
    await expect(cancelCommand(fleet, limited({ accounts: ["north"] }), id)).rejects.toMatchObject({
      code: "command-unknown",
    });
    await cancelCommand(fleet, limited({ accounts: ["main"], tags: ["cellar"] }), id);
    expect(await fleet.events("CommandCancelled")).toHaveLength(1);
  });

  it("a command: one query and one read of the device serve both the check of a limited caller and the decision", async () => {
    const reads = vi.spyOn(fleet.log, "last");
    await issueCommand(fleet, limited({ tags: ["roof"] }), { device: "d1", name: "reboot", deadline });
    expect(reads.mock.calls).toEqual([["device", "d1"]]);
    expect(lookUps).toBe(1);
  });

  it("no use case queries the device for a caller without a scope", async () => {
    for (const [, act] of acts) await act(admin, "d1").catch(() => {});
    expect(lookUps).toBe(0);
  });
});
