import type { GatewayResource } from "@fleetlog/protocol";
import { fitting } from "../../select/page.ts";
import type { Answer } from "../view.ts";
import type { GatewayRow } from "./gateways.ts";

/** Names of gateways that are made anew with every start pile up; so many of the newest are enough to look at. */
const MOST = 500;

export const listGateways: Answer<"gateways.list"> = (views) => {
  const sql = "SELECT row FROM gateways ORDER BY running DESC, since DESC LIMIT ?";
  const rows = views.query<{ row: string }>(sql, MOST);
  return [...fitting(rows.map(({ row }): GatewayResource => JSON.parse(row) as GatewayRow))];
};
