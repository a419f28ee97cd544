import { DURATION_PATTERN } from "@fleetlog/runtime";
import Type, { type Static } from "typebox";
import { NAME_ACCEPTS, NAME_PATTERN } from "../device/reports.ts";

/** Largest CommandIssued event as JSON. An answer of the views that contains the command must fit into one NATS message. */
export const MAX_COMMAND_BYTES = 512 * 1024;

export const IssueCommandBody = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN, accepts: NAME_ACCEPTS }),
    params: Type.Optional(
      Type.Unknown({ description: "Must match what the device's profile declares for this command, if anything" }),
    ),
    deadline: Type.Optional(
      Type.String({ maxLength: 64, description: "A moment (RFC 3339), or how long from now: `30s`, `10m`, `24h`" }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
    unchecked: Type.Optional(
      Type.Boolean({ description: "`true`: issue the command although `params` does not match the declaration" }),
    ),
  },
  { additionalProperties: false },
);
export type IssueCommandBody = Static<typeof IssueCommandBody>;

export const IssueCommandQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        accepts: "a duration of at most 5m, such as 10s",
        description: "How long to wait for the command's end: `10s`; at most 5m",
      }),
    ),
  },
  { additionalProperties: false },
);
export type IssueCommandQuery = Static<typeof IssueCommandQuery>;
