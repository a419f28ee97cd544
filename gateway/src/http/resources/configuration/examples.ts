/** A test checks each example against its schema. */

const schema = {
  type: "object",
  properties: { interval: { type: "integer", title: "Seconds between measurements", minimum: 1 } },
};

const body = {
  description: "Pumps of series P",
  board: "P1 rev C",
  model: "P*",
  schema,
  configuration: { interval: 60 },
  commands: ["reboot"],
};

const type = {
  name: "pump",
  account: "main",
  ...body,
  devices: 120,
  changedAt: "2026-01-31T12:00:00.000Z",
  changedBy: "admin",
  seq: 131,
};

export const DEVICE_TYPE_EXAMPLES = {
  DeviceType: type,
  DeviceTypePage: { items: [type], next: null, total: 1 },
  PutDeviceType: body,
};

const filter = { tag: "roof" };
const groupBody = { filter, configuration: { interval: 30 }, priority: 1 };
const group = {
  name: "roof",
  account: "main",
  ...groupBody,
  devices: 12,
  changedAt: type.changedAt,
  changedBy: "admin",
  seq: 132,
};

export const GROUP_EXAMPLES = {
  GroupFilter: filter,
  Group: group,
  GroupPage: { items: [group], next: null, total: 1 },
  PutGroup: groupBody,
};

const defaults = [
  { from: "type:pump", values: { interval: 60 } },
  { from: "group:roof", values: { interval: 30 } },
];
const reported = { revision: 1, state: "applied", values: { interval: 30 }, at: "2026-01-31T12:00:01.000Z" };
const revision = {
  revision: 2,
  values: { interval: 10 },
  own: { interval: 10 },
  defaults,
  setAt: "2026-01-31T12:05:00.000Z",
  setBy: "admin",
};

export const CONFIGURATION_EXAMPLES = {
  Configuration: {
    desired: { interval: 10 },
    reported,
    revision: 2,
    difference: [{ path: "/interval", desired: 10, reported: 30 }],
    own: { interval: 10 },
    defaults,
    sources: { "/interval": "device" },
    setAt: revision.setAt,
    setBy: "admin",
  },
  ReportedConfiguration: reported,
  ConfigurationRevision: revision,
  ConfigurationRevisionPage: { items: [revision], next: null, total: 2 },
  SetConfiguration: { values: { interval: 10 } },
};
