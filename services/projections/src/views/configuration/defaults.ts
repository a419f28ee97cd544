import {
  byPriority,
  type ConfigurationLayer,
  configurationDecider,
  definitionEntity,
  type JsonObject,
  MAIN_ACCOUNT,
} from "@fleetlog/domain";
import { configurationFault, type DefaultsOfDevice } from "@fleetlog/protocol";
import { fitting } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER } from "../definition.ts";
import type { DeviceTypeRow } from "../device-types/device-types.ts";
import { AccountTypes, matching, ofType, TYPES } from "../device-types/of-devices.ts";
import { members } from "../devices/filter.ts";
import { DEVICES } from "../devices/relation.ts";
import { GROUPS, groupsOf } from "../groups/rows.ts";
import type { Answer } from "../view.ts";
import { CONFIGURATIONS, rowsOf } from "./resource.ts";

/** The use case refuses more groups with a default configuration in an account. */
export const MAX_CONFIGURED_GROUPS = 100;
const PAGE = 100;

interface Device {
  readonly id: string;
  readonly account: string;
  readonly type: string | null;
  readonly model: string | null;
  readonly retiredAt: string | null;
  readonly configuredFrom: number;
}

export const defaultsOf: Answer<"configuration.defaults"> = (reader, { ids }) => {
  const picked = {
    id: "registry.key",
    account: "account",
    type: "type",
    model: "model",
    retiredAt: "retiredAt",
    configuredFrom: "configuredFrom",
  };
  const devices = new Map(reader.rows<Device>(DEVICES, ids, picked).map((device) => [device.id, device]));
  const accountTypes = new AccountTypes(reader);
  const typeOfId = (id: string) => {
    const device = devices.get(id);
    if (device === undefined || device.retiredAt !== null) return undefined;
    const name = accountTypes.of(device);
    return name === undefined ? undefined : { name, key: definitionEntity({ account: device.account, name }) };
  };
  const types = definitionsOf(reader, new Set(ids.map((id) => typeOfId(id)?.key).filter((key) => key !== undefined)));
  const accounts = new Set([...devices.values()].map(({ account }) => account));
  const groups = [...accounts].flatMap((account) => groupLayers(reader, account, ids));
  const rows = rowsOf(reader, ids);
  const answers = ids.map((id): DefaultsOfDevice => {
    const device = devices.get(id);
    const row = rows.get(id);
    const type = typeOfId(id);
    const { revision, own, defaults } = row?.state ?? configurationDecider.initial;
    const definition = type === undefined ? undefined : types.get(type.key);
    const ofTheType = definition?.configuration;
    const layers = [
      ...(ofTheType === undefined ? [] : [{ from: `type:${type?.name}`, values: ofTheType }]),
      ...groups.filter(({ devices }) => devices.has(id)).map(({ layer }) => layer),
    ];
    const allowed = layers.filter(
      ({ values }) => configurationFault(definition?.schema, values, { partial: true }) === undefined,
    );
    const gone = device === undefined || device.retiredAt !== null;
    return {
      device: id,
      gone,
      outlived: device !== undefined && row !== undefined && row.setSeq < device.configuredFrom,
      ...(type !== undefined && { type: type.name }),
      defaults: gone ? [] : allowed.map(({ from, values }) => ({ from, values })),
      current: { revision, own, defaults: [...defaults] },
    };
  });
  return [...fitting(answers, reader.answerBytes)];
};

export const concerned: Answer<"configuration.concerned"> = (reader, params) => {
  const { from, account = MAIN_ACCOUNT, which, models, after, limit = PAGE } = params;
  const page = { limit, ...(after !== undefined && { after: [after] }) };
  const order = [{ column: "key" }];
  if (which === "having") {
    return [...reader.keys(CONFIGURATIONS, { column: "defaultsFrom", eq: from }, order, page)];
  }
  const [kind, name = ""] = [from.slice(0, from.indexOf(":")), from.slice(from.indexOf(":") + 1)];
  if (kind === "type") {
    const filter = { or: [ofType(reader, account, name), matching(reader, account, models ?? [])] };
    return [...reader.keys(DEVICES, { and: [{ column: "retired", eq: 0 }, filter] }, order, page)];
  }
  const [group] = groupsOf(reader, [definitionEntity({ account, name })]);
  return group === undefined ? [] : [...reader.keys(DEVICES, members(reader, group), order, page)];
};

function definitionsOf(reader: Reader, keys: ReadonlySet<string>): ReadonlyMap<string, DeviceTypeRow["definition"]> {
  const picked = { key: "deviceTypes.key", row: "deviceTypes.row" };
  const rows = reader.rows<{ key: string; row: string }>(TYPES, [...keys], picked);
  return new Map(rows.map(({ key, row }) => [key, (JSON.parse(row) as DeviceTypeRow).definition]));
}

function groupLayers(
  reader: Reader,
  account: string,
  ids: readonly string[],
): readonly { readonly layer: ConfigurationLayer; readonly devices: ReadonlySet<string> }[] {
  const configured = {
    and: [
      { column: "configured", eq: 1 },
      { column: "account", eq: account },
    ],
  };
  const keys = reader.keys(GROUPS, configured, DEFINITION_ORDER, { limit: MAX_CONFIGURED_GROUPS });
  return groupsOf(reader, keys)
    .sort(byPriority)
    .map((group) => {
      const filter = { and: [{ column: "key", in: ids }, members(reader, group)] };
      return {
        layer: { from: `group:${group.name}`, values: group.configuration as JsonObject },
        devices: new Set(reader.keys(DEVICES, filter, [{ column: "key" }], { limit: ids.length })),
      };
    });
}
