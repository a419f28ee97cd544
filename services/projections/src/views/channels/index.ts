import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { channels as projection } from "./channels.ts";
import { getChannel, listChannels } from "./queries.ts";

export const channels = view(VIEW_SCHEMAS.channels, [projection], {
  "channels.list": listChannels,
  "channels.get": getChannel,
});
