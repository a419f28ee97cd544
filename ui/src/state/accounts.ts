import { type AccountResource, listAccounts } from "../data/accounts.ts";
import { session } from "./session.ts";
import { Store } from "./store.ts";

/** The accounts that an administrator sees; empty for others, and until they are loaded. */
export const accounts = new Store<readonly AccountResource[]>([]);

session.subscribe(() => void loadAccounts());

export function isAdministrator(): boolean {
  const { value } = session;
  return value.state === "signed-in" && value.info.operator.role === "admin";
}

/** Nothing is shown of accounts until there is a second. */
export function hasAccounts(): boolean {
  return accounts.value.length > 1;
}

/** Failures are ignored: then the pages show nothing of accounts. */
export async function loadAccounts(): Promise<void> {
  const all = isAdministrator() ? listAccounts().then(({ items }) => items) : [];
  accounts.set(await Promise.resolve(all).catch(() => accounts.value));
}
