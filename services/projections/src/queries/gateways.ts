import type { GatewayResource } from "@fleetlog/protocol";
import Type from "typebox";
import type { GatewayRow } from "../gateways/gateways.ts";
import { fitting } from "./page.ts";
import type { Query } from "./query.ts";

/** Names of gateways that are made anew with every start pile up; so many of the newest are enough to look at. */
const MOST = 500;

export const listGateways: Query<"gateways.list"> = {
  params: Type.Object({}, { additionalProperties: false }),
  answer(views) {
    const sql = "SELECT row FROM gateways ORDER BY running DESC, since DESC LIMIT ?";
    const rows = views.query<{ row: string }>(sql, MOST);
    return [...fitting(rows.map(({ row }): GatewayResource => JSON.parse(row) as GatewayRow))];
  },
};
