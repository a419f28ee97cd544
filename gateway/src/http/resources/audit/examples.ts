const act = {
  kind: "act",
  seq: 131,
  id: "8b0f7a52-6f0e-4a43-8d8f-0c2f3b6f1f11",
  at: "2026-01-31T12:00:00.000Z",
  action: "device.retire",
  event: "DeviceRetired",
  device: "pump-7",
  by: "f2b7c1de-90aa-4b8c-8f43-2a1d5f0c7e64",
  name: "ada@example.org",
  address: "192.0.2.10",
  category: "device",
  entity: "pump-7",
  account: "main",
  correlationid: "7d3c1f5a-0c9e-4a52-9f0e-9f7f1f2d3a4b",
};
const refusal = {
  kind: "refusal",
  seq: 7,
  id: "0c2f3b6f-6f0e-4a43-8d8f-8b0f7a521f11",
  at: "2026-01-31T11:59:00.000Z",
  action: "device.login",
  event: "LoginRefused",
  device: "pump-7",
  address: "192.0.2.44",
  code: "unauthenticated",
  count: 3,
  cause: "wrong token",
  protocol: "mqtt",
};

const signIn = {
  kind: "sign-in",
  seq: 6,
  id: "7d3c1f5a-6f0e-4a43-8d8f-8b0f7a521f11",
  at: "2026-01-31T11:58:00.000Z",
  action: "session.begin",
  event: "SignedIn",
  by: "f2b7c1de-90aa-4b8c-8f43-2a1d5f0c7e64",
  name: "ada@example.org",
  address: "192.0.2.10",
  call: "POST /api/session",
  way: "password",
  secondFactor: "code",
  count: 1,
};

export const AUDIT_EXAMPLES = {
  AuditEntry: act,
  AuditPage: { items: [act, refusal, signIn], next: null, total: 3, refusals: "included" },
};
