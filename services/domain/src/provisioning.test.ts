import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import {
  admitsDevice,
  type ProvisioningCommand,
  type ProvisioningEvent,
  type ProvisionOrder,
  type ProvisionStatus,
  provisioningDecider,
  type ReportedState,
  waysFrom,
} from "./provisioning.ts";

const NOW = "2026-11-28T12:00:00.000Z";
const at = Date.parse(NOW);
const request = "r1";
const error = { code: "boom", message: "boom" };
const order: ProvisionOrder = {
  clientId: "mac",
  userName: "mac-serial",
  maxRetries: 1,
  activationKey: true,
  overwrite: false,
  allowPlain: false,
  device: { id: "mac", tags: [] },
  configuration: { a: 1 },
  bundles: [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }],
};
const { configuration: _, ...unconfigured } = order;
const none = { ...unconfigured, bundles: [] };
const created = (given: ProvisionOrder = order): ProvisioningEvent => ({
  type: "ProvisionRequestCreated",
  data: { request, by: "op", ...given },
});
const started: ProvisioningEvent = { type: "ProvisionStarted", data: { request } };
const accepted: ProvisioningEvent = {
  type: "ProvisionAccepted",
  data: { request, device: "mac", credential: "token" },
};
const reported = (state: ReportedState, bundle?: string): ProvisioningEvent => ({
  type: "ProvisionProgressed",
  data: { request, state, ...(bundle !== undefined && { bundle }) },
});
const failed: ProvisioningEvent = { type: "ProvisionFailed", data: { request, error, by: "device" } };
const running = [created(), started, accepted];
const updated = [...running, reported("CONF_UPDATING"), reported("CONF_UPDATED")];
const installing = [...updated, reported("APPS_INSTALLING", "app")];

const PATHS: Readonly<Record<ProvisionStatus, readonly ProvisioningEvent[]>> = {
  CREATED: [created()],
  STARTED: [created(), started],
  RUNNING: running,
  CONF_UPDATING: updated.slice(0, -1),
  CONF_UPDATED: updated,
  APPS_INSTALLING: installing,
  APPS_INSTALLED: [...installing, reported("APPS_INSTALLED")],
  COMPLETED: [
    ...installing,
    reported("APPS_INSTALLED"),
    { type: "ProvisionCompleted", data: { request, device: "mac" } },
  ],
  FAILED: [...running, failed],
  SKIPPED: [created(), started, { type: "ProvisionSkipped", data: { request, device: "mac" } }],
  STOPPING: [created(), started, { type: "ProvisionStopping", data: { request, by: "op" } }],
  STOPPED: [created(), { type: "ProvisionStopped", data: { request, by: "op" } }],
  ABANDONED: [created(), { type: "ProvisionAbandoned", data: { request, reason: "expired" } }],
};

const TOWARDS: Readonly<Partial<Record<ProvisionStatus, readonly ProvisioningCommand[]>>> = {
  STARTED: [{ type: "Start", now: NOW }],
  RUNNING: [{ type: "Accept", now: NOW, device: "mac", credential: "token" }],
  CONF_UPDATING: [{ type: "Progress", state: "CONF_UPDATING" }],
  CONF_UPDATED: [{ type: "Progress", state: "CONF_UPDATED" }],
  APPS_INSTALLING: [{ type: "Progress", state: "APPS_INSTALLING", bundle: "app" }],
  APPS_INSTALLED: [{ type: "Progress", state: "APPS_INSTALLED" }],
  COMPLETED: [{ type: "Complete" }],
  FAILED: [{ type: "Fail", error }],
  SKIPPED: [{ type: "Skip" }],
  STOPPING: [{ type: "Stop", by: "op" }],
  STOPPED: [
    { type: "Stop", by: "op" },
    { type: "FinishStop", by: "op" },
  ],
  ABANDONED: [{ type: "Expire", now: NOW }, { type: "GiveUp" }],
};

