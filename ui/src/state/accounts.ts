import { type AccountResource, listAccounts } from "../data/accounts.ts";
import { session } from "./session.ts";
import { Store } from "./store.ts";

export const accounts = new Store<readonly AccountResource[]>([]);

session.subscribe(() => void loadAccounts());

export function isAdministrator(): boolean {
  const { value } = session;
  return value.state === "signed-in" && value.info.operator.role === "admin";
}

/** Whether pages show accounts: only if there are several. */
export function hasAccounts(): boolean {
  return accounts.value.length > 1;
}

export async function loadAccounts(): Promise<void> {
  const all = isAdministrator() ? listAccounts().then(({ items }) => items) : [];
  accounts.set(await Promise.resolve(all).catch(() => accounts.value));
}
