import Type, { type Static } from "typebox";
import { DeviceDetail, DevicePage, FleetSummary, ListDevicesQuery } from "../views/devices.ts";

/** The moment that a call asks for. */
export const AtQuery = Type.Object(
  {
    at: Type.String({
      maxLength: 64,
      description:
        "The moment: a time (RFC 3339), or a sequence of FLEET. The answer has the state after the newest event up to then",
    }),
  },
  { additionalProperties: false },
);

export const ListPastDevicesQuery = Type.Object(
  { ...AtQuery.properties, ...ListDevicesQuery.properties },
  { additionalProperties: false },
);

const at = Type.String({ description: "Time of the newest event in the answer" });
const moment = { at, seq: Type.Integer({ description: "FLEET sequence of the newest event in the answer" }) };

export const PastDevicePage = Type.Object({ ...DevicePage.properties, ...moment });
export type PastDevicePage = Static<typeof PastDevicePage>;

export const PastDevice = Type.Object({
  ...DeviceDetail.properties,
  at,
  atSeq: Type.Integer({
    description: "FLEET sequence of the newest event in the answer; `seq` is that of the device's newest event",
  }),
});
export type PastDevice = Static<typeof PastDevice>;

export const PastSummary = Type.Object({ ...FleetSummary.properties, ...moment });
export type PastSummary = Static<typeof PastSummary>;

export const PastAnswer = Type.Object({
  ...moment,
  result: Type.Unknown({ description: "What the query answered then; null if there was no such thing" }),
});
export type PastAnswer = Static<typeof PastAnswer>;
