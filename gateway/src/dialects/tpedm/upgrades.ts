import { shortened } from "@fleetlog/domain";

/** An update job of the device, as `GET /upgrades` has it. */
export interface UpgradeJob {
  readonly id: number;
  readonly state: string;
  readonly url: string | undefined;
  /** Milliseconds since 1970; NaN: not given. */
  readonly createdAt: number;
  readonly errorMessage: string | undefined;
  readonly tasks: readonly Task[];
}

interface Task {
  readonly name: string | undefined;
  readonly type: string;
  readonly state: string;
  readonly progress: number;
}

const MOST_TASKS = 256;
const LONGEST = 256;
type Fields = Readonly<Record<string, unknown>>;

/** The job in the payload of an answer. */
export function jobIn(payload: unknown): UpgradeJob | undefined {
  return jobFrom(fieldsOf(payload).data);
}

/** The jobs in the payload of an answer, the newest first. */
export function jobsIn(payload: unknown): UpgradeJob[] {
  const { data } = fieldsOf(payload);
  const jobs = Array.isArray(data) ? data.flatMap((one) => jobFrom(one) ?? []) : [];
  return jobs.sort((a, b) => b.id - a.id);
}

/** The job's progress. Its percentage is the mean of its tasks' percentages. */
export function progressOf({ id, state, tasks }: UpgradeJob) {
  const task = tasks.find((one) => one.state === "running") ?? tasks.find((one) => one.state !== "succeed");
  const percent = Math.round(tasks.reduce((sum, { progress }) => sum + progress, 0) / Math.max(1, tasks.length));
  return {
    ...(tasks.length > 0 && { percent }),
    step: task === undefined || task.type === "" ? state : task.type,
    message: shortened(`job ${id} is ${state}${task?.name === undefined ? "" : `: ${task.name}`}`, LONGEST),
  };
}

function jobFrom(value: unknown): UpgradeJob | undefined {
  const { id, state, parameter, createdAt, errorMessage, tasks } = fieldsOf(value);
  if (!Number.isSafeInteger(id) || typeof state !== "string" || state === "") return undefined;
  const list = Array.isArray(tasks) ? tasks.slice(0, MOST_TASKS) : [];
  return {
    id: id as number,
    state: shortened(state, LONGEST),
    url: textOf(fieldsOf(parameter).url),
    createdAt: typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN,
    errorMessage: textOf(errorMessage),
    tasks: list.map(taskFrom),
  };
}

function taskFrom(value: unknown): Task {
  const { name, type, state, progress } = fieldsOf(value);
  const percent = typeof progress === "number" && progress >= 0 && progress <= 100 ? progress : 0;
  return {
    name: textOf(name),
    type: shortened(textOf(type) ?? "", 64),
    state: textOf(state) ?? "",
    progress: state === "succeed" ? 100 : percent,
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