/** The transitions that the contract allows for a request with a configuration and a bundle. */
const WAYS: Readonly<Record<ProvisionStatus, readonly ProvisionStatus[]>> = {
  CREATED: ["STARTED", "ABANDONED", "STOPPED"],
  STARTED: ["RUNNING", "SKIPPED", "ABANDONED", "STOPPING"],
  RUNNING: ["CONF_UPDATING", "FAILED", "STOPPING"],
  CONF_UPDATING: ["CONF_UPDATED", "FAILED", "STOPPING"],
  CONF_UPDATED: ["APPS_INSTALLING"],
  APPS_INSTALLING: ["APPS_INSTALLED", "FAILED", "STOPPING"],
  APPS_INSTALLED: ["COMPLETED"],
  COMPLETED: [],
  FAILED: ["STARTED", "ABANDONED"],
  SKIPPED: [],
  STOPPING: ["STOPPED"],
  STOPPED: [],
  ABANDONED: [],
};

const stateAfter = (events: readonly ProvisioningEvent[]) => fold(provisioningDecider, history(...events));
function reached(command: ProvisioningCommand, events: readonly ProvisioningEvent[]): ProvisionStatus | undefined {
  try {
    return stateAfter([...events, ...provisioningDecider.decide(command, stateAfter(events))])?.state;
  } catch {
    return stateAfter(events)?.state;
  }
}
/** Changes the request so that it has expired and has no tries left. */
const due = (events: readonly ProvisioningEvent[]) => events.map((event) => withDue(event));
function withDue(event: ProvisioningEvent): ProvisioningEvent {
  if (event.type !== "ProvisionRequestCreated") return event;
  return { ...event, data: { ...event.data, expiresOn: NOW, maxRetries: 0 } };
}

const PROVISION_STATES = Object.keys(PATHS) as readonly ProvisionStatus[];

describe("the transitions between the states", () => {
  const pairs = PROVISION_STATES.flatMap((from) => PROVISION_STATES.map((to) => [from, to] as const));

  it.each(pairs)("%s -> %s", (from, to) => {
    const events = to === "ABANDONED" ? due(PATHS[from]) : PATHS[from];
    expect(stateAfter(events)?.state).toBe(from);
    const found = (TOWARDS[to] ?? []).some((command) => from !== to && reached(command, events) === to);
    expect(found).toBe(WAYS[from].includes(to));
  });

  it("reach no other state with any command", () => {
    for (const from of PROVISION_STATES) {
      for (const events of [PATHS[from], due(PATHS[from])]) {
        for (const command of Object.values(TOWARDS).flat()) {
          const to = reached(command, events);
          if (to !== from) expect(WAYS[from], `${from} -> ${to}`).toContain(to);
        }
      }
    }
  });

  it("skip the configuration and bundles that a request does not have", () => {
    expect(waysFrom("RUNNING", none)).toContain("COMPLETED");
    expect(waysFrom("RUNNING", unconfigured)).toContain("APPS_INSTALLING");
    expect(waysFrom("RUNNING", unconfigured)).not.toContain("CONF_UPDATING");
    expect(waysFrom("CONF_UPDATED", { ...order, bundles: [] })).toEqual(["COMPLETED"]);
  });

  it("lead from one bundle to the next", () => {
    const two = {
      ...order,
      bundles: [...order.bundles, { name: "b", version: "1", artifact: { name: "b", version: "1" } }],
    };
    const events = [created(two), ...installing.slice(1)];
    const next: ProvisioningCommand = { type: "Progress", state: "APPS_INSTALLING", bundle: "b" };
    expect(provisioningDecider.decide(next, stateAfter(events))).toEqual([reported("APPS_INSTALLING", "b")]);
    expect(() => provisioningDecider.decide({ ...next, bundle: "c" }, stateAfter(events))).toThrow(/no such bundle/);
  });
});

