import type { AccountLimits, CommandIssued, RecordedEvent } from "@fleetlog/domain";
import type {
  ApiKeys,
  Authority,
  CatalogueKeys,
  ChannelSecrets,
  CustomerAuthorities,
  DeviceCredentials,
  DeviceLogins,
  DeviceMessages,
  OpenIdLinks,
  Passkeys,
  People,
  PersonalFields,
  PersonCodes,
  SecondFactors,
} from "@fleetlog/identity";
import type { Bus, EventLog } from "@fleetlog/log";
import type { History } from "../history/history.ts";
import type { Views } from "../views/views.ts";
import type { Writer } from "../writer/writer.ts";
import type { AccountDirectory } from "./account-directory.ts";
import type { ArtifactStore } from "./artifacts/artifact-store.ts";
import type { CommandTail } from "./command-tail.ts";
import type { Imports } from "./imports/imports.ts";
import type { Provisioner } from "./provisioner.ts";
import type { TypeCommands } from "./type-commands.ts";

/** All dependencies of the use cases; made once for a process. Each use case names those that it needs. */
export interface Fleet {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly writer: Writer;
  readonly views: Views;
  readonly history: History;
  readonly credentials: DeviceCredentials;
  /** Which device of a dialect has which names and addresses. */
  readonly deviceLogins: DeviceLogins;
  readonly authority: Authority;
  readonly authorities: CustomerAuthorities;
  readonly personal: PersonalFields;
  readonly people: People;
  readonly apiKeys: ApiKeys;
  readonly secondFactors: SecondFactors;
  readonly openIds: OpenIdLinks;
  readonly passkeys: Passkeys;
  readonly codes: PersonCodes;
  readonly accounts: AccountDirectory;
  /** Limits of the accounts that are made for sign-ups. */
  readonly ownLimits: AccountLimits;
  readonly artifacts: ArtifactStore;
  readonly imports: Imports;
  /** Client keys of catalogues. */
  readonly catalogueKeys: CatalogueKeys;
  /** Settings of channels, and messages on their way. */
  readonly channels: ChannelSecrets;
  /** Messages that devices have sent lately. */
  readonly deviceMessages: DeviceMessages;
  readonly provisioner: Provisioner;
  readonly commandTail: CommandTail;
  readonly typeCommands: TypeCommands;
  /**
   * Gives an issued command to the device's session, if this process holds it, without waiting for the bus. Only gateways
   * have this function, because only they hold sessions.
   */
  readonly deliverLocally?: (event: RecordedEvent<CommandIssued>) => void;
}
