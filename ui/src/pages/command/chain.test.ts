import { describe, expect, it } from "vitest";
import type { CommandDetail } from "../../data/commands.ts";
import type { EventResource } from "../../data/events.ts";
import { chainOf, durationsOf, folded } from "./chain.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

function event(type: string, ms: number, data: object = {}): EventResource {
  return {
    specversion: "1.0",
    id: `${type}${ms}`,
    source: "/gateways/g1",
    type,
    subject: "fleet.command.pump",
    time: at(ms),
    data,
    seq: ms,
    stream: "FLEET",
    gateway: "g1",
  };
}

function command(state: CommandDetail["state"], events: readonly EventResource[], endedMs?: number): CommandDetail {
  return {
    id: "c",
    device: "pump",
    name: "reboot",
    state,
    issuedAt: at(0),
    issuedBy: "admin",
    deadline: at(600_000),
    seq: 0,
    deliveries: events.filter(({ type }) => type === "CommandDelivered").length,
    ...(endedMs !== undefined && { endedAt: at(endedMs) }),
    events,
  };
}

const issued = event("CommandIssued", 0, { by: "admin", reason: "Stuck" });
const delivered = (ms: number, epoch = 7) => event("CommandDelivered", ms, { epoch });

describe("the chain", () => {
  it("has a step for each event, with the time after the previous step", () => {
    const steps = chainOf(
      command("completed", [issued, delivered(4), event("CommandCompleted", 46, { epoch: 7 })], 46),
    );
    expect(steps).toMatchObject([
      { title: "Issued by admin", detail: "Stuck", after: undefined },
      { title: "Delivered to the device", detail: "In session #7", after: 4 },
      { title: "Completed by the device", detail: "Answered in session #7", after: 42 },
    ]);
  });

  it("distinguishes a second delivery from the first", () => {
    const steps = chainOf(command("delivered", [issued, delivered(5), delivered(9_000, 8)]));
    expect(steps.map((step) => step.title)).toEqual([
      "Issued by admin",
      "Delivered to the device",
      "Delivered again",
      "Waiting for the device's answer",
    ]);
  });

  it("ends with what an open command waits for, since when and until when", () => {
    expect(chainOf(command("issued", [issued])).at(-1)).toEqual({
      kind: "waiting",
      title: "Waiting for the device to connect",
      since: at(0),
      until: at(600_000),
    });
    expect(
      chainOf(command("expired", [issued, event("CommandExpired", 9)], 9)).some(({ kind }) => kind === "waiting"),
    ).toBe(false);
  });

  it("shows why a command failed, and who cancelled it", () => {
    const failed = event("CommandFailed", 9, { epoch: 7, error: { code: "busy", message: "pump is running" } });
    expect(chainOf(command("failed", [issued, delivered(4), failed], 9)).at(-1)).toMatchObject({
      title: "Failed: pump is running",
      tone: "danger",
    });
    const cancelled = event("CommandCancelled", 9, { by: "eve", reason: "Wrong device" });
    expect(chainOf(command("cancelled", [issued, cancelled], 9)).at(-1)).toMatchObject({
      title: "Cancelled by eve",
      detail: "Wrong device",
    });
  });

  it("shows the device's progress", () => {
    const progressed = event("CommandProgressed", 9, { epoch: 7, percent: 40, step: "download" });
    expect(chainOf(command("delivered", [issued, delivered(4), progressed]))[2]).toMatchObject({
      title: "Progress",
      detail: "40 % · download",
    });
  });

  it("shows no negative time between steps, even if the clocks of two gateways differ", () => {
    expect(chainOf(command("delivered", [issued, delivered(-80)]))[1]).toMatchObject({ after: 0 });
  });

  it("shows the type of an unknown event as its title", () => {
    expect(chainOf(command("issued", [event("CommandPaused", 1)]))[0]).toMatchObject({ title: "CommandPaused" });
  });
});

describe("durations", () => {
  it("are the times from issue to first delivery, from last delivery to answer, and from issue to end", () => {
    const ended = event("CommandCompleted", 10_500);
    expect(durationsOf(command("completed", [issued, delivered(5), delivered(10_000), ended], 10_500))).toEqual({
      wait: 5,
      work: 500,
      total: 10_500,
    });
  });

  it("are undefined without their beginning or end", () => {
    const none = { wait: undefined, work: undefined, total: undefined };
    expect(durationsOf(command("issued", [issued]))).toEqual(none);
    expect(durationsOf(command("delivered", [issued, delivered(5)]))).toEqual({ ...none, wait: 5 });
    const cancelled = command("cancelled", [issued, delivered(5), event("CommandCancelled", 90)], 90);
    expect(durationsOf(cancelled)).toEqual({ wait: 5, work: undefined, total: 90 });
  });
});

it("a long chain hides the deliveries in its middle", () => {
  const many = (count: number) =>
    chainOf(command("delivered", [issued, ...Array.from({ length: count }, (_, n) => delivered(n))]));
  expect(folded(many(6))).toEqual({ head: many(6), hidden: 0, tail: [] });
  const { head, hidden, tail } = folded(many(40));
  expect([head.length, hidden, tail.length]).toEqual([4, 34, 4]);
  expect(tail.at(-1)?.kind).toBe("waiting");
});
