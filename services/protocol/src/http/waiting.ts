import Type, { type Static } from "typebox";
import { NameText, TagList } from "./devices.ts";
import { UNPAGED } from "./unpaged.ts";

export const WaitingClient = Type.Object(
  {
    id: Type.String(),
    dialect: Type.String(),
    address: Type.String({ description: "IP address" }),
    since: Type.String({ format: "date-time" }),
    events: Type.Array(Type.String(), { description: "The first 16 events that the client has subscribed to" }),
    shared: Type.Optional(
      Type.Literal(true, {
        description:
          "Another client waited or was let in at this address meanwhile, so the address identifies no device",
      }),
    ),
    gateway: Type.String(),
  },
  { description: "A client that is connected, and waits until somebody lets it in" },
);
export type WaitingClient = Static<typeof WaitingClient>;

const { gateway, ...ofClient } = WaitingClient.properties;
/** What one gateway shows to the other gateways. */
export const WaitingAtGateway = Type.Object({ gateway, clients: Type.Array(Type.Object(ofClient)) });
export type WaitingAtGateway = Static<typeof WaitingAtGateway>;

export const WaitingList = Type.Object({
  items: Type.Array(WaitingClient),
  ...UNPAGED,
});
export type WaitingList = Static<typeof WaitingList>;

export const AdmitWaitingBody = Type.Object(
  {
    id: Type.String({ description: "Id of a new device, or of a device of the same dialect that is not connected" }),
    name: Type.Optional(NameText),
    tags: Type.Optional(TagList),
    type: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    account: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "Account of a new device; default: the caller's" }),
    ),
  },
  { additionalProperties: false },
);
export type AdmitWaitingBody = Static<typeof AdmitWaitingBody>;

export const AdmittedDevice = Type.Object({
  id: Type.String({ description: "Id of the device" }),
  address: Type.Optional(
    Type.String({
      description:
        "Address by which a new device is known from now on. Without it, the device's next connection waits again",
    }),
  ),
});
export type AdmittedDevice = Static<typeof AdmittedDevice>;
