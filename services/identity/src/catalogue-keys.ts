import { encodeToken } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import type { Sealer } from "./installation/sealer.ts";

const PURPOSE = "catalogue";
const checkEntry = checker(Type.Object({ sealed: Type.String() }));

/** Sealed client keys of catalogues. Calls reject with `log-unavailable` while the store is away. */
export class CatalogueKeys {
  readonly #bucket: () => Promise<Bucket>;
  readonly #sealer: Pick<Sealer, "seal" | "open">;

  constructor(buckets: Buckets, sealer: Pick<Sealer, "seal" | "open">) {
    this.#bucket = openOnUse(buckets, "catalogues", SHARED_BUCKETS.catalogues);
    this.#sealer = sealer;
  }

  /** @param catalogue the entity of its events */
  async get(catalogue: string, id: string): Promise<string | undefined> {
    const record = keyOf(catalogue, id);
    const checked = checkEntry((await (await this.#bucket()).get(record))?.value);
    return checked.ok ? this.#sealer.open({ purpose: PURPOSE, record }, checked.value.sealed) : undefined;
  }

  async keep(catalogue: string, id: string, key: string): Promise<void> {
    const record = keyOf(catalogue, id);
    await (await this.#bucket()).put(record, { sealed: this.#sealer.seal({ purpose: PURPOSE, record }, key) });
  }

  async forget(catalogue: string, id: string): Promise<void> {
    await (await this.#bucket()).delete(keyOf(catalogue, id));
  }
}

function keyOf(catalogue: string, id: string): string {
  return `${encodeToken(catalogue)}.${encodeToken(id)}`;
}
