const client = {
  id: "0b8f3a52-4b1c-4b00-9c00-6a7f0e1d2c3b",
  dialect: "edgebind",
  address: "192.0.2.7",
  since: "2026-11-29T08:00:00.000Z",
  events: ["reboot"],
  gateway: "north-1",
};

export const WAITING_EXAMPLES = {
  WaitingClient: client,
  WaitingList: { items: [client], next: null, total: 1 },
  AdmitWaiting: { id: "gate-7", name: "North gate", tags: ["hall-1"] },
  AdmittedDevice: { id: "gate-7", address: "192.0.2.7" },
};
