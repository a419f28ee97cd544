import { deviceDownload } from "@fleetlog/fleet";
import { SessionMetrics, sessionsGauge } from "../../metrics/sessions.ts";
import type { Core } from "../../node/core.ts";
import type { LogPart } from "../../node/health/log-part.ts";
import type { NodePart } from "../../node/parts.ts";
import { AccountRates } from "../accounts/account-rates.ts";
import { AccountUses } from "../accounts/account-use.ts";
import type { SessionContext, SessionLimits, SessionObserver } from "../context.ts";
import { observers, Rates } from "../rates.ts";
import { Sessions } from "../sessions.ts";

export interface SessionsPart extends NodePart {
  readonly sessions: Sessions;
  readonly rates: Rates;
  readonly observe: SessionObserver;
}

export interface SessionsOptions {
  readonly node: SessionContext["node"];
  readonly limits: SessionLimits;
  readonly observe?: SessionObserver;
}

/** Keeps the sessions of this node's devices, over all protocols. */
export function sessionsPart(
  core: Core,
  { reserve }: Pick<LogPart, "reserve">,
  options: SessionsOptions,
): SessionsPart {
  const { backbone, fleet, logger, clock } = core;
  const { accounts, writer, views, credentials, authority, provisioner, channels, deviceMessages } = fleet;
  const accountRates = new AccountRates((account) => accounts.limitsOf(account), clock);
  accounts.onChange((account) => accountRates.update(account));
  const counted = new SessionMetrics();
  const rates = new Rates(clock);
  const { node, limits } = options;
  const uses = new AccountUses(backbone.bus, accountRates, node.name);
  const observe = observers(counted, rates, ...(options.observe === undefined ? [] : [options.observe]));
  const sessions = new Sessions({
    backbone,
    writer,
    views,
    credentials,
    authority,
    signer: provisioner.signer,
    channels,
    deviceMessages,
    downloadOf: (device, artifact) => deviceDownload(fleet, device, artifact, clock()),
    logger,
    node,
    clock,
    observe,
    reserve,
    accountRates,
    limits,
  });
  return {
    name: "sessions",
    sessions,
    rates,
    observe,
    metrics: [...counted.metrics, sessionsGauge(() => sessions.size)],
    start: () => uses.start(),
    drain: () => sessions.stop(),
    stop: () => uses.stop(),
  };
}
