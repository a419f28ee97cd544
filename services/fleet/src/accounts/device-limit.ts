import { FleetError } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import { inTurn } from "./turns.ts";

type Dependencies = Pick<Fleet, "log" | "views" | "accounts">;

/** Room for devices in an account. */
export interface Room {
  /** Adds one device, and counts it if `add` succeeds. @throws FleetError `limit-reached`; errors of `add` */
  add<T>(add: () => Promise<T>): Promise<T>;
}

/**
 * Calls `work` with the room in the account. Other calls for a limited account wait in this process until `work` ends.
 * Two nodes that register at the same moment may exceed the limit by one device each.
 * @throws FleetError `account-unknown`; errors of `Views.query` and of `work`
 */
export async function withRoom<T>(fleet: Dependencies, account: string, work: (room: Room) => Promise<T>): Promise<T> {
  const { name, limits } = await fleet.accounts.get(account);
  const limit = limits.devices;
  if (limit === undefined) return work({ add: (add) => add() });
  return inTurn(fleet.accounts, account, async () => {
    let count = await devicesOf(fleet, account);
    return work({
      async add(add) {
        if (count >= limit) {
          throw new FleetError("limit-reached", `account ${name} may have ${limit} devices and has ${count}`, {
            field: "limits.devices",
            advice: "Retire a device that is not needed, or ask an administrator to raise the limit `devices`.",
          });
        }
        const added = await add();
        count++;
        return added;
      },
    });
  });
}

export function isLimitedInDevices({ accounts }: Pick<Fleet, "accounts">, account: string): boolean {
  return accounts.limitsOf(account).devices !== undefined;
}

async function devicesOf({ log, views }: Dependencies, account: string): Promise<number> {
  const { lastSeq } = await log.state("FLEET");
  const page = await views.query("devices.list", { account, limit: 1 }, { atLeast: lastSeq, whenAway: "wait" });
  return page.total;
}
