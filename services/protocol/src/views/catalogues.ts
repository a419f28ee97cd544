import type { CatalogueKind, PackageCategory } from "@fleetlog/domain";
import Type, { type Static } from "typebox";

const KINDS = ["fleetlog", "tpedm"] as const satisfies readonly CatalogueKind[];
export const UPDATE_CATEGORIES = ["firmware", "software"] as const satisfies readonly PackageCategory[];
const Pem = (description: string) => Type.String({ minLength: 1, maxLength: 32_768, description });

/** The properties of a catalogue that are shown. */
const common = {
  kind: Type.Enum([...KINDS], {
    description: "`tpedm`: the vendor's API; `fleetlog`: a signed list in Fleetlog's form",
  }),
  url: Type.String({
    minLength: 1,
    maxLength: 2_048,
    description:
      "`tpedm`: the address before `/packages`; `fleetlog`: the address of the list, or `file:///<name>` in the catalogues' folder. People who may change catalogues see it, so it must have no secrets",
  }),
  description: Type.Optional(Type.String({ maxLength: 512 })),
  models: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      minItems: 1,
      maxItems: 64,
      description: "Patterns for models, in which `*` is any text; default: all models",
    }),
  ),
  certificate: Type.Optional(Pem("Client certificate with its chain, in PEM")),
  ca: Type.Optional(Pem("Authorities of the catalogue's server, in PEM; default: the public ones")),
  signedBy: Type.Optional(Pem("For `fleetlog`: the Ed25519 public key, in PEM, by which the list must be signed")),
  schedule: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: "When all devices of the account are scanned: a cron expression in UTC, such as `0 3 * * *`",
    }),
  ),
};

export const CatalogueBody = Type.Object(
  {
    ...common,
    enabled: Type.Optional(Type.Boolean({ description: "Whether scans ask the catalogue; default: true" })),
    key: Type.Optional(
      Pem(
        "Private key of the client certificate, in PEM; it is kept sealed. Without this field the key stays while the certificate stays",
      ),
    ),
  },
  { additionalProperties: false },
);
export type CatalogueBody = Static<typeof CatalogueBody>;

const CatalogueHealth = Type.Object(
  {
    state: Type.Enum(["working", "failing", "unused"], {
      description: "`unused`: no device was compared with the catalogue since its last change",
    }),
    answeredAt: Type.Optional(Type.String({ description: "When the catalogue last gave a valid answer" })),
    failedAt: Type.Optional(Type.String({ description: "While the catalogue is failing: when it last failed" })),
    reason: Type.Optional(Type.String()),
    category: Type.Optional(Type.Enum([...UPDATE_CATEGORIES])),
    model: Type.Optional(Type.String({ description: "The model in the request" })),
  },
  { description: "The outcome of the last comparisons with the catalogue" },
);

export const CatalogueResource = Type.Object({
  name: Type.String(),
  account: Type.String({ description: "The catalogue is for devices of this account" }),
  ...common,
  enabled: Type.Boolean(),
  has: Type.Array(Type.String(), { description: "`key`, if the catalogue has a client key" }),
  health: Type.Optional(CatalogueHealth),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its last change" }),
});
export type CatalogueResource = Static<typeof CatalogueResource>;

export const CataloguePage = Type.Object({
  items: Type.Array(CatalogueResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type CataloguePage = Static<typeof CataloguePage>;
