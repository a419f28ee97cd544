import { commandEventId } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { partCaller } from "../caller.ts";
import { changeDevice } from "../devices/change.ts";
import { registerDevice } from "../devices/register.ts";
import { reportProfile } from "../devices/report-profile.ts";
import { retireDevice } from "../devices/retire.ts";
import { testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { recordAnswer, recordDelivery } from "./answer.ts";
import { cancelCommand, endCommand } from "./end.ts";
import { issueCommand } from "./issue.ts";

const operator = testCaller("ann", "c-issue");
const session = { device: "d1", epoch: 2, sessionId: "opened-2" };
const reference = { epoch: 2, session: "opened-2" };
const DEADLINE = "2030-01-01T00:00:00.000Z";
const LATER = "2030-01-01T00:00:01.000Z";
const nothing = () => {};

let fleet: TestFleet;
let id: string;
beforeEach(async () => {
  fleet = await testFleet();
  await registerDevice(fleet, operator, { id: "d1" });
  ({ id } = await issueCommand(fleet, operator, { device: "d1", name: "reboot", deadline: DEADLINE }));
});

const commandOf = async () => {
  const found = await fleet.views.query("commands.get", { id });
  if (found === null) throw new Error("not issued");
  return found as Parameters<typeof recordDelivery>[2];
};

describe("issuing a command", () => {
  it("records caller and request, and notifies the device's gateway", async () => {
    const [issued] = await fleet.events("CommandIssued");
    expect(issued).toMatchObject({
      id: commandEventId.issued(id),
      source: "/operators/ann",
      gateway: "g1",
      correlationid: "c-issue",
      data: { command: id, device: "d1", by: "ann" },
    });
    expect(fleet.liveMessages).toEqual([["live.d1.command", { event: issued }]]);
  });
});

describe("the parameters of a command that the device declares", () => {
  const params = { type: "object", properties: { times: { type: "integer", minimum: 1 } }, required: ["times"] };
  const profile = { commands: ["reboot", { name: "blink", params }] };
  const blink = { device: "d1", name: "blink", deadline: DEADLINE };
  const blinks = async () => (await fleet.events("CommandIssued")).length - 1;

  beforeEach(async () => {
    await reportProfile({ ...fleet, writer: fleet.writer.from("/devices/d1") }, "d1", profile);
  });

  it.each([
    [undefined, "params.times"],
    [{ times: 0 }, "params.times"],
    [{ times: "3" }, "params.times"],
    [7, "params"],
  ])("are refused if they are %j, and nothing is issued", async (given, field) => {
    const issuing = issueCommand(fleet, operator, { ...blink, params: given });
    await expect(issuing).rejects.toMatchObject({ code: "invalid-request", field });
    expect(await blinks()).toBe(0);
  });

  it("are accepted if valid, if the command is not declared, or if `unchecked` is set", async () => {
    await issueCommand(fleet, operator, { ...blink, params: { times: 3 } });
    await issueCommand(fleet, operator, { ...blink, name: "reboot" });
    await issueCommand(fleet, operator, { ...blink, name: "hidden", params: 7 });
    await issueCommand(fleet, operator, { ...blink, params: 7, unchecked: true });
    expect(await blinks()).toBe(4);
  });

  it("are checked by the newest profile, even after later events, until the id is registered again", async () => {
    await changeDevice(fleet, operator, "d1", { name: "One", tags: ["a"] });
    await expect(issueCommand(fleet, operator, blink)).rejects.toMatchObject({ field: "params.times" });
    await retireDevice(fleet, operator, "d1");
    await registerDevice(fleet, operator, { id: "d1" });
    await changeDevice(fleet, operator, "d1", { name: "Another" });
    await issueCommand(fleet, operator, blink);
    expect(await blinks()).toBe(1);
  });

  it("are not checked again when a request is repeated", async () => {
    const once = { ...blink, params: { times: 3 }, idempotencyKey: "k" };
    const issued = await issueCommand(fleet, operator, once);
    const newer = { commands: [{ name: "blink", params: { properties: { times: { const: 1 } } } }] };
    await reportProfile({ ...fleet, writer: fleet.writer.from("/devices/d1") }, "d1", newer);
    expect((await issueCommand(fleet, operator, once)).id).toBe(issued.id);
  });
});

describe("issuing a command for a part of Fleetlog", () => {
  const part = partCaller("alarms");
  const request = { device: "d1", name: "blink", deadline: DEADLINE };

  it("works without `commandTail` if it does not wait", async () => {
    const { log, bus, writer, views, typeCommands } = fleet;
    expect(await issueCommand({ log, bus, writer, views, typeCommands }, part, request)).toMatchObject({
      state: "issued",
    });
  });

  it("appends nothing once the signal is aborted", async () => {
    const over = new AbortController();
    const { last } = fleet.log;
    // The signal is aborted after the checks, while the command is decided.
    vi.spyOn(fleet.log, "last").mockImplementation((...query) => {
      over.abort(new Error("over"));
      return last.apply(fleet.log, query);
    });
    for (const key of [{}, { idempotencyKey: "k" }]) {
      await expect(issueCommand(fleet, part, { ...request, ...key }, { signal: over.signal })).rejects.toThrow("over");
    }
    expect(await fleet.events("CommandIssued")).toHaveLength(1);
  });

  it("stops waiting when the signal of `wait` is aborted, and leaves the command issued", async () => {
    const gone = new AbortController();
    const wait = { tail: fleet.commandTail, ms: 60_000, signal: gone.signal };
    const issuing = issueCommand(fleet, part, request, { wait });
    await vi.waitFor(async () => expect(await fleet.events("CommandIssued")).toHaveLength(2));
    gone.abort();
    expect(await issuing).toMatchObject({ name: "blink", state: "issued" });
  });
});

describe("ending a command", () => {
  it("is recorded once when the command is cancelled twice", async () => {
    const other = testCaller("bob", "c-cancel");
    expect(await cancelCommand(fleet, other, id, "not needed")).toMatchObject({ state: "cancelled", endedBy: "bob" });
    expect(await cancelCommand(fleet, other, id)).toMatchObject({ state: "cancelled", endedBy: "bob" });
    expect(await fleet.events("CommandCancelled")).toMatchObject([
      {
        source: "/operators/bob",
        correlationid: "c-cancel",
        causationid: commandEventId.issued(id),
        data: { by: "bob", reason: "not needed" },
      },
    ]);
    expect(fleet.liveMessages.slice(1)).toEqual([["live.d1.ended", { command: id, reason: "cancelled" }]]);
  });

  it("has CommandIssued as its cause, and the command's correlation id, if the deadline has passed", async () => {
    const ending = { type: "ExpireCommand", command: id, device: "d1", now: LATER } as const;
    const options = { id: commandEventId.expired(id) };
    const ended = await Promise.all([1, 2].map(() => endCommand(fleet, partCaller("reactors"), ending, options)));
    expect(ended.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await fleet.events("CommandExpired")).toMatchObject([
      {
        id: commandEventId.expired(id),
        source: "/gateways/g1",
        correlationid: "c-issue",
        causationid: commandEventId.issued(id),
      },
    ]);
  });

  it("names the cause that the caller gives", async () => {
    const ending = {
      type: "CancelCommand",
      command: id,
      device: "d1",
      by: "system",
      reason: "device retired",
    } as const;
    await endCommand(fleet, partCaller("reactors", "e-retired"), ending, { id: commandEventId.retired(id) });
    expect(await fleet.events("CommandCancelled")).toMatchObject([
      { id: commandEventId.retired(id), causationid: "e-retired", correlationid: "c-issue" },
    ]);
  });

  it("refuses an unknown command, and a command that the device has completed", async () => {
    await expect(cancelCommand(fleet, operator, "nothing")).rejects.toMatchObject({ code: "command-unknown" });
    await recordAnswer(fleet, session, { id, ok: true }, await commandOf());
    await expect(cancelCommand(fleet, operator, id)).rejects.toMatchObject({ code: "command-ended" });
    expect(await fleet.events("CommandCancelled")).toEqual([]);
  });

  it("appends nothing once its signal is aborted", async () => {
    const ending = { type: "ExpireCommand", command: id, device: "d1", now: LATER } as const;
    const signal = AbortSignal.abort(new Error("over"));
    await expect(endCommand(fleet, partCaller("reactors"), ending, { signal })).rejects.toThrow("over");
    expect(await fleet.events("CommandExpired")).toEqual([]);
    expect(fleet.liveMessages).toHaveLength(1);
  });
});

describe("delivery and answer", () => {
  it("are in the log in the order of the calls", async () => {
    const command = await commandOf();
    const decided: string[] = [];
    const delivery = recordDelivery(fleet, session, command, () => decided.push("delivery"));
    expect(decided).toEqual(["delivery"]);
    const delivered = { ...command, state: "delivered", epoch: 2, session: session.sessionId, deliveries: 1 } as const;
    const answer = recordAnswer(fleet, session, { id, ok: false, error: { code: 1, message: "no" } }, delivered);
    expect((await answer).lastSeq).toBe((await delivery).lastSeq + 1);
    const [event] = await fleet.events("CommandFailed");
    expect(event).toMatchObject({
      id: commandEventId.ended(id, reference),
      causationid: commandEventId.delivered(id, reference),
      correlationid: "c-issue",
      data: { epoch: 2, session: "opened-2", error: { code: 1, message: "no" } },
    });
    expect((await fleet.events("CommandDelivered"))[0]?.data).toMatchObject({ epoch: 2, session: "opened-2" });
  });

  it("are not recorded for an older session or an unknown command", async () => {
    const command = await commandOf();
    await recordDelivery(fleet, session, command, nothing);
    const decided: string[] = [];
    const older = await recordDelivery(fleet, { ...session, epoch: 1 }, { ...command, epoch: 2 }, () =>
      decided.push("older"),
    );
    expect(older.event).toBeUndefined();
    expect(decided).toEqual([]);
    await expect(recordAnswer(fleet, session, { id: "other", ok: true }, undefined)).rejects.toMatchObject({
      code: "command-unknown",
    });
    expect(await fleet.events("CommandDelivered")).toHaveLength(1);
  });
});
