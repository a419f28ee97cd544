import type { ActRecord, AuditFilter, RefusalRecord, SignInRecord } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Projection } from "../../projection.ts";
import type { Reader } from "../../select/reader.ts";
import { timeOf } from "../time-of.ts";
import type { Answer } from "../view.ts";
import { actionOf } from "./actions.ts";
import { type ActRow, acts, deviceOf } from "./acts.ts";
import { callerOf, type RefusalRow, refusals, refusedAction, refusedDevice } from "./refusals.ts";
import { type SignInRow, signIns } from "./sign-ins.ts";

const NEWEST_FIRST = [{ column: "ordinal", descending: true }];

export const listActs: Answer<"acts.list"> = (reader, { people, ...params }) => {
  const unlessPeople: Filter[] = people ? [] : [{ column: "ofPeople", eq: 0 }];
  return page(reader, acts, params, unlessPeople, actRecord);
};

export const listRefusals: Answer<"refusals.list"> = (reader, params) =>
  page(reader, refusals, params, [], refusalRecord);

export const listSignIns: Answer<"signIns.list"> = (reader, params) => page(reader, signIns, params, [], signInRecord);

function page<Row, Item>(
  reader: Reader,
  projection: Projection,
  { by, action, device, from, to, before, limit = 100 }: AuditFilter,
  more: readonly Filter[],
  read: (row: Row) => Item,
): { items: Item[]; total: number; more: boolean } {
  const filters: Filter[] = [...more];
  if (by !== undefined) filters.push({ column: "by", eq: by });
  if (action !== undefined) {
    const either = ["action", "type"].map((column): Filter => ({ column, eq: action }));
    filters.push({ or: either });
  }
  if (device !== undefined) filters.push({ column: "device", eq: device });
  if (from !== undefined) filters.push({ column: "at", gte: timeOf("from", from) });
  if (to !== undefined) filters.push({ column: "at", lt: timeOf("to", to) });
  const relation = { tables: [projection] };
  const older: Filter[] = before === undefined ? [] : [{ column: "ordinal", lt: before }];
  const request = { list: projection.name, filter: { and: [...filters, ...older] }, order: NEWEST_FIRST, limit };
  const { items, next, total } = reader.page(relation, request, (keys) =>
    reader
      .rows<{ row: string }>(relation, keys, { row: `${projection.name}.row` })
      .map(({ row }) => read(JSON.parse(row))),
  );
  return {
    items,
    total: before === undefined ? total : reader.count(relation, { and: filters }),
    more: next !== null,
  };
}

function actRecord(row: ActRow): ActRecord {
  const { ordinal, id, type, at, by, category, entity, account, address, correlationid } = row;
  const device = deviceOf(row);
  return {
    seq: ordinal,
    id,
    at,
    by,
    action: actionOf(type),
    event: type,
    ...(device !== "" && { device }),
    category,
    entity,
    account,
    ...(address !== undefined && { address: { subject: by, sealed: address } }),
    ...(correlationid !== undefined && { correlationid }),
  };
}

function refusalRecord({ seq, id, at, refusal }: RefusalRow): RefusalRecord {
  const by = callerOf(refusal);
  const device = refusedDevice(refusal);
  const { type, data } = refusal;
  const { code, address, count } = data;
  return {
    seq,
    id,
    at,
    ...(by !== undefined && { by }),
    action: refusedAction(refusal),
    event: type,
    ...(device !== undefined && { device }),
    code,
    address,
    count,
    ...(type === "CallRefused" ? { call: data.call } : { cause: data.cause, protocol: data.protocol }),
  };
}

function signInRecord({ seq, id, at, signIn: { type, data } }: SignInRow): SignInRecord {
  return { seq, id, at, action: actionOf(type), event: type, ...data };
}
