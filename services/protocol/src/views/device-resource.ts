import Type, { type Static } from "typebox";
import { CommandResource } from "./commands.ts";
import { ConfigurationResource } from "./configuration.ts";

export const DEVICE_STATUSES = ["connected", "disconnected", "never-connected", "retired"] as const;
export const DeviceStatus = Type.Enum(DEVICE_STATUSES);
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

export const Evidence = Type.Object({
  seq: Type.Integer(),
  id: Type.String(),
  type: Type.String(),
  time: Type.String(),
  /** What the event implies, in one sentence. */
  says: Type.String(),
});
export type Evidence = Static<typeof Evidence>;

export const SessionResource = Type.Object({
  epoch: Type.Integer({ description: "Log sequence of its SessionOpened" }),
  gateway: Type.String(),
  protocol: Type.String(),
  version: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  credential: Type.Optional(
    Type.Object(
      {
        by: Type.Enum(["token", "certificate", "login", "admission"], {
          description: "`login`: the device's log-in in a dialect; `admission`: a person let this connection in",
        }),
        id: Type.Optional(
          Type.String({ description: "Id of the token or log-in. Each token and log-in of a device has another id" }),
        ),
        issuer: Type.Optional(Type.String({ description: "Issuer of the certificate" })),
        serial: Type.Optional(Type.String({ description: "Serial of the certificate" })),
      },
      { description: "The credential that opened the session; absent for sessions of older releases" },
    ),
  ),
});

export const DeviceLogin = Type.Object(
  {
    account: Type.Optional(Type.String({ description: "The account in the topics of Kura's devices" })),
    clientId: Type.Optional(Type.String()),
    userName: Type.Optional(Type.String()),
    address: Type.Optional(Type.String({ description: "IP address from which the device connects" })),
    shared: Type.Optional(
      Type.Literal(true, {
        description:
          "Several clients have connected from the address, so it lets nobody in until the log-in is changed",
      }),
    ),
  },
  { description: "What a device of a dialect logs in with; the password is shown nowhere" },
);
export type DeviceLogin = Static<typeof DeviceLogin>;

/** Registry joined with status. */
export const DeviceResource = Type.Object({
  id: Type.String(),
  name: Type.Optional(Type.String()),
  account: Type.String(),
  tags: Type.Array(Type.String()),
  type: Type.Optional(Type.String({ description: "The device's type, set or given by its model" })),
  dialect: Type.Optional(Type.String({ description: "Absent for a native device" })),
  login: Type.Optional(DeviceLogin),
  model: Type.Optional(Type.String()),
  serial: Type.Optional(Type.String()),
  firmware: Type.Optional(Type.String()),
  registeredAt: Type.String(),
  registeredBy: Type.String(),
  retiredAt: Type.Optional(Type.String()),
  status: DeviceStatus,
  since: Type.String(),
  /** Absent while the device is connected, and before its first connection. */
  lastSeen: Type.Optional(Type.String()),
  session: Type.Optional(SessionResource),
  seq: Type.Integer(),
});
export type DeviceResource = Static<typeof DeviceResource>;

export const LastRefused = Type.Object(
  {
    at: Type.String(),
    code: Type.String({ description: "The error code that the client got" }),
    cause: Type.String({ description: "Why the log-in was refused, in words; the client did not get this text" }),
    protocol: Type.String(),
    address: Type.String(),
    count: Type.Integer({ description: "Log-ins refused for this cause since the previous recorded refusal" }),
  },
  { description: "The last refused log-in under the device's name, as long as the stream ACCESS keeps it" },
);
export type LastRefused = Static<typeof LastRefused>;

export const DeviceDetail = Type.Object({
  ...DeviceResource.properties,
  lastRefused: Type.Optional(LastRefused),
  profile: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  profileReportedAt: Type.Optional(Type.String()),
  profileFault: Type.Optional(
    Type.String({ description: "What is wrong with a known field of the profile; such a field is not used" }),
  ),
  historyFrom: Type.Optional(
    Type.Object(
      { seq: Type.Integer(), time: Type.String() },
      {
        description:
          "The device's account sees events from this FLEET sequence on; absent if the account sees all events",
      },
    ),
  ),
  typeSet: Type.Optional(
    Type.String({ description: "The type that was set for the device; absent if the model decides" }),
  ),
  evidence: Type.Array(Evidence),
  configuration: Type.Optional(ConfigurationResource),
  pendingCommands: Type.Array(CommandResource),
});
export type DeviceDetail = Static<typeof DeviceDetail>;
