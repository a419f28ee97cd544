import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { deliveries as projection } from "./deliveries.ts";
import { channelHealth } from "./health.ts";
import { healthOfChannels, listDeliveries } from "./queries.ts";

/** Deliveries of channels, and how each channel works. */
export const deliveries = view(VIEW_SCHEMAS.deliveries, [projection, channelHealth], {
  "deliveries.list": listDeliveries,
  "channels.health": healthOfChannels,
});
