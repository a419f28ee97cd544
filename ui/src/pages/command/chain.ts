import type { Tone } from "../../components/badge.ts";
import type { IconName } from "../../components/icons.ts";
import { commandLooks } from "../../components/looks.ts";
import { type CommandDetail, isOpen } from "../../data/commands.ts";
import type { EventResource } from "../../data/events.ts";

/** One step of a command's way; `waiting` is the one that has not happened yet. */
export type Step =
  | {
      readonly kind: "event";
      readonly event: EventResource;
      readonly icon: IconName;
      readonly tone: Tone;
      readonly title: string;
      readonly detail: string;
      /** Milliseconds after the step before. */
      readonly after: number | undefined;
    }
  | { readonly kind: "waiting"; readonly title: string; readonly since: string; readonly until: string };

/** How long it took, in milliseconds; undefined for what did not happen. */
export interface Durations {
  /** From its issue to its first delivery. */
  readonly wait: number | undefined;
  /** From its last delivery to the device's answer. */
  readonly work: number | undefined;
  readonly total: number | undefined;
}

type Data = Readonly<Record<string, unknown>>;
type Teller = (data: Data, deliveries: number) => Pick<Step & { kind: "event" }, "title" | "detail">;

const TELLERS: Readonly<Record<string, Teller>> = {
  CommandIssued: ({ by, reason }) => ({ title: `Issued by ${by}`, detail: String(reason ?? "") }),
  CommandDelivered: ({ epoch }, deliveries) => ({
    title: deliveries === 1 ? "Delivered to the device" : "Delivered again",
    detail: `In session #${epoch}`,
  }),
  CommandCompleted: ({ epoch }) => ({ title: "The device has done it", detail: `Answered in session #${epoch}` }),
  CommandFailed: ({ epoch, error }) => ({
    title: `It failed: ${(error as Data | undefined)?.message ?? "no reason given"}`,
    detail: `Answered in session #${epoch}`,
  }),
  CommandExpired: () => ({ title: "Expired", detail: "The device had not answered when its deadline came." }),
  CommandCancelled: ({ by, reason }) => ({ title: `Cancelled by ${by}`, detail: String(reason ?? "") }),
};

const LOOKS: Readonly<Record<string, { readonly icon: IconName; readonly tone: Tone }>> = {
  CommandIssued: { icon: "commands", tone: "info" },
  CommandDelivered: { icon: "send", tone: "info" },
  CommandCompleted: commandLooks.completed,
  CommandFailed: commandLooks.failed,
  CommandExpired: commandLooks.expired,
  CommandCancelled: commandLooks.cancelled,
};

/** A command's way so far, in the order of the log, and what it waits for while it is open. */
export function chainOf(command: CommandDetail): readonly Step[] {
  const steps: Step[] = [];
  let deliveries = 0;
  let before: number | undefined;
  for (const event of command.events) {
    if (event.type === "CommandDelivered") deliveries++;
    const at = Date.parse(event.time);
    const told = TELLERS[event.type]?.((event.data ?? {}) as Data, deliveries);
    const { title, detail } = told ?? { title: event.type, detail: "" };
    const { icon, tone } = LOOKS[event.type] ?? { icon: "dot", tone: "neutral" };
    // Gateways have clocks of their own: a step that seems to come before the one it follows took no time.
    const after = before === undefined ? undefined : Math.max(0, at - before);
    steps.push({ kind: "event", event, icon, tone, title, detail, after });
    before = at;
  }
  if (isOpen(command)) {
    const title = command.state === "issued" ? "Waits for the device to connect" : "Waits for the device's answer";
    steps.push({
      kind: "waiting",
      title,
      since: command.events.at(-1)?.time ?? command.issuedAt,
      until: command.deadline,
    });
  }
  return steps;
}

export function durationsOf({ events, state, issuedAt, endedAt }: CommandDetail): Durations {
  const delivered = events.filter(({ type }) => type === "CommandDelivered");
  const answered = endedAt !== undefined && (state === "completed" || state === "failed");
  return {
    wait: between(issuedAt, delivered[0]?.time),
    work: answered ? between(delivered.at(-1)?.time, endedAt) : undefined,
    total: between(issuedAt, endedAt),
  };
}

/** How many deliveries are shown of a command that was delivered over and over. */
const SHOWN = 3;

/** Leaves out the deliveries in the middle when there are many. @returns the steps around the gap, and how many are in it */
export function folded(steps: readonly Step[]): { head: readonly Step[]; hidden: number; tail: readonly Step[] } {
  // Its issue and the first few; the last few with what came after.
  const [head, tail] = [SHOWN + 1, SHOWN + 1];
  const hidden = steps.length - head - tail;
  if (hidden < SHOWN) return { head: steps, hidden: 0, tail: [] };
  return { head: steps.slice(0, head), hidden, tail: steps.slice(-tail) };
}

function between(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));
}
