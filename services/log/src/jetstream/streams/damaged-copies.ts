import { FleetError, type StreamName } from "@fleetlog/domain";
import type { Bucket, Buckets } from "../../buckets.ts";
import { openOnUse } from "../../open-on-use.ts";

/** By server: the sequence of an entry that its copy of the stream lacks. */
export type Lacks = ReadonlyMap<string, number>;

/** What all gateways know about damaged copies of a stream. It outlives a restart of all gateways. */
export interface DamagedCopies {
  /**
   * Applies changes, and resolves with what is known after them. @param changes by server; undefined: its copy is whole
   * @throws FleetError `log-unavailable`
   */
  update(changes: ReadonlyMap<string, number | undefined>): Promise<Lacks>;
}

const BUCKET = "damaged-copies";
const MAX_BYTES = 64 * 1024;
const ATTEMPTS = 5;

export function damagedCopies(buckets: Buckets, stream: StreamName): DamagedCopies {
  const open = openOnUse(buckets, BUCKET, { maxBytes: MAX_BYTES });
  return {
    async update(changes) {
      const bucket = await open();
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const found = await bucket.get(stream);
        const lacks = new Map(Object.entries((found?.value ?? {}) as Record<string, number>));
        if (changes.size === 0) return lacks;
        for (const [server, seq] of changes) {
          if (seq === undefined) lacks.delete(server);
          else lacks.set(server, seq);
        }
        if (await write(bucket, stream, Object.fromEntries(lacks), found?.revision)) return lacks;
      }
      throw new FleetError("log-unavailable", `${BUCKET}: other gateways kept writing at the same time`);
    },
  };
}

/** @returns false if another process has written since that revision */
async function write(bucket: Bucket, key: string, value: object, revision: number | undefined): Promise<boolean> {
  const written = revision === undefined ? bucket.create(key, value) : bucket.update(key, value, revision);
  return (await written) !== undefined;
}
