import type { ImportKind } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { UNPAGED } from "./unpaged.ts";

export const MAX_IMPORT_ROWS = 50_000;
const KINDS = ["devices", "provision-requests"] as const satisfies readonly ImportKind[];

const ImportRow = Type.Record(Type.String(), Type.Unknown());

export const ImportBody = Type.Object(
  {
    account: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "The account that owns what is created" }),
    ),
    template: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          "With a template, the rows become provision requests. The template is a body of `POST /api/provision-requests`. " +
          "Each column of a row sets the value at the column's path in that body, such as `clientId` or `device.tags`",
      }),
    ),
    rows: Type.Array(ImportRow, { minItems: 1, maxItems: MAX_IMPORT_ROWS }),
  },
  { additionalProperties: false },
);
export type ImportBody = Static<typeof ImportBody>;

export const ImportQuery = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ description: "Checks every row and creates nothing" })),
    account: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "For CSV: the account that owns what is created" }),
    ),
    template: Type.Optional(
      Type.String({ maxLength: 8_192, description: "For CSV: the template of provision requests, as JSON" }),
    ),
  },
  { additionalProperties: false },
);
export type ImportQuery = Static<typeof ImportQuery>;

export const ImportStartedAnswer = Type.Object({ id: Type.String(), rows: Type.Integer() });

export const ImportSummary = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...KINDS]),
  dryRun: Type.Boolean(),
  account: Type.String(),
  state: Type.Enum(["running", "ended", "stopped"], { description: "`stopped`: the remaining rows are not tried" }),
  rows: Type.Integer(),
  done: Type.Integer({ description: "Number of rows that were tried" }),
  created: Type.Integer({ description: "Number of created rows; in a dry run, of rows that could be created" }),
  failed: Type.Integer(),
  waitingFor: Type.Optional(Type.String({ description: "Why the import is paused" })),
  startedAt: Type.String(),
  startedBy: Type.String(),
  endedAt: Type.Optional(Type.String()),
  stopped: Type.Optional(
    Type.Enum(["access-ended"], {
      description: "Why the import stopped: the person who started it may no longer import",
    }),
  ),
  credentials: Type.Enum(["none", "available", "gone"], {
    description: "Whether the credentials of what was created can be read, which is possible once",
  }),
});
export type ImportSummary = Static<typeof ImportSummary>;

export const ImportFailure = Type.Object({
  row: Type.Integer({ description: "From 1, without the header line" }),
  id: Type.Optional(Type.String()),
  field: Type.Optional(Type.String()),
  code: Type.String(),
  message: Type.String(),
});
export type ImportFailure = Static<typeof ImportFailure>;

export const ImportReport = Type.Object({
  ...ImportSummary.properties,
  failures: Type.Array(ImportFailure, { description: "Each row that failed, and why" }),
});
export type ImportReport = Static<typeof ImportReport>;

export const ImportList = Type.Object({ items: Type.Array(ImportSummary), ...UNPAGED });
export type ImportList = Static<typeof ImportList>;

export const ImportCredentials = Type.Object({
  items: Type.Array(
    Type.Object({
      row: Type.Integer(),
      id: Type.String({ description: "Id of the device or of the provision request" }),
      token: Type.Optional(Type.String({ description: "The device's token" })),
      clientId: Type.Optional(Type.String()),
      userName: Type.Optional(Type.String()),
      password: Type.Optional(Type.String()),
      activationKey: Type.Optional(Type.String()),
    }),
  ),
});
export type ImportCredentials = Static<typeof ImportCredentials>;
