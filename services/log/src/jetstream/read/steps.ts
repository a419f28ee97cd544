import { pauseAfter } from "@fleetlog/runtime";
import { unreachable } from "../../errors.ts";
import { RETRIES, type ServerConnection } from "../connection/server-connection.ts";
import { isLeaderBehind } from "../streams/verify.ts";
import { lastMessagesUpTo, nextMessage, type StoredMessage } from "./direct.ts";

export interface Step extends StoredMessage {
  readonly subject: string;
}

type Find = (subjects: readonly string[], seq: number) => Promise<readonly Step[]>;

/** How often a leader that is behind is asked. */
const ATTEMPTS = 6;

/**
 * Reads the entries of some subjects one by one, in the order of the stream.
 *
 * @param lasts the newest entry of each subject
 * @throws from the generator: FleetError `log-unavailable`, also if the stream's leader stays behind these entries
 */
export function stepsForwards(
  connection: ServerConnection,
  stream: string,
  lasts: ReadonlyMap<string, StoredMessage>,
  from: number,
  upTo: number,
): AsyncGenerator<Step> {
  const find: Find = async (subjects, seq) => {
    const left = [...lasts].filter(([subject, last]) => subjects.includes(subject) && last.seq >= seq);
    const found = await Promise.all(
      left.map(async ([subject, last]) => {
        const message = await nextKnown(connection, stream, subject, seq, last.seq);
        return message === undefined || message.seq > upTo ? [] : [{ ...message, subject }];
      }),
    );
    return found.flat();
  };
  return inOrder([...lasts.keys()], find, from, 1);
}

/** The leader's first message of a subject at or after a sequence; undefined if all up to the known one have expired. */
async function nextKnown(
  connection: ServerConnection,
  stream: string,
  subject: string,
  seq: number,
  known: number,
): Promise<StoredMessage | undefined> {
  for (let attempt = 1; ; attempt++) {
    const message = await nextMessage(connection, stream, subject, seq);
    if (message !== undefined) return message;
    // The leader may have applied the entry between the two answers, so it is asked again.
    if (!(await isLeaderBehind(connection, stream, known))) return nextMessage(connection, stream, subject, seq);
    if (attempt === ATTEMPTS) throw unreachable(new Error(`the leader of ${stream} does not have entry ${known} yet`));
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(attempt, RETRIES)));
  }
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
