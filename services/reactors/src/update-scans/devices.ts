import type { HeldVersions, ListDevicesQuery } from "@fleetlog/protocol";
import type { Context } from "../reaction.ts";
import type { RunScan } from "./react.ts";

const PAGE = 200;

/** The devices of a scan and their versions, by id. A restarted process begins with the first device again. */
export async function* devicesOf(
  { to, account, scope, atLeast }: Pick<RunScan, "to" | "account" | "scope" | "atLeast">,
  { views }: Pick<Context, "views">,
): AsyncGenerator<readonly HeldVersions[]> {
  async function* held(ids: readonly string[]): AsyncGenerator<readonly HeldVersions[]> {
    for (let rest = [...ids]; rest.length > 0; ) {
      const found = await views.query("updates.held", { ids: rest }, { atLeast });
      const last = found.at(-1);
      // An answer may have fewer devices than requested.
      if (last === undefined) return;
      rest = rest.slice(rest.indexOf(last.device) + 1);
      yield found.filter((one) => one.account === account);
    }
  }
  if ("devices" in to) {
    yield* held(to.devices);
    return;
  }
  const asked: ListDevicesQuery = "group" in to ? { group: to.group } : (to.filter as ListDevicesQuery);
  const limits = { scope: { accounts: [account], ...(scope?.tags !== undefined && { tags: scope.tags }) } };
  for (let cursor: string | undefined; ; ) {
    const page = { ...asked, account, sort: "id" as const, limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const { items, next } = await views.query("devices.list", page, { atLeast, ...limits });
    yield* held(items.map(({ id }) => id));
    if (next === null) return;
    cursor = next;
  }
}
