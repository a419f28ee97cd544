import { randomUUID } from "node:crypto";
import { type PersonAccess, sameJson } from "@fleetlog/domain";
import { type AccessChange, changedAccess, leftBy, type NewAccessChange } from "./access-change.ts";
import type { PersonRecords, StoredPerson } from "./person-records.ts";
import { inBoth } from "./within.ts";

export interface BegunChange {
  readonly token: string;
  readonly takesAway: boolean;
  readonly earlier: readonly NewAccessChange[];
}

/** Changes of people's role, tags and account in two steps, so that a crash between them gives nobody too much. */
export class AccessInSteps {
  readonly #records: PersonRecords;
  readonly #clock: () => number;

  constructor(records: PersonRecords, clock: () => number) {
    this.#records = records;
    this.#clock = clock;
  }

  /**
   * Begins a change: rights that it takes away end now, rights that it gives wait for {@link complete}. Undefined for
   * an unknown or ended person. `earlier` has what is left of unfinished changes, which must be recorded first.
   */
  async begin(person: string, change: NewAccessChange): Promise<BegunChange | undefined> {
    const token = randomUUID();
    let takesAway = false;
    let earlier: readonly NewAccessChange[] = [];
    const stored = await this.#records.update(person, (before) => {
      const kept = inBoth(before, changedAccess(before, change));
      takesAway = !sameJson(kept, accessIn(before));
      earlier = leftBy(before.changing, change);
      const left = earlier.length === 0 ? {} : { earlier: [...earlier] };
      return { ...withAccess(before, kept), changing: { ...change, token, at: this.#clock(), ...left } };
    });
    return stored && { token, takesAway, earlier };
  }

  /**
   * Replaces role, account and tags, unless another change than that of `token` is unfinished; sign-ins stay valid.
   * @param recorded reads the newest access. It is called again if the person changes meanwhile
   */
  async complete(person: string, recorded: () => Promise<PersonAccess>, token?: string): Promise<void> {
    await this.#records.update(person, async (stored) => {
      // Without an unfinished change, another call has completed this one, perhaps before this call recorded its event.
      if (stored.changing !== undefined && stored.changing.token !== token) return stored;
      const { changing: _, ...settled } = withAccess(stored, await recorded());
      return settled;
    });
  }

  /** Changes that began `ms` ago or earlier and are not complete: a crash or the log interrupted them. */
  async unfinished(ms: number): Promise<(AccessChange & { readonly person: string })[]> {
    return (await this.#records.all()).flatMap(({ person, stored: { status, changing } }) => {
      if (status === "ended" || changing === undefined || this.#clock() - changing.at < ms) return [];
      return [{ ...changing, person }];
    });
  }
}

function accessIn({ role, account, tags }: PersonAccess): PersonAccess {
  return { role, account, ...(tags !== undefined && { tags }) };
}

function withAccess({ tags: _, ...stored }: StoredPerson, access: PersonAccess): StoredPerson {
  const { role, account, tags } = access;
  return { ...stored, role, account, ...(tags !== undefined && { tags: [...tags] }) };
}
