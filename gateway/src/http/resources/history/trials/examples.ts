import type { StartTrialBody, Trial } from "@fleetlog/protocol";

const difference: NonNullable<Trial["differences"]>[number] = {
  device: "pump-7",
  seq: 5128,
  cause: "lease",
  disconnectedAt: "2026-01-31T11:59:58.000Z",
  until: "2026-01-31T12:00:20.000Z",
  outcome: "avoided",
};
const counts: Trial["counts"] = {
  disconnections: 3,
  tried: 2,
  avoided: 1,
  later: 0,
  afterSpan: 0,
  unknown: 0,
  devices: 1,
  silentMs: 22_000,
  commands: 0,
};
const trial: Trial = {
  id: "historian-1.3f0f2c6e-5f5b-4a38-9d0b-0a3f3f1b9a11",
  state: "done",
  progress: 1,
  from: { seq: 5000, at: "2026-01-31T11:00:00.000Z" },
  to: { seq: 5140, at: "2026-01-31T12:00:21.000Z" },
  differences: [difference],
  moreDifferences: 0,
  counts,
  meaning: ["1 disconnection fewer, 0 later, 0 not before the end of the span; of 1 device."],
  limits: ["Times are of the clocks of gateways and reactors, which can differ by a second or more."],
};
const start: StartTrialBody = { presence: { lease: "60s" }, from: "2026-01-31T11:00:00Z" };

export const TRIAL_EXAMPLES = {
  StartTrialBody: start,
  TriedPresence: start.presence,
  TriedProjection: {
    code: "function evolve(row = { sessions: 0 }, event) { return { sessions: row.sessions + 1 } }",
    categories: ["session"],
  },
  TriedScan: {
    catalogue: "vendor",
    packages: [{ name: "firmware", category: "firmware", version: "1.5", models: ["UC-*"], needs: { loader: "2.0" } }],
  },
  TrialUpdate: {
    ...{ device: "pump-7", package: "firmware", category: "firmware", current: "1.4" },
    before: { state: "up-to-date", newest: "1.4" },
    tried: { state: "available", available: "1.5", newest: "1.5" },
    lookedAt: "2026-01-31T06:00:00.000Z",
  },
  TrialScanned: {
    account: "main",
    devices: 2,
    differing: 1,
    before: { "up-to-date": 2 },
    tried: { available: 1, "up-to-date": 1 },
  },
  TrialRow: { key: "pump-7", row: { sessions: 12 } },
  Trial: trial,
  TrialDifference: difference,
  TrialCounts: counts,
};
