import { connectMqttDevice } from "./devices/mqtt.ts";
import { connectWebSocketDevice } from "./devices/websocket.ts";
import { eventually } from "./eventually.ts";
import { type PastDevice, writePast } from "./past.ts";
import { startProcess } from "./processes.ts";
import type { Stack } from "./stack.ts";

/** Ids that the pages can show. */
export interface LivelyFleet {
  /** Connected, with declared commands, an hour of telemetry, events, and commands of every outcome. */
  readonly device: string;
  readonly commands: { readonly completed: string; readonly failed: string; readonly waiting: string };
  close(): Promise<void>;
}

const SIMULATED = 9;
const DEVICE = "pump-hall-3";
const MINUTE_MS = 60_000;

const PROFILE = {
  model: "HX-200",
  serial: "HX2-00417",
  firmware: "2.8.1",
  location: { hall: 3, row: "C" },
  commands: [
    {
      name: "set-speed",
      title: "Set speed",
      description: "Ramps to the new speed within ten seconds",
      params: {
        type: "object",
        properties: {
          rpm: { type: "integer", title: "Revolutions per minute", minimum: 0, maximum: 3000, default: 1200 },
          mode: { title: "Mode", enum: ["eco", "normal", "boost"] },
          quiet: { type: "boolean", title: "Quiet at night" },
        },
        required: ["rpm"],
      },
    },
    { name: "flush", title: "Flush" },
  ],
};

const THERM = { model: "Therm 40", firmware: "3.0.2" };
const METER = { model: "M-Bus 2", firmware: "0.9.7" };
const SENSOR = { model: "Klima 3", firmware: "5.1.4" };
const PUMP = { model: "HX-200", firmware: "2.8.0" };
const GATE = { model: "Barrier 5", firmware: "1.0.3" };
const registeredHoursAgo = 900;

const AWAY: readonly PastDevice[] = [
  {
    device: "gate-north",
    name: "North gate",
    tags: ["gate"],
    profile: GATE,
    registeredHoursAgo,
    sessions: [
      [400, 90],
      [80, 2.4],
    ],
  },
  {
    device: "boiler-annex",
    name: "Boiler, annex",
    tags: ["boiler", "annex"],
    profile: THERM,
    registeredHoursAgo,
    sessions: [[200, 31]],
  },
  {
    device: "meter-tenant-4",
    name: "Meter, tenant 4",
    tags: ["meter"],
    profile: METER,
    registeredHoursAgo,
    sessions: [[72, 0.6]],
  },
  {
    device: "sensor-yard",
    name: "Yard",
    tags: ["sensor"],
    profile: SENSOR,
    registeredHoursAgo,
    sessions: [[500, 170]],
  },
  { device: "sensor-roof-1", name: "Roof, north", tags: ["roof", "sensor"], registeredHoursAgo, sessions: [] },
  { device: "sensor-roof-2", name: "Roof, south", tags: ["roof", "sensor"], registeredHoursAgo, sessions: [] },
];

const CONNECTED = [
  { id: "boiler-main", name: "Boiler, main house", tags: ["boiler", "critical"], profile: THERM },
  { id: "meter-tenant-1", name: "Meter, tenant 1", tags: ["meter"], profile: METER },
  { id: "meter-tenant-2", name: "Meter, tenant 2", tags: ["meter"], profile: METER },
  { id: "pump-hall-2", name: "Circulation pump, hall 2", tags: ["pump", "hall-2"], profile: PUMP },
  { id: "sensor-cold-store", name: "Cold store", tags: ["sensor", "critical"], profile: SENSOR },
  { id: "sensor-hall-1", name: "Hall 1", tags: ["sensor"], profile: SENSOR },
];

export async function startLivelyFleet(stack: Stack): Promise<LivelyFleet> {
  const { api, adminToken, dataDir, nats } = stack;
  const { httpPort = 0, mqttPort = 0 } = stack.gateways[0] ?? {};
  await writePast(nats, AWAY);
  const simulators = await startProcess("simulators/src/main.ts", {
    FLEETLOG_HTTP_PORT: String(httpPort),
    FLEETLOG_MQTT_PORT: String(mqttPort),
    FLEETLOG_ADMIN_TOKEN: adminToken,
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_FLEET: String(SIMULATED),
  });
  const connected = await Promise.all(
    CONNECTED.map(async ({ id, name, tags, profile }) => {
      const token = await api.register(id, { name, tags });
      const device = await connectWebSocketDevice({ httpPort, mqttPort, device: id, token });
      await device.profile(profile);
      return device;
    }),
  );
  await api.register("pump-hall-1", { name: "The old pump", tags: ["pump"] });
  await api.call("DELETE", "/api/devices/pump-hall-1");

  const token = await api.register(DEVICE, { name: "Circulation pump, hall 3", tags: ["pump", "hall-3", "critical"] });
  const device = await connectMqttDevice(5)({
    httpPort,
    mqttPort,
    device: DEVICE,
    token,
    onCommand: ({ name, params }) => {
      if (name === "calibrate") throw new Error("the valve is stuck");
      return { accepted: true, ...(params as object) };
    },
  });
  await device.profile(PROFILE);
  const now = Date.now();
  await device.telemetry(
    Array.from({ length: 60 }, (_, minute) => ({
      data: {
        temperature: Number((48 + 6 * Math.sin(minute / 9) + (minute % 5) / 10).toFixed(1)),
        pressure: Number((2.1 + 0.3 * Math.cos(minute / 7)).toFixed(2)),
        rpm: minute < 40 ? 1200 : 1800,
        battery: { volts: Number((12.6 - minute / 200).toFixed(2)) },
        flow: Number((3.2 + Math.sin(minute / 5) / 4).toFixed(2)),
        running: minute % 30 !== 14,
      },
      at: new Date(now - (59 - minute) * MINUTE_MS).toISOString(),
      boot: "b1",
      seq: minute + 1,
    })),
  );
  await device.event("filter-changed", { data: { by: "ada" }, boot: "b1", seq: 61 });
  await device.event("overpressure", { data: { bar: 2.9, seconds: 4 }, boot: "b1", seq: 62 });

  const issue = async (to: string, body: object, query = "") => (await api.command(to, body, query)).body.id;
  const failed = await issue(DEVICE, { name: "calibrate" }, "?wait=10s");
  const completed = await issue(
    DEVICE,
    { name: "set-speed", params: { rpm: 1800 }, reason: "early shift" },
    "?wait=10s",
  );
  const waiting = await issue("gate-north", { name: "open", deadline: "1h" });
  await issue("sensor-roof-1", { name: "identify", deadline: "1s" });
  const cancelled = await issue("sensor-roof-2", { name: "identify" });
  await api.call("POST", `/api/commands/${cancelled}/cancel`, { reason: "not needed any more" });
  for (const id of ["sim-thermometer-0001", "sim-thermometer-0002", "sim-thermometer-0003"]) {
    await issue(id, { name: "read-now" }, "?wait=10s");
  }
  await eventually(async () => {
    const expired = await api.call<{ items: unknown[] }>("GET", "/api/commands?state=expired");
    if (expired.body.items.length === 0) throw new Error("no command has expired yet");
  });

  return {
    device: DEVICE,
    commands: { completed, failed, waiting },
    async close() {
      for (const each of [device, ...connected]) await each.close();
      await simulators.kill();
    },
  };
}
