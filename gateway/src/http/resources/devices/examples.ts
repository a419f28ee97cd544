import { PENDING_COMMAND } from "../commands/examples.ts";

const device = {
  id: "pump-7",
  name: "Pump 7",
  account: "main",
  tags: ["hall-2", "pump"],
  model: "P1",
  serial: "0007",
  firmware: "1.4.2",
  registeredAt: "2026-01-30T08:00:00.000Z",
  registeredBy: "admin",
  status: "connected",
  since: "2026-01-31T11:59:00.000Z",
  session: { epoch: 118, gateway: "gateway-1", protocol: "mqtt", version: "5", address: "10.0.0.7" },
  seq: 118,
};

const lastRefused = {
  at: "2026-01-31T11:58:00.000Z",
  code: "unauthenticated",
  cause: "wrong token",
  protocol: "mqtt",
  address: "10.0.0.7",
  count: 1,
};

const evidence = {
  seq: 118,
  id: "018d5f0c-6f3e-7c1a-9c55-7a1b2c3d4e5f",
  type: "SessionOpened",
  time: "2026-01-31T11:59:00.000Z",
  says: "connected to gateway-1 by MQTT",
};

const token = "fld_Xk3v9QmT1sZb7Yw2";

export const DEVICE_EXAMPLES = {
  DeviceStatus: device.status,
  Session: device.session,
  Evidence: evidence,
  LastRefused: lastRefused,
  Device: device,
  DeviceDetail: {
    ...device,
    profile: {
      model: "P1",
      serial: "0007",
      firmware: "1.4.2",
      commands: [{ name: "set-speed", title: "Set the speed" }],
    },
    profileReportedAt: "2026-01-31T11:59:00.050Z",
    evidence: [evidence],
    pendingCommands: [PENDING_COMMAND],
  },
  DevicePage: { items: [device], next: null, total: 1 },
  DeviceRows: { items: [device] },
  FleetSummary: {
    total: 1,
    byStatus: { connected: 1 },
    tags: [{ value: "pump", count: 1 }],
    models: [{ value: "P1", count: 1 }],
    firmwares: [{ value: "1.4.2", count: 1 }],
    openCommands: 1,
    failedCommandsToday: 0,
    failedCommandsLastHour: 0,
    disconnectedForDay: 0,
    gatewayEnds: [],
  },
  RegisteredDevice: {
    id: "pump-8",
    account: "main",
    tags: ["pump"],
    registeredAt: "2026-01-31T12:00:00.000Z",
    registeredBy: "admin",
    status: "never-connected",
    since: "2026-01-31T12:00:00.000Z",
    seq: 130,
    evidence: [],
    pendingCommands: [],
    token,
  },
  RotateToken: { overlap: "10m" },
  RotatedToken: { token, previousUntil: "2026-01-31T12:10:00.000Z" },
  RegisterDevice: { id: "pump-8", name: "Pump 8", tags: ["pump"] },
  RegisterDevices: { devices: [{ id: "pump-8", tags: ["pump"] }, { id: "pump-7" }] },
  RegisteredDevices: {
    items: [
      { id: "pump-8", seq: 130, token },
      { id: "pump-7", error: { code: "device-exists", detail: "device pump-7 is registered already", field: "id" } },
    ],
    registered: 1,
  },
  ChangeDevice: { name: "Pump 8 (spare)", tags: ["pump", "spare"] },
};
