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
  AccountList: {
    items: [{ id: "main", name: "Main", limits: {}, devices: 40, seq: 0 }, account],
    next: null,
    total: 2,
  },
  CreateAccount: { id: "north", name: "North plant" },
  ChangeAccount: { limits },
};
