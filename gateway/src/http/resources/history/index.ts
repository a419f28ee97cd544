import type { HttpResource } from "../resource.ts";
import { pastFleet } from "./as-of/index.ts";
import { chains } from "./chain/index.ts";
import { differences } from "./diff/index.ts";
import { historyExport } from "./export/index.ts";
import { incidents } from "./incidents/index.ts";
import { marks } from "./marks/index.ts";
import { replays } from "./replays/index.ts";
import { historySql } from "./sql/index.ts";
import { trials } from "./trials/index.ts";

/** A folder for each subject. */
export const history: readonly HttpResource[] = [
  pastFleet,
  differences,
  chains,
  historyExport,
  historySql,
  marks,
  incidents,
  replays,
  trials,
];
