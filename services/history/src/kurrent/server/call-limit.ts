import type { Person } from "@fleetlog/domain";
import { refused } from "../refusals.ts";

const MOST = 1_000;
const MOST_OF_ONE = 500;

/** Limits the calls that run at a time. */
export class CallLimit {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /**
   * @returns a function for the end of the call
   * @throws Refusal beyond the limit
   */
  enter({ id }: Pick<Person, "id">): () => void {
    const count = this.#counts.get(id) ?? 0;
    if (count >= MOST_OF_ONE) throw refused("busy", `an API key has at most ${MOST_OF_ONE} reads and subscriptions`);
    if (this.#total >= MOST) throw refused("busy", `there are at most ${MOST} reads and subscriptions`);
    this.#total++;
    this.#counts.set(id, count + 1);
    return () => {
      this.#total--;
      const left = (this.#counts.get(id) ?? 1) - 1;
      if (left === 0) this.#counts.delete(id);
      else this.#counts.set(id, left);
    };
  }
}
