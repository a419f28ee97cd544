import { invalid, type Scope } from "@fleetlog/domain";
import type { HistorianIncidentRequest } from "@fleetlog/protocol";
import { expect, it } from "vitest";
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
  },
  moments: {
    async resolve(at, field = "at") {
      const seqs = Array.from({ length: LAST }, (_, i) => i + 1);
      const seq = typeof at === "number" ? at : (seqs.findLast((one) => timeOf(one) <= at) ?? 0);
      if (seq < 1 || seq > LAST) throw invalid(field, "the log does not have that");
      return { seq, at: timeOf(seq) };
    },
  },
  bundles: {
    async *make(span: BundleSpan, messages: boolean) {
      asked.push({ span, messages });
      yield "text";
    },
  },
});

async function spanOf(request: Partial<HistorianIncidentRequest>): Promise<BundleSpan | undefined> {
  const parts = await call.answer({ from: 1, to: LAST, devices: ["a"], messages: true, ...request } as never);
  for await (const part of parts) expect(part).toBe("text");
  return asked.at(-1)?.span;
}

it("is from a sequence on, or after a time, or from the log's begin", async () => {
  expect(await spanOf({ from: 1, to: 9 })).toEqual({
    firstSeq: 1,
    lastSeq: 9,
    from: undefined,
    to: timeOf(9),
    devices: ["a"],
  });
  expect(await spanOf({ from: 4, to: 4 })).toMatchObject({ firstSeq: 4, lastSeq: 4, from: timeOf(3) });
  expect(await spanOf({ from: timeOf(4), to: timeOf(9) })).toMatchObject({ firstSeq: 5, lastSeq: 9, from: timeOf(4) });
  expect(await spanOf({ from: "2025-12-31T00:00:00.000Z", to: 9 })).toMatchObject({ firstSeq: 1, lastSeq: 9 });
});

it("refuses a span that the log does not have, naming the field", async () => {
  await expect(spanOf({ from: 5, to: 4 })).rejects.toMatchObject({ code: "invalid-request", field: "to" });
  await expect(spanOf({ from: timeOf(9), to: timeOf(9) })).rejects.toMatchObject({ field: "to" });
  await expect(spanOf({ from: 99, to: LAST })).rejects.toMatchObject({ field: "from" });
  await expect(spanOf({ to: 51 })).rejects.toMatchObject({ field: "to" });
});

it("is of devices that the caller may see since the span's begin, each once", async () => {
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
