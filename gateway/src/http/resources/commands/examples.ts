export const PENDING_COMMAND = {
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
  ...PENDING_COMMAND,
  state: "completed",
  endedAt: "2026-01-31T12:00:01.000Z",
  endedSeq: 122,
  result: { rpm: 900 },
};

export const COMMAND_ISSUED = {
  specversion: "1.0",
  id: "6b1f0a4e-94a1-4d0e-b7b6-0f7f5a2c9d11/issued",
  source: "/operators/admin",
  type: "CommandIssued",
  subject: "fleet.command.pump-7",
  time: "2026-01-31T12:00:00.000Z",
  data: { command: PENDING_COMMAND.id, device: "pump-7", name: "set-speed", params: { rpm: 900 } },
  seq: 120,
  stream: "FLEET",
};

export const COMMAND_EXAMPLES = {
  CommandState: completed.state,
  Command: completed,
  CommandDetail: { ...completed, events: [COMMAND_ISSUED] },
  CommandPage: { items: [completed], next: null, total: 1 },
  DeclaredCommands: { devices: ["pump-7"], commands: [{ name: "set-speed", title: "Set the speed" }] },
  IssueCommand: { name: "set-speed", params: { rpm: 900 }, deadline: "10m", reason: "quiet hours" },
};
