import type { MailPurpose, RecordedEvent } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";

export interface Tick {
  readonly type: "Tick";
  readonly now: number;
}

export interface Send {
  readonly type: "Send";
  readonly person: string;
  readonly mail: string;
  readonly purpose: MailPurpose;
  /** Id of the event that asks for the mail. */
  readonly causationid: string;
}

interface Due {
  readonly send: Send;
  readonly seq: number;
  tries: number;
  /** When to try next, in milliseconds since the epoch. */
  at: number;
}

export interface Mails {
  readonly due: Map<string, Due>;
}

const PAUSES = { firstMs: 1_000, longestMs: 300_000, jitter: "none" } as const;

export function initialMails(): Mails {
  return { due: new Map() };
}

/** Tries a mail at once, and then with growing pauses until an event says that it was sent or has failed. */
export function react({ due }: Mails, input: RecordedEvent | Tick): readonly Send[] {
  switch (input.type) {
    case "Tick": {
      const sends: Send[] = [];
      for (const one of due.values()) {
        if (one.at > input.now) continue;
        one.tries += 1;
        one.at = input.now + pauseAfter(one.tries, PAUSES);
        sends.push(one.send);
      }
      return sends;
    }
    case "PersonMailRequested": {
      const { person, mail, purpose } = input.data;
      const send: Send = { type: "Send", person, mail, purpose, causationid: input.id };
      due.set(mail, { send, seq: input.seq, tries: 0, at: 0 });
      return [];
    }
    case "PersonMailSent":
    case "PersonMailFailed":
      due.delete(input.data.mail);
      return [];
    case "PersonEnded":
    case "PersonErased": {
      const { person } = input.data;
      remove(due, ({ send }) => send.person === person);
      return [];
    }
    default:
      return [];
  }
}

export function nextAt({ due }: Mails): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { at } of due.values()) next = Math.min(next, at);
  return next;
}

/** A restarted process need not read the events up to this sequence again. */
export function processedThrough({ due }: Mails): number {
  let through = Number.MAX_SAFE_INTEGER;
  for (const { seq } of due.values()) through = Math.min(through, seq - 1);
  return through;
}

function remove(due: Map<string, Due>, isOver: (one: Due) => boolean): void {
  for (const [id, one] of due) if (isOver(one)) due.delete(id);
}
