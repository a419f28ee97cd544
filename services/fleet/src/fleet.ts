import type { AccountLimits } from "@fleetlog/domain";
import type {
  ApiKeys,
  Authority,
  CustomerAuthorities,
  DeviceCredentials,
  OpenIdLinks,
  Passkeys,
  People,
  PersonalFields,
  PersonCodes,
  SecondFactors,
} from "@fleetlog/identity";
import type { Bus, EventLog } from "@fleetlog/log";
import type { AccountDirectory } from "./accounts/directory.ts";
import type { ArtifactStore } from "./artifacts/artifact-store.ts";
import type { CommandTail } from "./commands/tail.ts";
import type { TypeCommands } from "./configuration/type-commands.ts";
import type { Imports } from "./imports/imports.ts";
import type { Provisioner } from "./provisioning/provisioner.ts";
import type { Views } from "./views/views.ts";
import type { Writer } from "./writer/writer.ts";

/** Dependencies of the use cases; made once a process. Each use case names those that it needs. */
export interface Fleet {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  /** Issues devices' certificates. */
  readonly authority: Authority;
  /** Certificate authorities that customers gave. */
  readonly authorities: CustomerAuthorities;
  /** Seals and opens names and addresses of people. */
  readonly personal: PersonalFields;
  /** How people sign in, and what each may do. */
  readonly people: People;
  readonly apiKeys: ApiKeys;
  readonly secondFactors: SecondFactors;
  /** Whose identities at OpenID providers are whose. */
  readonly openIds: OpenIdLinks;
  readonly passkeys: Passkeys;
  /** One-time codes of people. */
  readonly codes: PersonCodes;
  /** Follows the accounts and their limits. */
  readonly accounts: AccountDirectory;
  /** Of the accounts of people who sign up. */
  readonly ownLimits: AccountLimits;
  readonly artifacts: ArtifactStore;
  /** Imports of many devices. */
  readonly imports: Imports;
  readonly provisioner: Provisioner;
  /** Follows the command events of the whole fleet. */
  readonly commandTail: CommandTail;
  readonly typeCommands: TypeCommands;
}
