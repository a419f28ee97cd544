import { randomBytes } from "node:crypto";
import type { EventBody, EventType, RecordedEvent } from "@fleetlog/domain";
import {
  ApiKeys,
  CatalogueKeys,
  ChannelSecrets,
  CustomerAuthorities,
  certificateAuthority,
  claimCodeIds,
  type DeviceCredentials,
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
  SecondFactors,
  sealerOf,
} from "@fleetlog/identity";
import { type Logger, type MemoryBackbone, MemoryObjects, memoryBackbone } from "@fleetlog/log";
import { startViews } from "@fleetlog/projections/testing";
import { groupMembers } from "../authorities/index.ts";
import { AccountDirectory } from "../dependencies/account-directory.ts";
import { SignedLinks } from "../dependencies/artifacts/links.ts";
import { PendingObjects } from "../dependencies/artifacts/pending-objects.ts";
import { CommandTail } from "../dependencies/command-tail.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { ImportStore } from "../dependencies/imports/store.ts";
import { TypeCommands } from "../dependencies/type-commands.ts";
import { History } from "../history/history.ts";
import { Importer } from "../imports/importer.ts";
import { type Mailbox, mailboxOf } from "../people/mailbox.ts";
import { Views } from "../views/views.ts";
import { Writer } from "../writer/writer.ts";

export interface TestFleet extends Fleet {
  readonly backbone: MemoryBackbone;
  readonly credentials: DeviceCredentials;
  readonly imports: Importer;
  readonly objects: MemoryObjects;
  readonly mailbox: Mailbox;
  /** Subjects and data of messages to gateways. */
  readonly liveMessages: readonly (readonly [string, unknown])[];
  events(type?: EventType): Promise<RecordedEvent[]>;
}

const logger: Logger = { info() {}, warn() {}, error() {} };

/** Dependencies of the use cases, in memory, with views of the same log. */
export async function testFleet(): Promise<TestFleet> {
  const backbone = memoryBackbone();
  const { log, bus, buckets } = backbone;
  const liveMessages: (readonly [string, unknown])[] = [];
  bus.subscribe("live.>", ({ subject, data }) => void liveMessages.push([subject, data]));
  const commandTail = new CommandTail(log, logger, () => {});
  await commandTail.start();
  const typeCommands = new TypeCommands(log, logger);
  await typeCommands.start();
  const events = async (type?: EventType) => {
    const found: RecordedEvent<EventBody>[] = [];
    for await (const event of log.read({ stream: "FLEET" }))
      if (type === undefined || event.type === type) found.push(event);
    return found;
  };
  await startViews(backbone);
  const views = new Views(bus);
  const accounts = new AccountDirectory(log, views, logger);
  await accounts.start();
  const sealer = sealerOf(randomBytes(32));
  const objects = new MemoryObjects();
  const authority = certificateAuthority({ buckets, sealer });
  const authorities = new CustomerAuthorities({
    buckets,
    sealer,
    clock: Date.now,
    isMember: groupMembers({ log, views }),
  });
  const personal = personalFields(buckets, sealer);
  const people = new People(buckets, (email) => personal.hash("email", email));
  return {
    backbone,
    log,
    bus,
    commandTail,
    typeCommands,
    liveMessages,
    events,
    credentials: deviceCredentials(buckets, Date.now, {
      customers: authorities,
      passwordHash: devicePasswordHash(sealer),
    }),
    deviceLogins: new DeviceLogins(buckets, Date.now),
    authorities,
    catalogueKeys: new CatalogueKeys(buckets, sealer),
    channels: new ChannelSecrets(buckets, sealer),
    deviceMessages: new DeviceMessages(buckets, sealer),
    personal,
    people,
    apiKeys: new ApiKeys(buckets, people),
    secondFactors: new SecondFactors(buckets, sealer),
    openIds: new OpenIdLinks(buckets),
    passkeys: new Passkeys(buckets, sealer),
    codes: new PersonCodes(buckets, sealer),
    artifacts: {
      objects,
      limits: { maxBytes: 1_000_000, accountBytes: 1_500_000 },
      pending: new PendingObjects({ buckets, node: "g1", clock: Date.now }),
      links: new SignedLinks(sealer, Date.now),
    },
    objects,
    mailbox: mailboxOf(sealer, buckets),
    imports: new Importer({ store: new ImportStore(buckets, sealer), node: "g1", clock: Date.now, logger }),
    authority,
    provisioner: {
      logins: new ProvisionLogins(buckets, sealer, Date.now),
      enrolments: new EnrolmentSecrets(buckets, sealer, Date.now),
      enrolmentAuthorities: new EnrolmentAuthorities(buckets),
      claimCodeId: claimCodeIds(sealer),
      signer: messageSigner(authority, Date.now),
      endpoints: () => ({
        mqtt: "mqtts://fleet.example:8883",
        websocket: "wss://fleet.example/device",
        http: "https://fleet.example",
      }),
    },
    views,
    history: new History(bus),
    accounts,
    ownLimits: { devices: 20, eventsPerMinute: 600 },
    writer: new Writer(log, { source: "/gateways/g1", gateway: "g1", clock: Date.now }),
  };
}
