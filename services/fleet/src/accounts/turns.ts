import type { Fleet } from "../fleet.ts";

const turns = new WeakMap<Fleet["accounts"], Map<string, Promise<unknown>>>();

/** Runs work with the same name one at a time in this process. */
export async function inTurn<T>(accounts: Fleet["accounts"], name: string, work: () => Promise<T>): Promise<T> {
  const byName = turns.get(accounts) ?? new Map<string, Promise<unknown>>();
  turns.set(accounts, byName);
  const before = byName.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  byName.set(name, mine);
  try {
    return await mine;
  } finally {
    if (byName.get(name) === mine) byName.delete(name);
  }
}
