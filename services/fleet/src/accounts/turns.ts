const turns = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Runs pieces of work with the same owner and name one at a time in this process, in the order of the calls. */
export async function inTurn<T>(owner: object, name: string, work: () => Promise<T>): Promise<T> {
  const byName = turns.get(owner) ?? new Map<string, Promise<unknown>>();
  turns.set(owner, byName);
  const before = byName.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  byName.set(name, mine);
  try {
    return await mine;
  } finally {
    if (byName.get(name) === mine) byName.delete(name);
  }
}
