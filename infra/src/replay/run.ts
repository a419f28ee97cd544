import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DeviceResource, SessionInfo } from "@fleetlog/protocol";
import { TokenFile } from "@fleetlog/simulators";
import { atOnce } from "../import-from/at-once.ts";
import { Client } from "../import-from/server/client.ts";
import { visible } from "../system/terminal.ts";
import { DryFleet } from "./dry-run.ts";
import { Counts } from "./fleet/counts.ts";
import { ReplayedFleet } from "./fleet/fleet.ts";
import type { Installation, ReplayOptions } from "./options.ts";
import { Plan } from "./plan/plan.ts";
import { play } from "./play.ts";
import { type Played, ProgressFile } from "./progress-file.ts";
import { Source } from "./source/source.ts";
import { spanMessages } from "./span.ts";
import { Registry } from "./target/registry.ts";

export interface ReplayContext {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ReplayResult {
  /** False: it was stopped. */
  readonly complete: boolean;
  readonly refused: number;
  readonly counts: Counts;
}

/** The pace of a dry run, the fastest that there is. */
const DRY_SPEED = 1_000_000;
const BEGIN_AT_ONCE = 50;
const PROFILES_AT_ONCE = 8;
const MAX_SHOWN = 10;

/** @throws Error of one line if the replay can't begin, or can't go on */
export async function replayFleet(options: ReplayOptions, context: ReplayContext): Promise<ReplayResult> {
  const { target, folder, dryRun } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const say = (line: string) => context.say(visible(line));
  const source = new Source(await clientOf("source", options.source, { say, signal }));
  const client = await clientOf("target", target, { say, signal });
  const progress = new ProgressFile(join(folder, "progress.json"), options);
  const begun = await begin(source, options, dryRun ? undefined : await progress.read());
  const { replay, rows, plan } = begun;
  say(`   from ${replay.from.at} (event ${replay.from.seq}) to ${replay.to.at} (event ${replay.to.seq})`);
  const tokens = await TokenFile.open(join(folder, `tokens-${new URL(target.url).host.replaceAll(":", "_")}.json`));
  const registry = new Registry({ client, tokens, replaceTokens: options.replaceTokens });
  const dry = new DryFleet();
  const counts = dryRun ? dry.counts : new Counts();
  let failure: unknown;
  let shown = 0;
  const { prefix } = options;
  const fleet = dryRun
    ? dry
    : new ReplayedFleet({
        ...{ prefix, url: target.url, registry, counts, signal },
        onFailed: (error) => {
          failure ??= error;
          stop.abort();
        },
        onRefused: (reason) => {
          if (++shown <= MAX_SHOWN) say(` ✗ ${reason}`);
        },
      });
  signal.addEventListener("abort", () => void fleet.stop(), { once: true });
  const fresh = rows.filter(({ id }) => !registry.knows(prefix + id));
  for (let i = 0; i < rows.length && !signal.aborted; i += BEGIN_AT_ONCE) {
    fleet.do(plan.begin(rows.slice(i, i + BEGIN_AT_ONCE)));
    await fleet.settled();
  }
  if (!dryRun) await reportProfiles(source, plan, fleet, fresh, replay.from.seq, signal);
  await fleet.settled();
  const complete = await play({
    ...{ plan, fleet, counts, replay, signal, say },
    messages: spanMessages({ source, installation: options.source, first: replay, signal, say }),
    played: async (done) => {
      if (!dryRun) await progress.write(done);
    },
  });
  await fleet.stop();
  if (failure !== undefined) throw new Error(`${messageOf(failure)}. ${counts.text}. Run it again to go on`);
  if (shown > MAX_SHOWN) say(`   ${shown - MAX_SHOWN} more were refused`);
  const mark = complete && counts.refused === 0 ? "✓" : "!";
  const end = complete ? "" : "It was stopped; run it again to go on. ";
  say(` ${mark} ${counts.text}. ${end}${dryRun ? "This was a dry run: nothing was changed" : ""}`.trimEnd());
  return { complete, refused: counts.refused, counts };
}

async function clientOf(
  which: "source" | "target",
  { url, key }: Installation,
  { say, signal }: ReplayContext,
): Promise<Client> {
  const wait = (ms: number) => delay(ms, undefined, { signal });
  const client = new Client({ url, key, wait, say: (line) => say(` ! ${line}`) });
  try {
    await client.get<SessionInfo>("/api/session");
  } catch (error) {
    throw new Error(`the ${which}: ${messageOf(error)}`);
  }
  return client;
}

/** The fleet at the beginning of the span, or where an earlier run has stopped. */
async function begin(source: Source, options: ReplayOptions, played: Played | undefined) {
  const { from, to, dryRun, group, devices, prefix } = options;
  const at = played !== undefined && "seq" in played ? played.seq : from;
  const speed = dryRun ? DRY_SPEED : options.speed;
  const replay = await source.begin({ from: at, speed, ...(to !== undefined && { to }) });
  const rows = await source.devices(replay.from.seq, group);
  const only = new Set(devices);
  if (group !== undefined)
    for (const { id } of [...rows, ...(await source.devices(replay.to.seq, group))]) only.add(id);
  const plan = new Plan({ prefix, only: group === undefined && devices.length === 0 ? undefined : only });
  return { replay, plan, rows: only.size === 0 ? rows : rows.filter(({ id }) => only.has(id)) };
}

/** Sends the profiles of devices that are connected at the beginning: their own reports came before the span. */
async function reportProfiles(
  source: Source,
  plan: Plan,
  fleet: Pick<ReplayedFleet, "do">,
  rows: readonly DeviceResource[],
  at: number,
  signal: AbortSignal,
): Promise<void> {
  const some = rows.filter(({ id, model, serial, firmware }) => plan.includes(id) && (model ?? serial ?? firmware));
  await atOnce(PROFILES_AT_ONCE, some, async ({ id }) => {
    if (signal.aborted) return;
    const profile = await source.profile(id, at);
    if (profile !== undefined) fleet.do([{ do: "profile", device: id, profile }]);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
