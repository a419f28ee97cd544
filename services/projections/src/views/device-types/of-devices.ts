import { matchesModel, typeOfDevice } from "@fleetlog/domain";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, definedAs } from "../definition.ts";
import { registry } from "../devices/registry.ts";
import { deviceTypes } from "./device-types.ts";

export const TYPES = { tables: [deviceTypes] };
/** The use case refuses more types in an account. */
export const MAX_TYPES = 1_000;

export type Patterns = ReadonlyMap<string, string | null>;

interface Typed {
  readonly account: string;
  readonly type: string | null;
  readonly model: string | null;
}

export class AccountTypes {
  readonly #reader: Reader;
  readonly #patterns = new Map<string, Patterns>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  of(device: Typed): string | undefined {
    return typeOfDevice(device, this.patternsOf(device.account));
  }

  patternsOf(account: string): Patterns {
    const known = this.#patterns.get(account);
    if (known !== undefined) return known;
    const reader = this.#reader;
    const keys = reader.keys(TYPES, definedAs({ account }), DEFINITION_ORDER, { limit: MAX_TYPES });
    const picked = { name: "name", pattern: "pattern" };
    const rows = reader.rows<{ name: string; pattern: string | null }>(TYPES, keys, picked);
    const patterns = new Map(rows.map(({ name, pattern }) => [name, pattern]));
    this.#patterns.set(account, patterns);
    return patterns;
  }
}

/** Devices of an account with this type, either set for the device or given by its model. */
export function ofType(reader: Reader, account: string, type: string): Filter {
  const patterns = new AccountTypes(reader).patternsOf(account);
  if (!patterns.has(type)) return NONE;
  const byModel = withModel(reader, (model) => typeOfDevice({ model }, patterns) === type);
  return { and: [{ column: "account", eq: account }, { or: [{ column: "type", eq: type }, byModel] }] };
}

export function ofAnyType(reader: Reader, name: string): Filter {
  const keys = reader.keys(TYPES, definedAs({ name }), DEFINITION_ORDER, { limit: MAX_TYPES });
  const accounts = reader.rows<{ account: string }>(TYPES, keys, { account: "account" });
  return { or: accounts.map(({ account }) => ofType(reader, account, name)) };
}

/** Devices of an account that have no type of their own and a model that matches a pattern. */
export function matching(reader: Reader, account: string, models: readonly string[]): Filter {
  const withOne = withModel(reader, (model) => models.some((pattern) => matchesModel(pattern, model)));
  return { and: [{ column: "account", eq: account }, withOne] };
}

const NONE: Filter = { or: [] };

function withModel(reader: Reader, accepts: (model: string) => boolean): Filter {
  const models = [...reader.counts(registry, "model").keys()].filter(accepts);
  return models.length === 0
    ? NONE
    : {
        and: [
          { column: "type", isNull: true },
          { column: "model", in: models },
        ],
      };
}
