import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Account, accountDecider, accountEvents } from "./account.ts";
import { type ApiKeyState, apiKeyDecider } from "./api-key.ts";
import { type ArtifactState, artifactDecider } from "./artifact.ts";
import { type CatalogueState, catalogueDecider } from "./catalogue.ts";
import { type ChannelState, channelDecider } from "./channel.ts";
import { type ClaimCode, claimCodeDecider } from "./claim-code.ts";
import { type Command, commandDecider, commandOf } from "./command.ts";
import { type ConfigurationState, configurationDecider } from "./configuration.ts";
import {
  type CustomerAuthorityState,
  customerAuthorityDecider,
  customerAuthorityEvents,
} from "./customer-authority.ts";
import { type Decider, fold } from "./decider.ts";
import { type Delivery, deliveryDecider } from "./delivery.ts";
import { type DeviceState, deviceDecider, deviceEvents } from "./device.ts";
import { type DeviceTypeState, deviceTypeDecider } from "./device-type.ts";
import { type EnrolmentGroup, enrolmentGroupDecider } from "./enrolment-group.ts";
import { type AnyBody, isEventOf } from "./envelope.ts";
import { CATEGORY_OF, type RecordedEvent } from "./events.ts";
import { goldenLogs } from "./fixtures/golden.ts";
import { type GatewayState, gatewayDecider, gatewayEvents } from "./gateway.ts";
import { type GroupState, groupDecider } from "./group.ts";
import { type ImportState, importDecider } from "./import.ts";
import {
  type InstallationAuthorityState,
  installationAuthorityDecider,
  installationAuthorityEvents,
} from "./installation-authority.ts";
import { type PersonState, personDecider } from "./person.ts";
import { type ProvisionRequest, provisioningDecider } from "./provisioning.ts";
import { type Scan, scanDecider } from "./scan.ts";
import { type SessionState, sessionDecider, sessionEvents } from "./session.ts";
import { type Category, parseSubject, subjectOf } from "./subjects.ts";
import { type DeviceUpdates, deviceUpdatesDecider } from "./update.ts";

interface States {
  readonly devices: Record<string, DeviceState>;
  readonly sessions: Record<string, SessionState>;
  readonly commands: Record<string, Command | undefined>;
  readonly gateways: Record<string, GatewayState>;
  readonly accounts: Record<string, Account | undefined>;
  readonly types: Record<string, DeviceTypeState>;
  readonly groups: Record<string, GroupState>;
  readonly configurations: Record<string, ConfigurationState>;
  readonly artifacts: Record<string, ArtifactState>;
  readonly people: Record<string, PersonState | undefined>;
  readonly apiKeys: Record<string, ApiKeyState | undefined>;
  readonly provisioning: Record<string, ProvisionRequest | undefined>;
  readonly imports: Record<string, ImportState | undefined>;
  readonly enrolmentGroups: Record<string, EnrolmentGroup | undefined>;
  readonly claimCodes: Record<string, ClaimCode | undefined>;
  readonly authorities: Record<string, CustomerAuthorityState | undefined>;
  readonly installationAuthority: Record<string, InstallationAuthorityState>;
  readonly channels: Record<string, ChannelState>;
  readonly deliveries: Record<string, Delivery | undefined>;
  readonly catalogues: Record<string, CatalogueState>;
  readonly scans: Record<string, Scan | undefined>;
  readonly updates: Record<string, DeviceUpdates | undefined>;
}

function statesOf<State, Command, Event extends AnyBody>(
  decider: Decider<State, Command, Event>,
  category: Category,
  events: readonly RecordedEvent[],
): Record<string, State> {
  const states: Record<string, State> = {};
  for (const event of events) {
    const parsed = parseSubject(event.subject);
    if (parsed?.category !== category) continue;
    states[parsed.entity] = decider.evolve(states[parsed.entity] ?? decider.initial, event);
  }
  return states;
}

