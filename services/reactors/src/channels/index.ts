import { FleetError } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import type { Batch, EventLog, ReadQuery } from "@fleetlog/log";
import { Checkpoint } from "../checkpoint.ts";
import type { Context, SharedContext } from "../reaction.ts";
import type { RunnableReaction } from "../runner/run-reaction.ts";
import { ChannelDeliveries } from "./channel-deliveries.ts";
import { FeedPositions } from "./feed/positions.ts";
import type { Transport } from "./transport.ts";
import { ChannelWorker, type OpenedSecrets, type WorkerParts } from "./worker.ts";

const SAVE_EVERY_MS = 5_000;

export interface ChannelsOptions {
  /** Returns undefined until the first gateway has made the installation's key. */
  readonly openSecrets: () => Promise<OpenedSecrets | undefined>;
  readonly transport: Transport;
}

/**
 * Sends messages to channels, and events of devices to webhooks. This is no {@link Reaction}, because one slow channel
 * must not hold up the others: each channel has a worker of its own.
 */
export function channelsReaction(options: ChannelsOptions): RunnableReaction {
  return { name: "channels", run: (context) => run(options, context) };
}

async function run({ openSecrets, transport }: ChannelsOptions, shared: SharedContext): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([shared.signal, stopping.signal]);
  const { log, buckets, clock } = shared;
  const writer = new Writer(log, { source: "/reactors/channels", clock: clock.now });
  const context: Context = { ...shared, writer, signal };
  const deliveries = new ChannelDeliveries();
  const checkpoint = await Checkpoint.open(buckets, "channels");
  const positions = await FeedPositions.open(buckets);
  let opened: OpenedSecrets | undefined;
  const secrets = async () => {
    opened ??= await openSecrets();
    return opened;
  };
  const workers = new Workers({ context, deliveries, positions, transport, secrets });

  const defined = await readInto(deliveries, log, { stream: "FLEET", category: "channel" });
  await positions.keepOnly(deliveries.channels.keys());
  const fromSeq = (checkpoint.through.get("delivery") ?? 0) + 1;
  let delivered = await readInto(deliveries, log, { stream: "DELIVERY", category: "delivery", fromSeq });
  const follow = (query: { stream: "FLEET" | "DELIVERY"; category: "channel" | "delivery" }, from: number) =>
    log.subscribe({
      ...query,
      from,
      onBatch({ events, throughSeq }: Batch) {
        for (const event of events) deliveries.apply(event);
        if (query.category === "delivery") delivered = Math.max(delivered, throughSeq);
        workers.follow();
      },
    });
  const subscriptions = [
    follow({ stream: "FLEET", category: "channel" }, defined + 1),
    follow({ stream: "DELIVERY", category: "delivery" }, delivered + 1),
  ];
  workers.follow();
  const saveUntilStopped = async () => {
    while (!signal.aborted) {
      await clock.sleep(SAVE_EVERY_MS, signal);
      if (signal.aborted) return;
      // The positions are saved first, because a restart does not read deliveries before the checkpoint.
      const through = Math.min(deliveries.processedThrough, delivered);
      await positions.save();
      checkpoint.advance("delivery", through);
      await checkpoint.save(through);
    }
  };
  try {
    const subscriptionEnded = Promise.race(subscriptions.map(({ ended }) => ended)).then(() => {
      if (!signal.aborted) throw new FleetError("log-unavailable", "a subscription ended unexpectedly");
    });
    await Promise.race([saveUntilStopped(), subscriptionEnded]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopping.abort();
    await Promise.allSettled(subscriptions.map((subscription) => subscription.stop()));
    await workers.stop();
  }
}

class Workers {
  readonly #parts: WorkerParts;
  readonly #workers = new Map<string, ChannelWorker>();
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Starts and stops workers for the channels that are defined or have waiting deliveries, and wakes the others. */
  follow(): void {
    const channels = this.#parts.deliveries.all();
    const wanted = new Set(channels.map(({ entity }) => entity));
    for (const [entity, worker] of [...this.#workers]) if (!wanted.has(entity)) this.#forget(entity, worker);
    for (const channel of channels) {
      const worker = this.#workers.get(channel.entity);
      if (worker?.channel.seq === channel.seq) {
        worker.wake();
        continue;
      }
      if (worker !== undefined) this.#end(channel.entity, worker);
      this.#workers.set(channel.entity, new ChannelWorker(channel, this.#parts, this.#ending.get(channel.entity)));
    }
  }

  async stop(): Promise<void> {
    const running = [...this.#workers.values()].map((worker) => worker.stop());
    await Promise.allSettled([...running, ...this.#ending.values()]);
  }

  /** Deletes the positions of a deleted channel. If that fails, the next start deletes them. */
  #forget(entity: string, worker: ChannelWorker): void {
    this.#end(entity, worker, () => this.#parts.positions.forget(entity).catch(() => undefined));
  }

  #end(entity: string, worker: ChannelWorker, after = async (): Promise<void> => {}): void {
    this.#workers.delete(entity);
    const ended = worker
      .stop()
      .then(after)
      .finally(() => {
        if (this.#ending.get(entity) === ended) this.#ending.delete(entity);
      });
    this.#ending.set(entity, ended);
  }
}

/** Resolves with the sequence through which the events are applied. */
async function readInto(deliveries: ChannelDeliveries, log: Pick<EventLog, "read">, query: ReadQuery): Promise<number> {
  let through = (query.fromSeq ?? 1) - 1;
  for await (const event of log.read(query)) {
    deliveries.apply(event);
    through = event.seq;
  }
  return through;
}
