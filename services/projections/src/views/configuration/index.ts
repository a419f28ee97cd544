import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { configurations } from "./configurations.ts";
import { concerned, defaultsOf } from "./defaults.ts";
import { getConfiguration } from "./resource.ts";

export const configuration = view(VIEW_SCHEMAS.configuration, [configurations], {
  "configuration.get": getConfiguration,
  "configuration.defaults": defaultsOf,
  "configuration.concerned": concerned,
});
