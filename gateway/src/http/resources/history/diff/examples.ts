import type { Diff } from "@fleetlog/protocol";

const cause = { kind: "gateway-death", by: "gateway-2" } as const;
const item: Diff["items"][number] = {
  device: "pump-7",
  change: "status",
  before: "connected",
  after: "disconnected",
  cause,
  events: [
    {
      seq: 5128,
      id: "b17f9a97-4fde-403e-a54f-e1c832ee0174/lost",
      type: "GatewayLost",
      time: "2026-01-31T11:59:58.000Z",
    },
  ],
};
const counted = { ...cause, changes: 1, devices: 1, firstSeq: 5128, lastSeq: 5128 };
const diff: Diff = {
  from: { seq: 5000, at: "2026-01-31T11:00:00.000Z" },
  to: { seq: 5130, at: "2026-01-31T12:00:01.000Z" },
  items: [item],
  total: 1,
  next: null,
  causes: [counted],
  moreCauses: 0,
};

export const DIFF_EXAMPLES = { Diff: diff, DiffItem: item, DiffCause: counted };
