import { channelDecider, type DeliveredEvents, FleetError, type RecordedEvent } from "@fleetlog/domain";
import { type ChannelSecrets, loadFromLog, partCaller, recordChannelDelivery } from "@fleetlog/fleet";
import { pauseAfter } from "@fleetlog/runtime";
import type { Context } from "../reaction.ts";
import { untilAborted } from "../runner/abort.ts";
import { type ChannelDeliveries, feedPrefix, type KnownChannel, type WaitingDelivery } from "./channel-deliveries.ts";
import { Feed, type FeedBatch } from "./feed/feed.ts";
import type { FeedPositions } from "./feed/positions.ts";
import type { Outcome } from "./outcome.ts";
import type { OutgoingDelivery, Transport } from "./transport.ts";

/** Pauses of a failing channel: 1, 2, 4 … seconds, up to 15 minutes. */
const PAUSES = { firstMs: 1_000, longestMs: 900_000, jitter: "none" } as const;
const LIMITS = { attempts: 120, ageMs: 86_400_000 };
/** How often a feed looks for new events. */
const FEED_EVERY_MS = 1_000;
const IDLE_MS = 60_000;
const AFTER_ERROR = { firstMs: 1_000, longestMs: 60_000, jitter: "none" } as const;

export type OpenedSecrets = Pick<ChannelSecrets, "settings" | "message" | "forgetMessage">;

export interface WorkerParts {
  readonly context: Context;
  readonly deliveries: ChannelDeliveries;
  readonly positions: FeedPositions;
  readonly transport: Transport;
  /** Undefined while no gateway has made the installation's key. */
  readonly secrets: () => Promise<OpenedSecrets | undefined>;
}

/** What is to be sent next: a message, or events. */
interface Job {
  readonly id: string;
  readonly attempts: number;
  readonly at: number;
  readonly purpose: OutgoingDelivery["purpose"];
  readonly device?: string;
  readonly batch?: FeedBatch;
}

/** Sends everything of one channel, one after the other, until it is stopped. */
export class ChannelWorker {
  readonly channel: KnownChannel;
  readonly #parts: WorkerParts;
  readonly #feed: Feed | undefined;
  readonly #ended: Promise<void>;
  #stopping = false;
  #sleeping = new AbortController();
  /** Time before which nothing is sent, from `Retry-After` of the receiver's last answer. */
  #notBefore = 0;

  /** @param before resolves when the worker of the earlier definition has ended */
  constructor(channel: KnownChannel, parts: WorkerParts, before?: Promise<void>) {
    this.channel = channel;
    this.#parts = parts;
    const { kind, events } = channel.definition ?? {};
    const { log, views } = parts.context;
    const { deliveries, positions } = parts;
    const hasFeed = kind === "webhook" && events !== undefined;
    this.#feed = hasFeed ? new Feed(channel, events, { log, views, deliveries, positions }) : undefined;
    this.#ended = this.#run(before);
  }

  /** Wakes the worker, because there may be something to send. */
  wake(): void {
    this.#sleeping.abort();
  }

  /** Stops the worker. Resolves when the present try is recorded. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    return this.#ended;
  }

  async #run(before: Promise<void> | undefined): Promise<void> {
    const { signal, clock, logger } = this.#parts.context;
    await before;
    let errors = 0;
    const wake = () => this.wake();
    signal.addEventListener("abort", wake);
    while (!signal.aborted && !this.#stopping) {
      this.#sleeping = new AbortController();
      try {
        const job = await this.#next();
        if (job === undefined) await clock.sleep(this.#restMs(), this.#sleeping.signal);
        else await this.#try(job);
        errors = 0;
      } catch (error) {
        if (signal.aborted) break;
        logger.warn(
          { err: error, channel: this.channel.entity },
          "could not send what waits for a channel; trying again",
        );
        await clock.sleep(pauseAfter(++errors, AFTER_ERROR), signal);
      }
    }
    signal.removeEventListener("abort", wake);
  }

  async #next(): Promise<Job | undefined> {
    const { deliveries, context } = this.#parts;
    const { entity, definition } = this.channel;
    const waiting = deliveries.waitingFor(entity);
    const [oldest] = waiting;
    if (definition === undefined) return oldest && (await this.#giveUpIfDeleted(jobOf(oldest)));
    const messages = waiting.filter(({ delivery }) => delivery.events === undefined);
    const test = messages.find(({ delivery }) => delivery.purpose === "test");
    if (test !== undefined) return jobOf(test);
    const obsolete = waiting.find(({ delivery: { id, events } }) => events && !this.#isCurrent(id));
    if (obsolete !== undefined) return this.#giveUp(jobOf(obsolete), "its feed has ended or started again");
    const now = context.clock.now();
    const old = messages.find(({ at }) => now - at > LIMITS.ageMs);
    if (old !== undefined) return this.#giveUp(jobOf(old), old.delivery.reason ?? "it waited for too long");
    if (!definition.enabled || now < this.#pauseEnds()) return undefined;
    const [message] = messages;
    if (message !== undefined) return jobOf(message);
    const batch = await this.#feed?.next();
    return batch && this.#jobOfBatch(batch, now);
  }

  /**
   * Gives up the job if the channel was deleted. Otherwise leaves it: this process soon reads the channel's new definition,
   * and starts another worker, which does the job.
   */
  async #giveUpIfDeleted(job: Job): Promise<undefined> {
    const { state } = await loadFromLog(this.#parts.context.log, channelDecider, "channel", this.channel.entity);
    if (state.status !== "defined") await this.#giveUp(job, "the channel was deleted");
  }

