import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import {
  type EnrolmentGroupCommand,
  type EnrolmentGroupEvent,
  type EnrolmentOrder,
  enrolmentGroupDecider,
} from "./enrolment-group.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { matchesPattern } from "./pattern.ts";

const now = "2026-11-28T12:00:00.000Z";
const group = "g1";
const by = "ann";
const order: EnrolmentOrder = {
  name: "Meters",
  proof: "secret",
  quota: 2,
  enabled: true,
  reenrolment: "refuse",
  allowPlain: false,
  tags: [],
  bundles: [],
};
type Earlier = Extract<EnrolmentGroupCommand, { type: "Enrol" }>["earlier"];
const created = (more: Partial<EnrolmentOrder> = {}): EnrolmentGroupEvent => ({
  type: "EnrolmentGroupCreated",
  data: { group, by, ...order, ...more },
});
const enrolled = (device: string, request = `r-${device}`): EnrolmentGroupEvent => ({
  type: "DeviceEnrolled",
  data: { group, device, request },
});
const ended: EnrolmentGroupEvent = { type: "EnrolmentGroupEnded", data: { group, by } };
const reopened: EnrolmentGroupEvent = { type: "EnrolmentReopened", data: { group, device: "a", by } };
const stateAfter = (...events: EnrolmentGroupEvent[]) => fold(enrolmentGroupDecider, history(...events));
const decide = (command: EnrolmentGroupCommand, ...events: EnrolmentGroupEvent[]) =>
  enrolmentGroupDecider.decide(command, stateAfter(...events));
const enrol = (device: string, earlier?: Earlier): EnrolmentGroupCommand => ({
  type: "Enrol",
  device,
  request: "new",
  now,
  earlier,
});
const earlier = (outcome: "open" | "completed" | "given-up" | "refused") => ({ request: "r-a", outcome });
const code = (code: string) => expect.objectContaining({ code });

describe("an enrolment group", () => {
  it("gives each device one place, and has no more places than its quota", () => {
    expect(decide(enrol("a"), created())).toMatchObject([{ data: { device: "a", request: "new" } }]);
    const full = [created(), enrolled("a"), enrolled("b")];
    expect(stateAfter(...full)?.enrolled).toBe(2);
    expect(() => decide(enrol("c"), ...full)).toThrow(code("limit-reached"));
    expect(decide(enrol("a", earlier("open")), ...full)).toEqual([]);
    expect(decide(enrol("a", earlier("given-up")), ...full)).toMatchObject([{ data: { again: true } }]);
    expect(stateAfter(...full, enrolled("a", "r2"))?.enrolled).toBe(2);
  });

  it("decides again about a device that has enrolled meanwhile", () => {
    expect(() => decide(enrol("a"), created(), enrolled("a"))).toThrow(code("conflict"));
  });

  it("refuses an enrolled device, except after a reopening, or if the group replaces completed enrolments", () => {
    const completed = enrol("a", earlier("completed"));
    expect(() => decide(completed, created(), enrolled("a"))).toThrow(code("device-exists"));
    expect(decide(completed, created({ reenrolment: "replace" }), enrolled("a"))).toHaveLength(1);
    expect(decide(completed, created(), enrolled("a"), reopened)).toHaveLength(1);
    const stopped = enrol("a", earlier("refused"));
    expect(() => decide(stopped, created({ reenrolment: "replace" }), enrolled("a"))).toThrow(code("device-exists"));
    expect(decide(stopped, created(), enrolled("a"), reopened)).toHaveLength(1);
    expect(() => decide(completed, created(), enrolled("a"), reopened, enrolled("a"))).toThrow(code("device-exists"));
  });

  it("is closed outside of its time, while off, after its end, and to ids that do not match its pattern", () => {
    const closed: Partial<EnrolmentOrder>[] = [
      { enabled: false },
      { activatesOn: "2026-11-28T12:00:00.001Z" },
      { expiresOn: now },
      { idPattern: "meter-*" },
    ];
    for (const more of closed) expect(() => decide(enrol("a"), created(more))).toThrow(code("enrolment-closed"));
    expect(() => decide(enrol("a"), created(), ended)).toThrow(code("enrolment-closed"));
    expect(decide(enrol("meter-1"), created({ idPattern: "meter-*" }))).toHaveLength(1);
    expect(() => decide(enrol("a", earlier("given-up")), created(), enrolled("a"), ended)).toThrow(
      code("enrolment-closed"),
    );
    expect(decide(enrol("a", earlier("open")), created(), enrolled("a"), ended)).toEqual([]);
  });

  it("changes only what differs, and nothing after its end", () => {
    const change = (change: object) => ({ type: "ChangeGroup", change, by }) as const;
    expect(decide(change({ quota: 2, enabled: true, expiresOn: null }), created())).toEqual([]);
    const [event] = decide(change({ quota: 5, expiresOn: now }), created());
    expect(event?.data).toEqual({ group, quota: 5, expiresOn: now, by });
    const [unlimited] = decide(change({ expiresOn: null }), created({ expiresOn: now }));
    expect(stateAfter(created({ expiresOn: now }), unlimited as EnrolmentGroupEvent)?.expiresOn).toBeUndefined();
    expect(() => decide(change({ quota: 5 }), created(), ended)).toThrow(code("enrolment-closed"));
    expect(() => decide(change({ quota: 5 }))).toThrow(code("enrolment-group-unknown"));
  });

  it("ends once, and reopens the enrolment only of devices that it has enrolled", () => {
    expect(decide({ type: "EndGroup", by }, created())).toEqual([ended]);
    expect(decide({ type: "EndGroup", by }, created(), ended)).toEqual([]);
    const open = { type: "ReopenEnrolment", device: "a", by } as const;
    expect(() => decide(open, created())).toThrow(code("device-unknown"));
    expect(decide(open, created(), enrolled("a"))).toEqual([reopened]);
    expect(decide(open, created(), enrolled("a"), reopened)).toEqual([]);
  });

  it("tolerates redelivery", () => {
    const rotated: EnrolmentGroupEvent = { type: "EnrolmentSecretRotated", data: { group, by } };
    const all = history(created(), enrolled("a"), enrolled("b"), rotated, reopened, enrolled("a", "r2"), ended);
    expect(faultsOfRedelivery(enrolmentGroupDecider, all)).toEqual([]);
  });
});

describe("a pattern", () => {
  it.each([
    ["meter-*", "meter-", true],
    ["meter-*", "meter-12", true],
    ["meter-??", "meter-1", false],
    ["*-7", "a-7-7", true],
    ["a*b*c", "aXbXbc", true],
    ["a*b*c", "aXbXbd", false],
    ["*", "", true],
  ])("%s matches %s: %s", (pattern, id, expected) => expect(matchesPattern(pattern, id)).toBe(expected));

  it("compares a pattern of 60 wildcards without trying all combinations", () => {
    expect(matchesPattern(`${"*a".repeat(60)}b`, "a".repeat(128))).toBe(false);
  });
});
