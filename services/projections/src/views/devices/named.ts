import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { registry, sortable } from "./registry.ts";

/** Maximum number of devices in an answer: names and client ids need not be unique, so many devices may match. */
const MAX_DEVICES = 10;

export const devicesNamed: Answer<"devices.named"> = (reader, { account, name }) =>
  oldest(reader, [
    { column: "byName", eq: sortable(name) },
    { column: "name", eq: name },
    { column: "account", eq: account },
  ]);

export const devicesWithClientId: Answer<"devices.withClientId"> = (reader, { dialect, clientId }) =>
  oldest(reader, [
    { column: "clientId", eq: clientId },
    { column: "dialect", eq: dialect },
  ]);

function oldest(reader: Reader, filters: readonly Filter[]): string[] {
  const filter = { and: [{ column: "retired", eq: 0 }, ...filters] };
  const order = [{ column: "registeredAt", descending: false }];
  return [...reader.keys({ tables: [registry] }, filter, order, { limit: MAX_DEVICES })];
}