describe("deciding about a request", () => {
  it("records nothing when repeated", () => {
    const cases: [ProvisioningCommand, readonly ProvisioningEvent[]][] = [
      [{ type: "CreateRequest", request, by: "op", ...order }, PATHS.CREATED],
      [{ type: "Start", now: NOW }, PATHS.STARTED],
      [{ type: "Start", now: NOW }, PATHS.CONF_UPDATED],
      [{ type: "Progress", state: "CONF_UPDATING" }, PATHS.CONF_UPDATING],
      [{ type: "Progress", state: "APPS_INSTALLING", bundle: "app" }, PATHS.APPS_INSTALLING],
      [{ type: "Complete" }, PATHS.COMPLETED],
      [{ type: "Fail", error }, PATHS.FAILED],
      [{ type: "Skip" }, PATHS.SKIPPED],
      [{ type: "Stop", by: "op" }, PATHS.STOPPING],
      [{ type: "Stop", by: "op" }, PATHS.STOPPED],
      [{ type: "FinishStop", by: "op" }, PATHS.STOPPED],
      [{ type: "TimeOut", since: 1, error }, PATHS.RUNNING],
      [{ type: "TimeOut", since: 2, error }, PATHS.STARTED],
      [{ type: "Expire", now: NOW }, PATHS.CREATED],
      [{ type: "GiveUp" }, PATHS.FAILED],
    ];
    for (const [command, events] of cases) expect(provisioningDecider.decide(command, stateAfter(events))).toEqual([]);
  });

  it("accepts the device again before the completion, without a change of state", () => {
    const accept: ProvisioningCommand = { type: "Accept", now: NOW, device: "mac", credential: "token" };
    for (const from of ["RUNNING", "CONF_UPDATING", "CONF_UPDATED", "APPS_INSTALLING", "APPS_INSTALLED"] as const) {
      const again = [...PATHS[from], ...provisioningDecider.decide(accept, stateAfter(PATHS[from]))];
      expect(again).toHaveLength(PATHS[from].length + 1);
      expect(stateAfter(again)).toMatchObject({ state: from, acceptedSeq: again.length });
    }
    for (const from of ["COMPLETED", "STOPPING", "ABANDONED", "SKIPPED"] as const)
      expect(() => provisioningDecider.decide(accept, stateAfter(PATHS[from]))).toThrow(
        expect.objectContaining({ code: "provision-state" }),
      );
  });

  it("starts again while tries are left, then gives up", () => {
    const once = [...PATHS.FAILED];
    expect(provisioningDecider.decide({ type: "GiveUp" }, stateAfter(once))).toEqual([]);
    const twice = [...once, started, accepted, failed];
    expect(() => provisioningDecider.decide({ type: "Start", now: NOW }, stateAfter(twice))).toThrow();
    expect(provisioningDecider.decide({ type: "GiveUp" }, stateAfter(twice))).toMatchObject([
      { data: { reason: "no-tries-left" } },
    ]);
    expect(stateAfter([...once, started])?.error).toBeUndefined();
  });

  it("fails at a time-out if nothing was recorded after the given sequence", () => {
    expect(provisioningDecider.decide({ type: "TimeOut", since: 3, error }, stateAfter(running))).toMatchObject([
      { type: "ProvisionFailed", data: { by: "time-out" } },
    ]);
  });

  it("renews the activation key of an open request that has one", () => {
    const renew: ProvisioningCommand = { type: "RenewKey", by: "op" };
    expect(provisioningDecider.decide(renew, stateAfter(PATHS.STARTED))).toMatchObject([
      { type: "ProvisionKeyRenewed" },
    ]);
    expect(() => provisioningDecider.decide(renew, stateAfter(PATHS.COMPLETED))).toThrow(/has ended/);
    expect(() =>
      provisioningDecider.decide(renew, stateAfter([created({ ...order, activationKey: false })])),
    ).toThrow();
    expect(() => provisioningDecider.decide(renew, undefined)).toThrow(
      expect.objectContaining({ code: "provision-request-unknown" }),
    );
  });

  it.each(PROVISION_STATES)("tolerates redelivery on the way to %s", (state) => {
    expect(faultsOfRedelivery(provisioningDecider, history(...PATHS[state]))).toEqual([]);
  });
});

describe("letting a provisioning device in", () => {
  const admits = (events: readonly ProvisioningEvent[]) => {
    const state = stateAfter(events);
    return state !== undefined && admitsDevice(state, at);
  };
  const window = (more: Partial<ProvisionOrder>) => [created({ ...order, ...more })];

  it("is possible in every state before the end", () => {
    const open = PROVISION_STATES.filter((state) => admits(PATHS[state]));
    expect(open).toEqual([
      "CREATED",
      "STARTED",
      "RUNNING",
      "CONF_UPDATING",
      "CONF_UPDATED",
      "APPS_INSTALLING",
      "APPS_INSTALLED",
      "FAILED",
    ]);
  });

  it("is limited by activatesOn and expiresOn until a device is accepted", () => {
    expect(admits(window({ activatesOn: NOW }))).toBe(true);
    expect(admits(window({ activatesOn: "2026-11-28T12:00:00.001Z" }))).toBe(false);
    expect(admits(window({ expiresOn: NOW }))).toBe(false);
    expect(admits([...window({ expiresOn: NOW }), started, accepted])).toBe(true);
  });
});
