import { accessEnded } from "@fleetlog/fleet";
import { operatorSessions, operators as operatorTokens, PersonTokens, withPeople } from "@fleetlog/identity";
import type { FindClient } from "../../net/proxies/client.ts";
import type { Core } from "../../node/core.ts";
import type { GatewaySettings } from "../../settings/index.ts";
import { Attempts } from "./attempts.ts";
import type { Authenticators } from "./authenticate.ts";
import { LostEntries } from "./lost-entries.ts";

const WRONG_TOKENS = { burst: 100, refillMs: 500, addresses: 10_000 };

/**
 * Makes the configured `adminToken` the administrator's token.
 * @throws FleetError `log-unavailable`
 */
export async function createAuthenticators(
  { backbone, fleet, boundedLog, clock }: Core,
  { adminToken, publicUrl }: Pick<GatewaySettings, "adminToken" | "publicUrl">,
  findClient: FindClient,
): Promise<Authenticators> {
  const { buckets } = backbone;
  const { people, apiKeys } = fleet;
  const personTokens = new PersonTokens(buckets, people, clock, (person) => accessEnded(fleet, person));
  const operators = withPeople(operatorTokens(buckets), personTokens, apiKeys);
  if (adminToken !== undefined) await operators.ensureAdmin(adminToken);
  const sessions = operatorSessions(buckets, operators, people, apiKeys, { clock });
  return {
    operators,
    operatorSessions: sessions,
    personTokens,
    attempts: new Attempts(WRONG_TOKENS, clock),
    findClient,
    lostEntries: new LostEntries({ fleet, operators, operatorSessions: sessions, personTokens, boundedLog, clock }),
    publicOrigin: publicUrl && new URL(publicUrl).origin,
  };
}
