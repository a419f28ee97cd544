import { matchesModel, typeOfDevice } from "@fleetlog/domain";
import type { Filter } from "../../select/filter.ts";
import type { Reader } from "../../select/reader.ts";
import { DEFINED } from "../definition.ts";
import { registry } from "../devices/registry.ts";
import { deviceTypes } from "./device-types.ts";

export const TYPES = { tables: [deviceTypes] };
/** There are not more: the use case refuses them. */
export const MAX_TYPES = 1_000;

/** The pattern of each type, by its name. */
export type Patterns = ReadonlyMap<string, string | null>;

export function patternsOf(reader: Reader): Patterns {
  const names = reader.keys(TYPES, DEFINED, [{ column: "key" }], { limit: MAX_TYPES });
  const rows = reader.rows<{ name: string; pattern: string | null }>(TYPES, names, {
    name: "deviceTypes.key",
    pattern: "pattern",
  });
  return new Map(rows.map(({ name, pattern }) => [name, pattern]));
}

/** The devices that are of this type: it is set for them, or their model decides it. */
export function ofType(reader: Reader, type: string): Filter {
  const patterns = patternsOf(reader);
  if (!patterns.has(type)) return NONE;
  return {
    or: [{ column: "type", eq: type }, withModel(reader, (model) => typeOfDevice({ model }, patterns) === type)],
  };
}

/** The devices without a type of their own whose model matches one of these patterns. */
export function matching(reader: Reader, models: readonly string[]): Filter {
  return withModel(reader, (model) => models.some((pattern) => matchesModel(pattern, model)));
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
