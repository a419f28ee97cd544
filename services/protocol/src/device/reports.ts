import Type, { type Static } from "typebox";

/** The device's own numbering: `boot` changes at every start, `seq` counts within a boot. Both or neither. */
const order = {
  boot: Type.Optional(
    Type.Union([
      Type.String({ minLength: 1, maxLength: 64 }),
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    ]),
  ),
  seq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
};
const at = { at: Type.Optional(Type.String({ format: "date-time", description: "When, by the device's clock" })) };

const jsonObject = Type.Record(Type.String(), Type.Unknown());

export const Telemetry = Type.Object({ data: jsonObject, ...at, ...order });
export type Telemetry = Static<typeof Telemetry>;

/** Maximum number of items in one report. */
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

/**
 * The payload on `me/event/<name>`; the name is in the topic. `data` is required and may be any value, including null.
 */
export const EventPayload = Type.Object({ data: Type.Unknown(), ...at, ...order });
export type EventPayload = Static<typeof EventPayload>;

export const EventReport = Type.Object({ name, ...EventPayload.properties });
export type EventReport = Static<typeof EventReport>;

const error = Type.Object({
  code: Type.Union([Type.String({ maxLength: 128 }), Type.Integer()]),
  message: Type.String(),
});

const progress = {
  percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  step: Type.Optional(Type.String({ description: "What it is doing; longer texts are cut to 128 characters" })),
  message: Type.Optional(Type.String({ description: "More words; longer texts are cut to 512 characters" })),
};
/** The payload on `me/command/<id>/progress`; the id is in the topic. */
export const CommandProgressPayload = Type.Object(progress);
export type CommandProgressPayload = Static<typeof CommandProgressPayload>;

/** The payload on `me/command/<id>/result`; the id is in the topic. */
export const CommandResultPayload = Type.Union([
  Type.Object({ ok: Type.Literal(true), result: Type.Optional(Type.Unknown()) }),
  Type.Object({ ok: Type.Literal(false), error }),
]);
export type CommandResultPayload = Static<typeof CommandResultPayload>;

const id = Type.String({ minLength: 1, maxLength: 64 });
export const CommandProgressReport = Type.Object({ id, ...progress });
export type CommandProgressReport = Static<typeof CommandProgressReport>;

export const CommandResult = Type.Union([
  Type.Object({ id, ok: Type.Literal(true), result: Type.Optional(Type.Unknown()) }),
  Type.Object({ id, ok: Type.Literal(false), error }),
]);
export type CommandResult = Static<typeof CommandResult>;

/** What a device says of a desired configuration. `values` is what it runs with, if that is not what was desired. */
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

/** A device asks for the successor of the certificate that it has logged in with. */
export const CertificateRenewal = Type.Object({
  csr: Type.String({ minLength: 1, maxLength: 8_192, description: "Signing request (PKCS #10, PEM)" }),
});
export type CertificateRenewal = Static<typeof CertificateRenewal>;

/** A renewed certificate: the result of `certificate.renew`, or on MQTT topic `me/certificate`. */
export interface RenewedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** The certificates of the authority, PEM. */
  readonly ca: string;
}

/** The message on MQTT topic `me/certificate`. */
export type CertificateMessage =
  | RenewedCertificate
  | { readonly error: { readonly code: string; readonly message: string } };

/** The desired configuration as it is sent to a device: event `configuration.desired`, or `me/configuration/desired`. */
export interface ConfigurationMessage {
  /** Never goes back. */
  readonly revision: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly jws?: string;
}

/** A command as it is sent to a device: event `command`, or MQTT topic `me/command/<id>`. */
export interface CommandMessage {
  readonly id: string;
  readonly name: string;
  /** As issued; null if the command has none. */
  readonly params: unknown;
  /** RFC 3339: the device must not start the command after this moment. */
  readonly deadline: string;
  readonly jws?: string;
}

/** Why a device should stop a command that it has received: an operator cancelled it, or its deadline has passed. */
export type CancelReason = "cancelled" | "expired";

/** Tells a device to stop a command: event `command.cancelled`, or MQTT topic `me/command/<id>/cancelled`. */
export interface CommandCancellation {
  readonly id: string;
  readonly reason: CancelReason;
  readonly jws?: string;
}

/**
 * What is signed in messages to a device that was provisioned. The `jws` of a message (compact, ES256, `x5c`) has this as
 * its payload, with `device` and `issuedAt`; other devices get no `jws`.
 */
export type SignedContent =
  | { readonly command: CommandMessage }
  | { readonly cancelled: CommandCancellation }
  | { readonly configuration: ConfigurationMessage };
export type SignedMessage = SignedContent & { readonly device: string; readonly issuedAt: string };

/** A provisioning device logs in with the client id and the user name of its request, and with the password as token. */
export const Login = Type.Object({
  device: Type.String(),
  userName: Type.Optional(Type.String({ maxLength: 256 })),
  token: Type.String(),
});
export type Login = Static<typeof Login>;
