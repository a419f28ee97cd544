import { COMMAND_ISSUED } from "../commands/examples.ts";

const telemetry = {
  specversion: "1.0",
  id: "pump-7:1738324740-5f2a1c:42",
  source: "/devices/pump-7",
  type: "TelemetryReported",
  subject: "fleet.telemetry.pump-7",
  time: "2026-01-31T12:00:05.000Z",
  devicetime: "2026-01-31T12:00:04.812Z",
  data: { data: { rpm: 900, celsius: 41.5 }, boot: "1738324740-5f2a1c", seq: 42 },
  seq: 5120,
  stream: "TELEMETRY",
};

export const EVENT_EXAMPLES = {
  Event: telemetry,
  EventPage: { items: [COMMAND_ISSUED, telemetry], next: null },
};