  #isCurrent(delivery: string): boolean {
    return this.#feed !== undefined && delivery.startsWith(feedPrefix(this.channel.since));
  }

  #jobOfBatch(batch: FeedBatch, now: number): Job {
    const known = this.#parts.deliveries
      .waitingFor(this.channel.entity)
      .find(({ delivery: { id } }) => id === batch.id);
    return { id: batch.id, attempts: known?.delivery.attempts ?? 0, at: known?.at ?? now, purpose: "events", batch };
  }

  #pauseEnds(): number {
    const { failures, failedAt } = this.#parts.deliveries.failuresOf(this.channel.entity);
    return failures === 0 ? 0 : Math.max(failedAt + pauseAfter(failures, PAUSES), this.#notBefore);
  }

  #restMs(): number {
    const untilTry = this.#pauseEnds() - this.#parts.context.clock.now();
    const usual = this.#feed === undefined || !this.channel.definition?.enabled ? IDLE_MS : FEED_EVERY_MS;
    return untilTry > 0 ? Math.min(untilTry, IDLE_MS) : usual;
  }

  async #try(job: Job): Promise<void> {
    const { clock } = this.#parts.context;
    const outcome = await this.#send(job);
    const now = clock.now();
    this.#notBefore = outcome.state === "later" ? now + (outcome.retryAfterMs ?? 0) : 0;
    const attempt = job.attempts + 1;
    if (outcome.state === "sent")
      return this.#record({ type: "RecordDeliverySent", ...this.#about(job), attempt }, job);
    const { reason } = outcome;
    const isLast = attempt >= LIMITS.attempts || now - job.at > LIMITS.ageMs || job.purpose === "test";
    const type = outcome.state === "refused" || isLast ? "GiveUpDelivery" : "RecordDeliveryFailed";
    await this.#record({ type, ...this.#about(job), attempt, reason }, job);
  }

  async #send(job: Job): Promise<Outcome> {
    const { context, transport, secrets: open } = this.#parts;
    const { entity, name, definition } = this.channel;
    const secrets = await open();
    if (secrets === undefined) return { state: "later", reason: "no gateway has started yet" };
    const settings = definition && (await secrets.settings(entity, definition.settings));
    // The channel has just been changed. Its new definition is on its way.
    if (settings === undefined) throw new FleetError("unavailable", "the channel's settings are gone");
    const { batch, id, purpose, device } = job;
    if (batch?.events.length === 0) return { state: "refused", reason: "its events no longer match the filter" };
    const message = batch === undefined ? await secrets.message(id) : undefined;
    if (batch === undefined && message === undefined) return { state: "refused", reason: "its text is gone" };
    const delivery: OutgoingDelivery = {
      id,
      channel: name,
      purpose,
      requestedAt: new Date(job.at).toISOString(),
      ...(device !== undefined && { device }),
      ...(message !== undefined && { message }),
      ...(batch !== undefined && { events: batch.events }),
    };
    context.signal.throwIfAborted();
    return untilAborted(transport(settings, delivery, context.signal), context.signal);
  }

  /** Ends the job without another attempt. */
  async #giveUp(job: Job, reason: string): Promise<undefined> {
    const attempt = Math.max(1, job.attempts);
    await this.#record({ type: "GiveUpDelivery", ...this.#about(job), attempt, reason }, job);
    this.#sleeping.abort();
  }

  #about({ id, batch }: Job): { delivery: string; channel: string; by: string; events?: DeliveredEvents } {
    const events = batch === undefined ? {} : { events: batch.range };
    return { delivery: id, channel: this.channel.name, by: "system", ...events };
  }

  /** Retries until the log has the record, because an unrecorded delivery would be sent again. */
  async #record(command: Parameters<typeof recordChannelDelivery>[3], { batch, id }: Job): Promise<void> {
    const { context, deliveries, secrets } = this.#parts;
    const { account, entity } = this.channel;
    for (let tried = 1; ; tried++) {
      context.signal.throwIfAborted();
      try {
        const { event } = await recordChannelDelivery(context, partCaller("reactors"), account, command);
        if (event !== undefined) deliveries.apply(event as RecordedEvent);
        break;
      } catch (error) {
        context.signal.throwIfAborted();
        context.logger.warn({ err: error, channel: entity, delivery: id }, "could not record a delivery; trying again");
        await context.clock.sleep(pauseAfter(tried, { ...PAUSES, longestMs: 5_000 }), context.signal);
      }
    }
    if (command.type === "RecordDeliveryFailed") return;
    if (batch !== undefined) this.#feed?.done(batch);
    else await (await secrets())?.forgetMessage(id).catch(() => undefined);
  }
}

function jobOf({ delivery: { id, attempts, purpose, device, events }, at }: WaitingDelivery): Job {
  const batch = events === undefined ? {} : { batch: { id, range: events, events: [] } };
  return { id, attempts, at, purpose, ...(device !== undefined && { device }), ...batch };
}
