/** A test checks each example against its schema. */

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

const pending = {
  id: "6b1f0a4e-94a1-4d0e-b7b6-0f7f5a2c9d11",
  device: "pump-7",
  name: "set-speed",
  params: { rpm: 900 },
  state: "delivered",
  issuedAt: "2026-01-31T12:00:00.000Z",
  issuedBy: "admin",
  reason: "quiet hours",
  deadline: "2026-01-31T12:10:00.000Z",
  seq: 120,
  epoch: 118,
  deliveries: 1,
  deliveredAt: "2026-01-31T12:00:00.010Z",
  progress: { percent: 40, step: "ramp up", message: "360 of 900 rpm", at: "2026-01-31T12:00:00.400Z", seq: 121 },
};

const completed = {
  ...pending,
  state: "completed",
  endedAt: "2026-01-31T12:00:01.000Z",
  endedSeq: 122,
  result: { rpm: 900 },
};

const issued = {
  specversion: "1.0",
  id: "6b1f0a4e-94a1-4d0e-b7b6-0f7f5a2c9d11/issued",
  source: "/operators/admin",
  type: "CommandIssued",
  subject: "fleet.command.pump-7",
  time: "2026-01-31T12:00:00.000Z",
  data: { command: pending.id, device: "pump-7", name: "set-speed", params: { rpm: 900 } },
  seq: 120,
  stream: "FLEET",
};

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
    pendingCommands: [pending],
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

const limits = { devices: 500, eventsPerMinute: 60_000 };
const account = {
  id: "north",
  name: "North plant",
  limits,
  devices: 212,
  createdAt: "2026-01-30T07:59:00.000Z",
  createdBy: "admin",
  seq: 12,
};

export const ACCOUNT_EXAMPLES = {
  AccountLimits: limits,
  Account: account,
  AccountList: { items: [{ id: "main", name: "Main", limits: {}, devices: 40, seq: 0 }, account] },
  CreateAccount: { id: "north", name: "North plant" },
  ChangeAccount: { limits },
};

export const COMMAND_EXAMPLES = {
  CommandState: completed.state,
  Command: completed,
  CommandDetail: { ...completed, events: [issued] },
  CommandPage: { items: [completed], next: null, total: 1 },
  DeclaredCommands: { devices: ["pump-7"], commands: [{ name: "set-speed", title: "Set the speed" }] },
  IssueCommand: { name: "set-speed", params: { rpm: 900 }, deadline: "10m", reason: "quiet hours" },
};

export const EVENT_EXAMPLES = {
  Event: telemetry,
  EventPage: { items: [issued, telemetry], next: null },
};

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

const PERSON = {
  id: "0c7d1f0e-3c1a-4a53-9d0e-6a4f6c1b2d11",
  email: "ada@example.org",
  role: "operator",
  account: "main",
  tags: ["hall-2"],
  status: "active",
  devices: 12,
  createdAt: "2026-01-30T08:00:00.000Z",
  createdBy: "admin",
  seq: 120,
};

export const PEOPLE_EXAMPLES = {
  Person: PERSON,
  PersonPage: { items: [PERSON], next: null, total: 1 },
  InvitePerson: { email: "ada@example.org", role: "operator", tags: ["hall-2"] },
  ChangePerson: { role: "viewer", tags: null },
  PersonLink: {
    link: "https://fleet.example.org/reset#email=ada%40example.org&code=7KQ2M9XWTP",
    code: "7KQ2M9XWTP",
    expiresAt: "2026-01-31T08:00:00.000Z",
  },
};

export const SIGN_UP_EXAMPLES = {
  SignUpInfo: { signUp: "open", mail: true },
  SignUp: {
    email: "ada@example.org",
    password: "correct horse battery",
    userName: "ada",
    givenName: "Ada",
    familyName: "Lovelace",
  },
  ConfirmPerson: { email: "ada@example.org", code: "7KQ2M9XWTP" },
  ForgotPassword: { email: "ada@example.org" },
  ResetPassword: { email: "ada@example.org", code: "7KQ2M9XWTP", password: "correct horse battery" },
  Accepted: { message: "If this address can sign up, a code is on its way to it." },
};

export const TOKEN_EXAMPLES = {
  LogIn: { email: "ada@example.org", password: "correct horse battery" },
  RefreshToken: { refreshToken: "the refresh token" },
  Tokens: {
    accessToken: "the access token",
    expiresAt: "2026-01-31T08:15:00.000Z",
    refreshToken: "the refresh token",
  },
};

export const SESSION_EXAMPLES = {
  ChangePassword: { password: "correct horse battery", newPassword: "another horse battery" },
  SignIn: { token: "the operator's token" },
  SessionInfo: {
    operator: { id: "admin", name: "admin", role: "admin" },
    person: { id: "admin", name: "admin" },
    account: "main",
    role: "admin",
    version: "0.1.0",
    gateway: "gateway-1",
    ports: { mqtt: 1883 },
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
    missing: 0,
  },
};

const pem = "-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n";
const certificate = { serial: "5f0c6f3e7c1a9c557a1b2c3d4e5f6071", notAfter: "2027-01-31T12:00:00.000Z" };

export const CERTIFICATE_EXAMPLES = {
  IssueCertificate: {
    csr: "-----BEGIN CERTIFICATE REQUEST-----\nMIHG…\n-----END CERTIFICATE REQUEST-----\n",
  },
  IssuedCertificate: { ...certificate, certificate: pem, ca: pem },
  DeviceCertificates: { items: [{ ...certificate, issuer: "CN=Fleetlog devices 1f2e3d4c" }] },
};
