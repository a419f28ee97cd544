import type { AccountLimits } from "@fleetlog/domain";
import {
  AccountDirectory,
  type ArtifactLimits,
  type Fleet,
  groupMembers,
  History,
  Importer,
  ImportStore,
  PendingObjects,
  SignedLinks,
  Views,
  Writer,
} from "@fleetlog/fleet";
import {
  ApiKeys,
  type Authority,
  CatalogueKeys,
  ChannelSecrets,
  CustomerAuthorities,
  certificateAuthority,
  claimCodeIds,
  DeviceLogins,
  DeviceMessages,
  deviceCredentials,
  devicePasswordHash,
  EnrolmentAuthorities,
  EnrolmentSecrets,
  messageSigner,
  OpenIdLinks,
  Passkeys,
  People,
  PersonCodes,
  ProvisionLogins,
  personalFields,
  type Sealer,
  SecondFactors,
} from "@fleetlog/identity";
import type { Backbone, ObjectStore } from "@fleetlog/log";
import type { ProvisionEndpoints } from "@fleetlog/protocol";
import type { Logger } from "pino";
import { BoundedLog } from "../net/bounded-log.ts";
import { lostSubjectKeys } from "./lost-subject-keys.ts";

export interface CoreOptions {
  readonly name: string;
  /** Site of this gateway; every event that the gateway records has it. */
  readonly site?: string | undefined;
  readonly version: string;
  readonly backbone: Backbone;
  readonly sealer: Sealer;
  readonly objects: ObjectStore;
  readonly artifactLimits: ArtifactLimits;
  /** Limits of the accounts of people who sign up; default: none. */
  readonly ownLimits?: AccountLimits;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly endpoints: () => ProvisionEndpoints;
  /** Default: one with the usual lifetime of certificates. */
  readonly authority?: Authority;
}

/** Dependencies that all parts of a node share. */
export interface Core {
  readonly name: string;
  readonly version: string;
  readonly backbone: Backbone;
  readonly sealer: Sealer;
  readonly logger: Logger;
  readonly boundedLog: BoundedLog;
  readonly clock: () => number;
  readonly importer: Importer;
  /** Dependencies of the use cases. `commandsPart` adds `commandTail` and `typeCommands`. */
  readonly fleet: Omit<Fleet, "commandTail" | "typeCommands">;
}

export function createCore(options: CoreOptions): Core {
  const { name, site, version, backbone, sealer, objects, artifactLimits, logger, clock, endpoints } = options;
  const { log, bus, buckets } = backbone;
  const origin = { source: `/gateways/${name}`, gateway: name, clock, ...(site !== undefined && { site }) };
  const views = new Views(bus);
  const personal = personalFields(buckets, sealer, { onLost: lostSubjectKeys(logger) });
  const people = new People(buckets, (email) => personal.hash("email", email), clock);
  const authority = options.authority ?? certificateAuthority({ buckets, sealer, clock });
  const importer = new Importer({ store: new ImportStore(buckets, sealer), node: name, clock, logger });
  const authorities = new CustomerAuthorities({ buckets, sealer, clock, isMember: groupMembers({ log, views }) });
  const fleet = {
    log,
    bus,
    writer: new Writer(log, origin),
    views,
    history: new History(bus),
    accounts: new AccountDirectory(log, views, logger),
    credentials: deviceCredentials(buckets, clock, {
      authority,
      customers: authorities,
      passwordHash: devicePasswordHash(sealer),
    }),
    deviceLogins: new DeviceLogins(buckets, clock),
    authority,
    authorities,
    personal,
    people,
    apiKeys: new ApiKeys(buckets, people, clock),
    secondFactors: new SecondFactors(buckets, sealer, clock),
    openIds: new OpenIdLinks(buckets),
    ownLimits: options.ownLimits ?? {},
    passkeys: new Passkeys(buckets, sealer, clock),
    codes: new PersonCodes(buckets, sealer, clock),
    artifacts: {
      objects,
      limits: artifactLimits,
      pending: new PendingObjects({ buckets, node: name, clock }),
      links: new SignedLinks(sealer, clock),
    },
    imports: importer,
    catalogueKeys: new CatalogueKeys(buckets, sealer),
    channels: new ChannelSecrets(buckets, sealer),
    deviceMessages: new DeviceMessages(buckets, sealer),
    provisioner: {
      logins: new ProvisionLogins(buckets, sealer, clock),
      enrolments: new EnrolmentSecrets(buckets, sealer, clock),
      enrolmentAuthorities: new EnrolmentAuthorities(buckets),
      claimCodeId: claimCodeIds(sealer),
      signer: messageSigner(authority, clock),
      endpoints,
    },
  };
  return { name, version, backbone, sealer, logger, boundedLog: new BoundedLog(logger, clock), clock, importer, fleet };
}
