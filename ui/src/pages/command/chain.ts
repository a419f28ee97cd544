import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import { progressText } from "../../components/commands/progress-text.ts";
import { commandLooks } from "../../components/devices/looks.ts";
import { type CommandDetail, isOpen } from "../../data/commands.ts";
import type { EventResource } from "../../data/events.ts";
import { callerName } from "../../state/person-names.ts";

/** A step of a command: an event, or what an open command waits for, which is the last step. */
export type Step =
  | {
      readonly kind: "event";
      readonly event: EventResource;
      readonly icon: IconName;
      readonly tone: Tone;
      readonly title: string;
      readonly detail: string;
      /** Milliseconds after the previous step. */
      readonly after: number | undefined;
    }
  | { readonly kind: "waiting"; readonly title: string; readonly since: string; readonly until: string };

/** Durations in milliseconds; undefined without a beginning or an end. */
export interface Durations {
  readonly wait: number | undefined;
  readonly work: number | undefined;
  readonly total: number | undefined;
}

type Data = Readonly<Record<string, unknown>>;
type Describe = (data: Data, deliveries: number) => Pick<Step & { kind: "event" }, "title" | "detail">;

const DESCRIPTIONS: Readonly<Record<string, Describe>> = {
  CommandIssued: ({ by, reason }) => ({ title: `Issued by ${callerName(String(by))}`, detail: String(reason ?? "") }),
  CommandDelivered: ({ epoch }, deliveries) => ({
    title: deliveries === 1 ? "Delivered to the device" : "Delivered again",
    detail: `In session #${epoch}`,
  }),
  CommandProgressed: (data) => ({ title: "Progress", detail: progressText(data) }),
  CommandCompleted: ({ epoch }) => ({ title: "Completed by the device", detail: `Answered in session #${epoch}` }),
  CommandFailed: ({ epoch, error }) => ({
    title: `Failed: ${(error as Data | undefined)?.message ?? "no reason given"}`,
    detail: `Answered in session #${epoch}`,
  }),
  CommandExpired: () => ({ title: "Expired", detail: "The device had not answered by the deadline." }),
  CommandCancelled: ({ by, reason }) => ({
    title: `Cancelled by ${callerName(String(by))}`,
    detail: String(reason ?? ""),
  }),
  CommandGivenUp: ({ sessions, reason }) => ({
    title: "Given up",
    detail: `${sessions} sessions in a row ended soon after its delivery, the last one: ${reason}`,
  }),
};

const LOOKS: Readonly<Record<string, { readonly icon: IconName; readonly tone: Tone }>> = {
  CommandIssued: { icon: "commands", tone: "info" },
  CommandDelivered: { icon: "send", tone: "info" },
  CommandProgressed: { icon: "activity", tone: "info" },
  CommandCompleted: commandLooks.completed,
  CommandFailed: commandLooks.failed,
  CommandExpired: commandLooks.expired,
  CommandCancelled: commandLooks.cancelled,
  CommandGivenUp: commandLooks.failed,
};

/** The steps in the order of the log. The last step of an open command is what the command waits for. */
export function chainOf(command: CommandDetail): readonly Step[] {
  const steps: Step[] = [];
  let deliveries = 0;
  let before: number | undefined;
  for (const event of command.events) {
    if (event.type === "CommandDelivered") deliveries++;
    const at = Date.parse(event.time);
    const description = DESCRIPTIONS[event.type]?.((event.data ?? {}) as Data, deliveries);
    const { title, detail } = description ?? { title: event.type, detail: "" };
    const { icon, tone } = LOOKS[event.type] ?? { icon: "dot", tone: "neutral" };
    // Clocks of gateways differ, so a difference may be negative.
    const after = before === undefined ? undefined : Math.max(0, at - before);
    steps.push({ kind: "event", event, icon, tone, title, detail, after });
    before = at;
  }
  if (isOpen(command)) {
    const title = command.state === "issued" ? "Waiting for the device to connect" : "Waiting for the device's answer";
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

/** Deliveries and reports of progress shown at each end of a long list. */
const SHOWN = 3;

export function folded(steps: readonly Step[]): { head: readonly Step[]; hidden: number; tail: readonly Step[] } {
  // Head: the issue and `SHOWN` steps; tail: `SHOWN` steps and the end.
  const [head, tail] = [SHOWN + 1, SHOWN + 1];
  const hidden = steps.length - head - tail;
  if (hidden < SHOWN) return { head: steps, hidden: 0, tail: [] };
  return { head: steps.slice(0, head), hidden, tail: steps.slice(-tail) };
}

function between(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));
}