function statesAfter(events: readonly RecordedEvent[]): States {
  const states: States = {
    devices: {},
    sessions: {},
    commands: {},
    gateways: {},
    accounts: {},
    types: statesOf(deviceTypeDecider, "type", events),
    groups: statesOf(groupDecider, "group", events),
    configurations: statesOf(configurationDecider, "configuration", events),
    artifacts: statesOf(artifactDecider, "artifact", events),
    people: statesOf(personDecider, "person", events),
    apiKeys: statesOf(apiKeyDecider, "person", events),
    provisioning: statesOf(provisioningDecider, "provisioning", events),
    imports: statesOf(importDecider, "provisioning", events),
    enrolmentGroups: statesOf(enrolmentGroupDecider, "provisioning", events),
    claimCodes: statesOf(claimCodeDecider, "provisioning", events),
    authorities: statesOf(
      customerAuthorityDecider,
      "account",
      events.filter((event) => isEventOf(customerAuthorityEvents, event)),
    ),
    installationAuthority: statesOf(
      installationAuthorityDecider,
      "account",
      events.filter((event) => isEventOf(installationAuthorityEvents, event)),
    ),
    channels: statesOf(channelDecider, "channel", events),
    deliveries: statesOf(deliveryDecider, "delivery", events),
    catalogues: statesOf(catalogueDecider, "catalogue", events),
    scans: statesOf(scanDecider, "scan", events),
    updates: statesOf(deviceUpdatesDecider, "update", events),
  };
  const about = <T>(of: (event: RecordedEvent) => T | undefined) => [
    ...new Set(events.map(of).filter((id) => id !== undefined)),
  ];
  for (const id of about((event) => (isEventOf(deviceEvents, event) ? event.data.device : undefined))) {
    const subject = subjectOf("device", id);
    states.devices[id] = fold(
      deviceDecider,
      events.filter((event) => event.subject === subject),
    );
  }
  for (const id of about((event) => (isEventOf(sessionEvents, event) ? event.data.device : undefined))) {
    const subject = subjectOf("session", id);
    const read = events.filter((event) => event.subject === subject || isEventOf(gatewayEvents, event));
    states.sessions[id] = fold(sessionDecider, read);
  }
  for (const id of about(commandOf)) {
    states.commands[id] = fold(
      commandDecider,
      events.filter((event) => commandOf(event) === id),
    );
  }
  for (const id of about((event) => (isEventOf(gatewayEvents, event) ? event.data.gateway : undefined))) {
    const subject = subjectOf("gateway", id);
    states.gateways[id] = fold(
      gatewayDecider,
      events.filter((event) => event.subject === subject),
    );
  }
  for (const id of about((event) => (isEventOf(accountEvents, event) ? event.data.account : undefined))) {
    const subject = subjectOf("account", id);
    states.accounts[id] = fold(
      accountDecider,
      events.filter((event) => event.subject === subject),
    );
  }
  return states;
}

const logs = goldenLogs();

describe("the golden logs", () => {
  it("have at least one event of every type", () => {
    const types = new Set<string>(logs.flatMap(({ events }) => events.map(({ type }) => type)));
    expect([...types].sort()).toEqual(Object.keys(CATEGORY_OF).sort());
  });

  it("have each event on a subject of its type's category", () => {
    for (const { events } of logs)
      for (const { type, subject, id } of events) expect(subject.split(".")[1], id).toBe(CATEGORY_OF[type]);
  });
});

describe.each(logs)("the golden log of $release", ({ release, events }) => {
  const file = new URL(`../golden/${release}.states.json`, import.meta.url);
  const expected: unknown = JSON.parse(readFileSync(file, "utf8"));

  it("folds to the stored states of its release", () => {
    expect(statesAfter(events)).toEqual(expected);
  });

  it("folds to the same states with each event twice", () => {
    expect(statesAfter(events.flatMap((event) => [event, event]))).toEqual(expected);
  });

  it("folds to the same states with the whole log twice", () => {
    expect(statesAfter([...events, ...events])).toEqual(expected);
  });
});
