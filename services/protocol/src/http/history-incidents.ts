import type { Scope } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { moment } from "../history/moment.ts";

const properties = {
  from: moment("The begin"),
  to: moment("The end"),
  devices: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      ...{ minItems: 1, maxItems: 100 },
      description: "Default: the devices of the group, or all that the caller may see, at the beginning or the end",
    }),
  ),
  group: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: "Instead of `devices`: the devices that the group had at the beginning or the end",
    }),
  ),
  account: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: "With `group`: the group's account" }),
  ),
};

export const IncidentRequest = Type.Object(properties, { additionalProperties: false });
export type IncidentRequest = Static<typeof IncidentRequest>;

/** The request of a gateway to the historian. */
export interface HistorianIncidentRequest extends IncidentRequest {
  /** Whether the bundle contains the messages about the devices that went to channels. */
  readonly messages: boolean;
  readonly scope?: Scope;
}
