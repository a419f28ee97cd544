const nats = { version: "2.15.1", acknowledged: "on-disk", advice: "An acknowledged event is on disk." };

const gateway = {
  name: "gateway-1",
  incarnation: "b0c5a1de",
  status: "running",
  since: "2026-01-30T07:58:00.000Z",
  version: "0.1.0",
  address: "127.0.0.1",
  live: {
    connections: { mqtt: 1 },
    eventsPerSecond: 0.2,
    commandsPerSecond: 0,
    appendMs: { p50: 0.8, p99: 2.1 },
    logStatus: "ready",
    heardAt: "2026-01-31T12:00:00.000Z",
  },
  seq: 2,
};

export const SYSTEM_EXAMPLES = {
  Gateway: gateway,
  GatewayTrend: {
    name: "gateway-1",
    incarnation: gateway.incarnation,
    heardAt: "2026-01-31T12:00:00.000Z",
    connections: [119, 120],
    eventsPerSecond: [4.5, 6],
    commandsPerSecond: [0, 0.5],
    appendP50: [1.2, 1.1],
    appendP99: [4.8, 5.2],
  },
  System: {
    version: "0.1.0",
    gateways: [gateway],
    projectors: [{ id: "projector-1", seq: 130, lag: 0, state: "live", heardAt: "2026-01-31T12:00:00.000Z" }],
    historians: [
      {
        ...{ id: "historian-1", seq: 10_130, lag: 0, heardAt: "2026-01-31T12:00:00.000Z" },
        marks: { through: 10_000, checkedThrough: 10_000, problems: 0 },
        telemetry: { seq: 912_400, lag: 0, first: 1, bytes: 41_000_000 },
      },
    ],
    reactors: [{ id: "reactors-1", active: true, heardAt: "2026-01-31T12:00:00.000Z" }],
    streams: [{ name: "FLEET", events: 130, bytes: 65_000, maxBytes: 8_589_934_592, firstSeq: 1, lastSeq: 130 }],
    nats,
    plainPorts: [],
    expiring: [{ what: "FLEETLOG_TLS_CERT", at: "2026-02-20T12:00:00.000Z" }],
    missing: 0,
    missingRanges: [],
  },
};

export const HEALTH_EXAMPLES = {
  Alive: { status: "ok" },
  Readiness: {
    status: "ready",
    ready: true,
    reasons: [],
    log: "ready",
    nearlyFull: false,
    views: "ready",
    reactors: "ready",
    nats,
    missingBuckets: [],
    historiesSetAside: 0,
    missing: 0,
  },
};
