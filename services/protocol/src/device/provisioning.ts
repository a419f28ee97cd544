import type { ReportedState } from "@fleetlog/domain";
import Type, { type Static } from "typebox";

const REPORTED = [
  "CONF_UPDATING",
  "CONF_UPDATED",
  "APPS_INSTALLING",
  "APPS_INSTALLED",
] as const satisfies readonly ReportedState[];

/** What a provisioning device sends on `provision/request`, or with the method `provision.request`. */
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

/** What it sends on `provision/progress`, or with the method `provision.progress`. */
export const ProvisionProgress = Type.Object({
  state: Type.Enum([...REPORTED, "FAILED"]),
  bundle: Type.Optional(Type.String({ maxLength: 128, description: "Name of the bundle that it installs" })),
  error: Type.Optional(ProvisionFault),
});
export type ProvisionProgress = Static<typeof ProvisionProgress>;

/** The answer on `provision/reply`, and the result of `provision.request`. */
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

/** The payload of the reply's `jws`. */
export interface ProvisionPayload {
  /** Id of the request, or of what else let the device in. */
  readonly request: string;
  readonly issuedAt: string;
  /** The id that the device has from now on. */
  readonly device: string;
  readonly endpoints: ProvisionEndpoints;
  readonly credential: { readonly token: string } | { readonly certificate: string; readonly ca: string };
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly bundles: readonly ProvisionedBundle[];
}

/** How devices reach this installation. */
export interface ProvisionEndpoints {
  readonly mqtt?: string;
  readonly websocket: string;
  readonly http: string;
}

/** MQTT topics of provisioning devices. */
export const PROVISION_TOPICS = {
  request: "provision/request",
  progress: "provision/progress",
  reply: "provision/reply",
} as const;

/** JSON-RPC methods of provisioning devices. */
export const PROVISION_METHODS = {
  request: "provision.request",
  progress: "provision.progress",
} as const;
