const catalogueBody = {
  kind: "tpedm",
  url: "https://updates.example.com/api",
  description: "Edge gateways",
  models: ["UC-*"],
  schedule: "0 3 * * *",
};

const catalogue = {
  name: "edge-gateways",
  account: "main",
  ...catalogueBody,
  enabled: true,
  has: ["key"],
  health: {
    state: "failing",
    answeredAt: "2026-01-30T03:00:02.000Z",
    failedAt: "2026-01-31T03:00:01.000Z",
    reason: "it answered 403",
    category: "software",
    model: "UC-8112A",
  },
  changedAt: "2026-01-31T12:00:00.000Z",
  changedBy: "admin",
  seq: 131,
};

export const CATALOGUE_EXAMPLES = {
  Catalogue: catalogue,
  CataloguePage: { items: [catalogue], next: null, total: 1 },
  PutCatalogue: catalogueBody,
};

const start = { to: { group: "roof" }, catalogue: "edge-gateways" };
const id = "2b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f";

const scan = {
  id,
  account: "main",
  state: "ended",
  reason: "hand",
  ...start,
  done: 12,
  byState: { available: 9, "up-to-date": 3 },
  startedAt: "2026-01-31T12:00:00.000Z",
  startedBy: "admin",
  endedAt: "2026-01-31T12:00:04.000Z",
  seq: 146,
};

export const SCAN_EXAMPLES = {
  StartScan: start,
  StartedScan: { id, account: "main" },
  Scan: scan,
  ScanPage: { items: [scan], next: null, total: 1 },
};

const askedAt = "2026-01-31T12:00:01.000Z";
const needs = [{ package: "firmware", version: "1.5.0", has: "1.4.0", offered: "1.5.0" }];
const software = {
  catalogue: "edge-gateways",
  package: "thingspro",
  category: "software",
  state: "blocked",
  title: "ThingsPro Edge",
  current: "2.1.0-1600",
  newest: "2.2.0-1800",
  needs,
  askedAt,
};
const firmware = {
  catalogue: "edge-gateways",
  package: "firmware",
  category: "firmware",
  state: "available",
  current: "1.4.0",
  available: "1.5.0",
  newest: "1.5.0",
  size: 73_400_320,
  askedAt,
};

const updates = {
  device: "gateway-7",
  model: "UC-8112A",
  state: "available",
  updates: [firmware, software],
  failures: [],
  lookedAt: "2026-01-31T12:00:02.000Z",
  seq: 140,
};

export const UPDATES_EXAMPLES = {
  FoundUpdate: software,
  Updates: updates,
  UpdatesPage: { items: [updates], next: null, total: 1, byState: { available: 1 } },
};
