import type { StreamName } from "@fleetlog/domain";
import type { Projection } from "../projection.ts";
import type { Rows, Statement } from "../select/relation.ts";
import type { ViewStore } from "./store.ts";

/**
 * The rows of all streams, from the stores that answer queries now. Queries run in FLEET's store, to which all other
 * stores are attached for joins.
 */
export class AllRows implements Rows {
  readonly #stores = new Map<StreamName, ViewStore>();

  serve(stream: StreamName, store: ViewStore | undefined): void {
    const fleet = this.#stores.get("FLEET");
    if (stream !== "FLEET") fleet?.detach(stream);
    if (store === undefined) this.#stores.delete(stream);
    else this.#stores.set(stream, store);
    if (stream !== "FLEET" && store !== undefined) fleet?.attach(stream, store.path);
    if (stream !== "FLEET") return;
    for (const [other, { path }] of this.#stores) if (other !== "FLEET") store?.attach(other, path);
  }

  select<Row>(statement: Statement): Row[] {
    return this.#fleet().select(statement);
  }

  projection(name: string): Projection {
    return this.#storeOf(name).projection(name);
  }

  changedAt(projection: string): number {
    return this.#storeOf(projection).changedAt(projection);
  }

  counts(projection: string, column: string): ReadonlyMap<string, number> {
    return this.#storeOf(projection).counts(projection, column);
  }

  #fleet(): ViewStore {
    const store = this.#stores.get("FLEET");
    if (store === undefined) throw new TypeError("there is no store for FLEET yet");
    return store;
  }

  #storeOf(projection: string): ViewStore {
    for (const store of this.#stores.values()) if (store.has(projection)) return store;
    throw new TypeError(`there is no projection ${projection}`);
  }
}
