import { FleetError, invalid, type Scope } from "@fleetlog/domain";
import type { HistorianIncidentRequest } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { CallMoments } from "../moments/call-moments.ts";
import type { BundleSpan } from "./bundle.ts";
import { incidentCall } from "./call.ts";

const timeOf = (seq: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString();
const LAST = 50;
const asked: { span: BundleSpan; messages: boolean }[] = [];

const call = incidentCall({
  devices: {
    visibleDevices: async (scope: Scope | undefined, seq: number) =>
      scope === undefined ? undefined : seq >= 20 ? ["a", "b"] : ["a"],
    hasDevice: async (device) => ["a", "b", "c"].includes(device),
    async devicesOf({ group }, scope, { seq }) {
      const all = seq >= 20 ? ["c", "b", "a"] : ["a"];
      if (group === undefined) return all.filter((device) => scope === undefined || device !== "c");
      if (group === "new" && seq >= 20) return ["b", "a"];
      if (group === "huge") return Array.from({ length: 5_001 }, (_, i) => `d${i}`);
      if (group === "empty") return [];
      throw new FleetError("group-unknown", "there is no such group");
    },
  },
  moments: new CallMoments({
    asOf: {
      async resolve(at) {
        const seqs = Array.from({ length: LAST }, (_, i) => i + 1);
        const seq = typeof at === "number" ? at : (seqs.findLast((one) => timeOf(one) <= at) ?? 0);
        if (seq < 1 || seq > LAST) throw invalid("at", "the log does not have that moment");
        return { seq, at: timeOf(seq) };
      },
      waitFor: async () => {},
      progress: () => ({ seq: LAST, goal: LAST }),
    },
    lastSeq: async () => LAST,
    now: () => Date.parse(timeOf(LAST)),
  }),
  bundles: {
    async *make(span: BundleSpan, messages: boolean) {
      asked.push({ span, messages });
      yield "text";
    },
  },
});

const ofA = (request: Partial<HistorianIncidentRequest>) => spanOf({ devices: ["a"], ...request });

async function spanOf(request: Partial<HistorianIncidentRequest>): Promise<BundleSpan | undefined> {
  const parts = await call.answer({ from: 1, to: LAST, messages: true, ...request } as never);
  for await (const part of parts) expect(part).toBe("text");
  return asked.at(-1)?.span;
}

it("a bundle begins at a sequence, after a time, or at the log's first event", async () => {
  expect(await ofA({ from: 1, to: 9 })).toEqual({
    firstSeq: 1,
    lastSeq: 9,
    from: undefined,
    to: timeOf(9),
    devices: ["a"],
  });
  expect(await ofA({ from: 4, to: 4 })).toMatchObject({ firstSeq: 4, lastSeq: 4, from: timeOf(3) });
  expect(await ofA({ from: timeOf(4), to: timeOf(9) })).toMatchObject({ firstSeq: 5, lastSeq: 9, from: timeOf(4) });
  expect(await ofA({ from: "2025-12-31T00:00:00.000Z", to: 9 })).toMatchObject({ firstSeq: 1, lastSeq: 9 });
});

it("a span that the log does not have is refused, naming the field", async () => {
  await expect(ofA({ from: 5, to: 4 })).rejects.toMatchObject({ code: "invalid-request", field: "to" });
  await expect(ofA({ from: timeOf(9), to: timeOf(9) })).rejects.toMatchObject({ field: "to" });
  await expect(ofA({ from: 99, to: LAST })).rejects.toMatchObject({ field: "from" });
  await expect(ofA({ to: 51 })).rejects.toMatchObject({ field: "to" });
});

it("a bundle contains each device once, and only devices that the caller may see from the span's beginning on", async () => {
  expect((await spanOf({ devices: ["c", "a", "c"] }))?.devices).toEqual(["a", "c"]);
  const scope = { tags: ["roof"] };
  expect((await spanOf({ from: 30, devices: ["b"], scope }))?.devices).toEqual(["b"]);
  for (const request of [
    { from: 30, devices: ["c"], scope },
    { from: 5, devices: ["a", "b"], scope },
    { devices: ["d"] },
  ]) {
    await expect(spanOf(request)).rejects.toMatchObject({ code: "device-unknown", field: "devices" });
  }
});

it("a bundle contains a group's devices or all devices, as of the beginning or the end", async () => {
  expect((await spanOf({ from: 4, group: "new" }))?.devices).toEqual(["a", "b"]);
  expect((await spanOf({ from: 1 }))?.devices).toEqual(["a", "b", "c"]);
  expect((await spanOf({ from: 4, to: 9 }))?.devices).toEqual(["a"]);
  const scope = { tags: ["roof"] };
  expect((await spanOf({ from: 30, scope }))?.devices).toEqual(["a", "b"]);
  expect((await spanOf({ from: 5, group: "new", scope }))?.devices).toEqual(["a"]);
});

it("a group is refused if it is unknown, empty or too large, or if devices are given too", async () => {
  for (const [request, expected] of [
    [{ group: "none" }, { code: "group-unknown" }],
    [{ group: "empty" }, { code: "invalid-request", field: "group" }],
    [{ group: "huge" }, { code: "invalid-request", field: "group" }],
    [
      { group: "new", devices: ["a"] },
      { code: "invalid-request", field: "group" },
    ],
    [{ account: "main" }, { code: "invalid-request", field: "account" }],
  ] as const) {
    await expect(spanOf(request as never)).rejects.toMatchObject(expected);
  }
});
