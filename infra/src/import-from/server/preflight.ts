import type { AuthorityList } from "@fleetlog/protocol";
import type { ImportOptions } from "../options.ts";
import type { Accounts } from "./accounts.ts";
import { ApiError, type Client } from "./client.ts";

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

interface Session {
  readonly role: string;
}

/**
 * Before the first record, checks for everything that would stop the import.
 * @returns warnings
 * @throws Error of one line
 */
export async function checkBeforeImport(
  client: Client,
  accounts: Accounts,
  { url, system, account, authorities }: ImportOptions,
): Promise<string[]> {
  const { role } = await sessionOf(client);
  if (account !== undefined && !(await accounts.has(account)))
    throw new Error(`--account: there is no account ${account}, or the API key can't see it`);
  if (system === "libpyiotcloud" && account === undefined && role !== "admin")
    throw new Error(
      "each person gets an account of their own, which needs the API key of an administrator; or give --account",
    );
  const { protocol, hostname } = new URL(url);
  const warnings: string[] = [];
  if (protocol === "http:" && !LOOPBACK.test(hostname))
    warnings.push(`${url} has no TLS: others on the way can read the API key and the passwords`);
  if (authorities.length > 0) warnings.push(...(await missingAuthorities(client, account, authorities)));
  return warnings;
}

async function sessionOf(client: Client): Promise<Session> {
  try {
    return await client.get<Session>("/api/session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw new Error("the API key is not valid");
    throw error;
  }
}

/**
 * A warning for each authority that the installation does not list. This is no error, because the authority may be in
 * FLEETLOG_TLS_CLIENT_CA, which the API does not show.
 */
async function missingAuthorities(
  client: Client,
  account: string | undefined,
  authorities: ImportOptions["authorities"],
): Promise<string[]> {
  const { items } = await client.get<AuthorityList>("/api/certificate-authorities");
  const known = new Set(items.filter((one) => one.account === account).map(({ fingerprint }) => fingerprint));
  const missing = authorities.filter(
    ({ fingerprint256 }) => !known.has(fingerprint256.replaceAll(":", "").toLowerCase()),
  );
  const how =
    account === undefined
      ? "this authority must be in the file of FLEETLOG_TLS_CLIENT_CA"
      : `add this authority to the account ${account}, or to the file of FLEETLOG_TLS_CLIENT_CA`;
  return missing.map(({ subject }) => `devices keep their certificates of ${subject.replaceAll("\n", ", ")}: ${how}`);
}
