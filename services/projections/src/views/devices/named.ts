import type { Answer } from "../view.ts";
import { registry, sortable } from "./registry.ts";

/** Names need not be unique. */
const MAX_DEVICES = 10;

export const devicesNamed: Answer<"devices.named"> = (reader, { account, name }) => [
  ...reader.keys(
    { tables: [registry] },
    {
      and: [
        { column: "retired", eq: 0 },
        { column: "byName", eq: sortable(name) },
        { column: "name", eq: name },
        { column: "account", eq: account },
      ],
    },
    [{ column: "registeredAt", descending: false }],
    { limit: MAX_DEVICES },
  ),
];
