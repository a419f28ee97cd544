import { FleetError } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { PROVISIONING_BYTES } from "./logins.ts";

const Entry = Type.Object({ groups: Type.Array(Type.String()) });
type Entry = Static<typeof Entry>;
const checkEntry = checker(Entry);
/** Maximum number of an authority's groups: each log-in by a certificate of the authority looks at all of them. */
const MAX_GROUPS = 16;

/** Which enrolment groups accept the certificates of a customer's authority, in the bucket `provisioning`. */
export class EnrolmentAuthorities {
  readonly #bucket: ReturnType<typeof openOnUse>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "provisioning", { maxBytes: PROVISIONING_BYTES });
  }

  /** Ids of the groups, the oldest first. */
  async groupsOf(authority: string): Promise<readonly string[]> {
    return groupsIn((await (await this.#bucket()).get(keyOf(authority)))?.value);
  }

  /**
   * Adds a group; a repeated call changes nothing. If the authority has too many groups, the ended ones are removed.
   * @throws FleetError `limit-reached`
   */
  async add(authority: string, group: string, hasEnded: (group: string) => Promise<boolean>): Promise<void> {
    const bucket = await this.#bucket();
    for (;;) {
      const found = await bucket.get(keyOf(authority));
      if (groupsIn(found?.value).includes(group)) return;
      const groups = await withRoom(groupsIn(found?.value), hasEnded);
      const next: Entry = { groups: [...groups, group] };
      const written =
        found === undefined
          ? await bucket.create(keyOf(authority), next)
          : await bucket.update(keyOf(authority), next, found.revision);
      if (written !== undefined) return;
    }
  }
}

function groupsIn(value: unknown): readonly string[] {
  const checked = checkEntry(value);
  return checked.ok ? checked.value.groups : [];
}

async function withRoom(
  groups: readonly string[],
  hasEnded: (group: string) => Promise<boolean>,
): Promise<readonly string[]> {
  if (groups.length < MAX_GROUPS) return groups;
  const ended = await Promise.all(groups.map(hasEnded));
  const open = groups.filter((_, index) => !ended[index]);
  if (open.length < MAX_GROUPS) return open;
  throw new FleetError("limit-reached", `${open.length} enrolment groups accept certificates of this authority`, {
    field: "ca",
    advice: "End a group that is not used.",
  });
}

function keyOf(authority: string): string {
  return `enrolment-authority.${authority}`;
}
