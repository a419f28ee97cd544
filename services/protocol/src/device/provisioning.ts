import type { ReportedState } from "@fleetlog/domain";
import Type, { type Static } from "typebox";

/** The states that a device reports, in their order. */
export const REPORTED_STATES = [
  "CONF_UPDATING",
  "CONF_UPDATED",
  "APPS_INSTALLING",
  "APPS_INSTALLED",
] as const satisfies readonly ReportedState[];

/** The payload on `provision/request`, or the parameters of `provision.request`. */
export const ProvisionAsk = Type.Object({
  account: Type.Optional(Type.Literal("provision")),
  activationKey: Type.Optional(Type.String({ maxLength: 128 })),
  csr: Type.Optional(Type.String({ maxLength: 8_192, description: "PKCS #10, PEM: the device keeps its key" })),
  model: Type.Optional(Type.String({ maxLength: 128 })),
  serial: Type.Optional(Type.String({ maxLength: 128 })),
});
export type ProvisionAsk = Static<typeof ProvisionAsk>;

const ProvisionFault = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Object({
    code: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Integer()])),
    message: Type.String(),
  }),
]);

/** The payload on `provision/progress`, or the parameters of `provision.progress`. */
export const ProvisionProgress = Type.Object({
  state: Type.Enum([...REPORTED_STATES, "FAILED"]),
  bundle: Type.Optional(Type.String({ maxLength: 128, description: "Name of the bundle that it installs" })),
  error: Type.Optional(ProvisionFault),
});
export type ProvisionProgress = Static<typeof ProvisionProgress>;

/** The payload on `provision/reply`, or the result of `provision.request`. */
export type ProvisionReply =
  | { readonly jws: string }
  | { readonly error: { readonly code: string; readonly message: string } };

export interface ProvisionedBundle {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
}

export interface ProvisionPayload {
  /** Id of the provision request. */
  readonly request: string;
  readonly issuedAt: string;
  readonly device: string;
  readonly endpoints: ProvisionEndpoints;
  readonly credential: { readonly token: string } | { readonly certificate: string; readonly ca: string };
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly bundles: readonly ProvisionedBundle[];
}

export interface ProvisionEndpoints {
  readonly mqtt?: string;
  readonly websocket: string;
  readonly http: string;
}

export const PROVISION_TOPICS = {
  request: "provision/request",
  progress: "provision/progress",
  reply: "provision/reply",
} as const;

export const PROVISION_METHODS = {
  request: "provision.request",
  progress: "provision.progress",
} as const;
