import type { Queries, QueryName } from "@fleetlog/protocol";
import type { TSchema } from "typebox";
import type { ViewStore } from "../store/store.ts";

/** One question that the views answer: what it may be asked with, and how the rows answer it. */
export interface Query<N extends QueryName> {
  readonly params: TSchema;
  answer(views: ViewStore, params: Queries[N]["params"]): Queries[N]["result"];
}
