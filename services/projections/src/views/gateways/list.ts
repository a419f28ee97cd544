import type { GatewayResource } from "@fleetlog/protocol";
import { fitting } from "../../select/page.ts";
import type { Answer } from "../view.ts";
import { gateways } from "./gateways.ts";

/** Gateways may take a new name at every start: only this many of the newest names are listed. */
const MAX_GATEWAYS = 500;
const GATEWAYS = { tables: [gateways] };
const RUNNING_FIRST = [
  { column: "running", descending: true },
  { column: "since", descending: true },
];

export const listGateways: Answer<"gateways.list"> = (reader) => {
  const names = reader.keys(GATEWAYS, { and: [] }, RUNNING_FIRST, { limit: MAX_GATEWAYS });
  const rows = reader.rows<{ row: string }>(GATEWAYS, names, { row: "gateways.row" });
  return [
    ...fitting(
      rows.map(({ row }): GatewayResource => JSON.parse(row)),
      reader.answerBytes,
    ),
  ];
};
