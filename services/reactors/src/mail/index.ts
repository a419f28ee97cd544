import { FleetError } from "@fleetlog/domain";
import { type Mailbox, partCaller, recordMail } from "@fleetlog/fleet";
import { Checkpoint } from "../checkpoint.ts";
import type { Context, Reaction } from "../reaction.ts";
import type { Mailer } from "./mailer.ts";
import { initialMails, type Mails, nextAt, processedThrough, react, type Send, type Tick } from "./react.ts";
import { textOf } from "./texts.ts";

const TICK_MS = 1_000;

export interface MailOptions {
  /** Returns undefined until the first gateway has made the installation's key. */
  readonly openMailbox: () => Promise<Mailbox | undefined>;
  readonly mailer: Mailer;
  readonly domain: string;
  readonly publicUrl?: string | undefined;
}

interface State extends Mails {
  readonly checkpoint: Checkpoint;
}

export function mailReaction({ openMailbox, mailer, domain, publicUrl }: MailOptions): Reaction<State, Tick, Send> {
  let mailbox: Mailbox | undefined;
  /** Mails that this process has sent, which the log may not know yet. */
  const accepted = new Set<string>();

  async function perform(send: Send, context: Context): Promise<void> {
    const { person, mail, purpose, causationid } = send;
    const { clock, logger } = context;
    if (mailbox === undefined) return;
    const record = async (failed?: string) => {
      context.signal.throwIfAborted();
      const recorded = await recordMail(context, partCaller("reactors", causationid), send, failed);
      if (failed === undefined) await mailbox?.sent(send);
      accepted.delete(mail);
      if (recorded)
        logger.info(
          { person, mail, purpose, ...(failed && { reason: failed }) },
          failed ? "gave up a mail" : "sent a mail",
        );
    };
    if (accepted.has(mail)) return record();
    const found = await mailbox.open(context, send, clock.now());
    if (found === undefined) return;
    if (found === "gone") return record("its code was used or replaced, or has expired");
    const text = textOf(purpose, { ...found, publicUrl });
    context.signal.throwIfAborted();
    const delivery = await mailer.send({ to: found.address, messageId: `<${mail}@${domain}>`, ...text });
    if (delivery.state === "later") {
      logger.warn({ person, mail, purpose, reason: delivery.reason }, "a mail was not sent; trying it again later");
      return;
    }
    if (delivery.state === "sent") accepted.add(mail);
    await record(delivery.state === "refused" ? delivery.reason : undefined);
  }

  return {
    name: "mail",
    categories: ["person"],
    async load({ buckets }) {
      mailbox ??= await openMailbox();
      if (mailbox === undefined)
        throw new FleetError("unavailable", "no gateway has started yet, so mails can't be opened");
      const checkpoint = await Checkpoint.open(buckets, "mail");
      return { throughSeq: checkpoint.through, state: { ...initialMails(), checkpoint } };
    },
    react,
    observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
    tickEveryMs: () => TICK_MS,
    nextTickInMs: (state, now) => nextAt(state) - now,
    orderingKey: ({ person }) => person,
    perform,
    onProcessed: (state, category, throughSeq, context) =>
      state.checkpoint.processed(category, throughSeq, context, () => processedThrough(state)),
  };
}
