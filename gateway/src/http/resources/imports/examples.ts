const id = "3f1c2d4e-7a0b-4c5d-8e9f-001122334455";
const failure = { row: 7, id: "pump 7", field: "id", code: "invalid-request", message: "id must be a device id" };
const summary = {
  id,
  kind: "devices",
  dryRun: false,
  account: "main",
  state: "ended",
  rows: 10_000,
  done: 10_000,
  created: 9_999,
  failed: 1,
  startedAt: "2026-01-31T12:00:00.000Z",
  startedBy: "admin",
  endedAt: "2026-01-31T12:00:09.000Z",
  credentials: "available",
};

export const IMPORT_EXAMPLES = {
  Import: { rows: [{ id: "pump-1", name: "Pump 1", tags: "hall-2", type: "pump" }] },
  ImportStarted: { id, rows: 10_000 },
  ImportSummary: summary,
  ImportFailure: failure,
  ImportReport: { ...summary, failures: [failure] },
  ImportList: { items: [summary], next: null, total: 1 },
  ImportCredentials: { items: [{ row: 1, id: "pump-1", token: "the device's token" }] },
};
