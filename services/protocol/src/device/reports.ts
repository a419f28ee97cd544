import Type, { type Static } from "typebox";

/** `boot` changes at every start of the device; `seq` counts within a boot. Both or neither. */
const order = {
  boot: Type.Optional(
    Type.Union([
      Type.String({ minLength: 1, maxLength: 64 }),
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    ]),
  ),
  seq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
};
const at = {
  at: Type.Optional(Type.String({ format: "date-time", description: "Time of the report by the device's clock" })),
};

const jsonObject = Type.Record(Type.String(), Type.Unknown());

export const Telemetry = Type.Object({ data: jsonObject, ...at, ...order });
export type Telemetry = Static<typeof Telemetry>;

export const MAX_TELEMETRY_ITEMS = 1_000;
export const TelemetryReport = Type.Union([
  Telemetry,
  Type.Array(Telemetry, { minItems: 1, maxItems: MAX_TELEMETRY_ITEMS }),
]);
export type TelemetryReport = Static<typeof TelemetryReport>;

export const Profile = jsonObject;
export type Profile = Static<typeof Profile>;

/** Names of events and commands are MQTT topic levels and rpc-websockets event names. */
export const NAME_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$";
export const NAME_ACCEPTS = "1 to 128 letters, digits, '_', '.', ':' or '-', beginning with a letter, a digit or '_'";
const name = Type.String({ pattern: NAME_PATTERN, accepts: NAME_ACCEPTS });

/** The payload on `me/event/<name>`. `data` may be any value, including null. */
export const EventPayload = Type.Object({ data: Type.Unknown(), ...at, ...order });
export type EventPayload = Static<typeof EventPayload>;

export const EventReport = Type.Object({ name, ...EventPayload.properties });
export type EventReport = Static<typeof EventReport>;

const error = Type.Object({
  code: Type.Union([Type.String({ maxLength: 128 }), Type.Integer()]),
  message: Type.String(),
  data: Type.Optional(Type.Unknown()),
});

const progress = {
  percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  step: Type.Optional(Type.String({ description: "What the device is doing; longer texts are cut to 128 characters" })),
  message: Type.Optional(Type.String({ description: "Further text; longer texts are cut to 512 characters" })),
};
/** The payload on `me/command/<id>/progress`. */
export const CommandProgressPayload = Type.Object(progress);
export type CommandProgressPayload = Static<typeof CommandProgressPayload>;

/** The result of a command has either `result` or `error`. The other member may only be null: a value would be lost. */
const completed = {
  ok: Type.Literal(true),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Null({ accepts: "absent or null where ok is true" })),
};
const failed = {
  ok: Type.Literal(false),
  error,
  result: Type.Optional(Type.Null({ accepts: "absent or null where ok is false" })),
};

/** The payload on `me/command/<id>/result`. */
export const CommandResultPayload = Type.Union([Type.Object(completed), Type.Object(failed)]);
export type CommandResultPayload = Static<typeof CommandResultPayload>;

const id = Type.String({ minLength: 1, maxLength: 64 });
export const CommandProgressReport = Type.Object({ id, ...progress });
export type CommandProgressReport = Static<typeof CommandProgressReport>;

export const CommandResult = Type.Union([Type.Object({ id, ...completed }), Type.Object({ id, ...failed })]);
export type CommandResult = Static<typeof CommandResult>;

/** `values` are what the device actually uses, if that differs from the desired values. */
export const ConfigurationReport = Type.Object({
  revision: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  state: Type.Enum(["applied", "refused"]),
  values: Type.Optional(jsonObject),
  error: Type.Optional(
    Type.Object({
      code: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Integer()])),
      message: Type.String(),
    }),
  ),
});
export type ConfigurationReport = Static<typeof ConfigurationReport>;

/** A request to renew the certificate with which the device has logged in. */
export const CertificateRenewal = Type.Object({
  csr: Type.String({ minLength: 1, maxLength: 8_192, description: "Signing request (PKCS #10, PEM)" }),
});
export type CertificateRenewal = Static<typeof CertificateRenewal>;

/** The result of `certificate.renew`. */
export interface RenewedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** The authority's certificates, PEM. */
  readonly ca: string;
}

/** The payload on `me/certificate`: the renewed certificate, or why there is none. */
export type CertificateMessage =
  | RenewedCertificate
  | { readonly error: { readonly code: string; readonly message: string } };

/** The event `configuration.desired`, or the message on `me/configuration/desired`. */
export interface ConfigurationMessage {
  /** A number that only increases. */
  readonly revision: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly jws?: string;
}

/** The event `command`, or the message on `me/command/<id>`. */
export interface CommandMessage {
  readonly id: string;
  readonly name: string;
  /** Null without parameters. */
  readonly params: unknown;
  /** RFC 3339. The device must not start the command afterwards. */
  readonly deadline: string;
  readonly jws?: string;
}

export type CancelReason = "cancelled" | "expired";

/** The event `command.cancelled`, or the message on `me/command/<id>/cancelled`. */
export interface CommandCancellation {
  readonly id: string;
  readonly reason: CancelReason;
  readonly jws?: string;
}

/**
 * Signed content of messages to a provisioned device: the payload of `jws` (compact, ES256, `x5c`). Other devices get
 * no `jws`.
 */
export type SignedContent =
  | { readonly command: CommandMessage }
  | { readonly cancelled: CommandCancellation }
  | { readonly configuration: ConfigurationMessage };
export type SignedMessage = SignedContent & { readonly device: string; readonly issuedAt: string };

/** A provisioning device sends the client id, the user name and the password (as `token`) of its request. */
export const Login = Type.Object({
  device: Type.String(),
  userName: Type.Optional(Type.String({ maxLength: 256 })),
  token: Type.String(),
});
export type Login = Static<typeof Login>;
