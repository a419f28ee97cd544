import type { ServerConnection } from "../connection/server-connection.ts";
import { lastMessagesUpTo, nextMessage, type StoredMessage } from "./direct.ts";

export interface Step extends StoredMessage {
  readonly subject: string;
}

type Find = (subjects: readonly string[], seq: number) => Promise<readonly Step[]>;

/** Reads the entries of some subjects one by one, in the order of the stream. @param lasts the newest entry of each subject */
export function stepsForwards(
  connection: ServerConnection,
  stream: string,
  lasts: ReadonlyMap<string, StoredMessage>,
  from: number,
  upTo: number,
): AsyncGenerator<Step> {
  const find: Find = async (subjects, seq) => {
    const left = subjects.filter((subject) => (lasts.get(subject)?.seq ?? 0) >= seq);
    const found = await Promise.all(
      left.map(async (subject) => {
        const message = await nextMessage(connection, stream, subject, seq);
        return message === undefined || message.seq > upTo ? [] : [{ ...message, subject }];
      }),
    );
    return found.flat();
  };
  return inOrder([...lasts.keys()], find, from, 1);
}

/** As {@link stepsForwards}, the newest entry first. Needs a server with `multiLast`. */
export function stepsBackwards(
  connection: ServerConnection,
  stream: string,
  lasts: ReadonlyMap<string, StoredMessage>,
  from: number,
): AsyncGenerator<Step> {
  const firsts = new Map<string, number>();
  const hasEarlier = async (subject: string, seq: number): Promise<boolean> => {
    let first = firsts.get(subject);
    if (first === undefined) {
      first = (await nextMessage(connection, stream, subject, 1))?.seq ?? Number.POSITIVE_INFINITY;
      firsts.set(subject, first);
    }
    return first <= seq;
  };
  const find: Find = async (subjects, seq) => {
    const steps: Step[] = [];
    const searched: string[] = [];
    await Promise.all(
      subjects.map(async (subject) => {
        const last = lasts.get(subject);
        if (last !== undefined && last.seq <= seq) steps.push({ ...last, subject });
        else if (await hasEarlier(subject, seq)) searched.push(subject);
      }),
    );
    for (const [subject, message] of await lastMessagesUpTo(connection, stream, searched, seq))
      steps.push({ ...message, subject });
    return steps;
  };
  return inOrder([...lasts.keys()], find, from, -1);
}

async function* inOrder(
  subjects: readonly string[],
  find: Find,
  from: number,
  direction: 1 | -1,
): AsyncGenerator<Step> {
  const next = new Map<string, Step>();
  const advance = async (those: readonly string[], seq: number): Promise<void> => {
    for (const step of await find(those, seq)) next.set(step.subject, step);
  };
  await advance(subjects, from);
  while (next.size > 0) {
    const step = [...next.values()].reduce((a, b) => ((b.seq - a.seq) * direction < 0 ? b : a));
    yield step;
    next.delete(step.subject);
    await advance([step.subject], step.seq + direction);
  }
}
