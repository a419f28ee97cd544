import type { ApiAnswer, ApiRequest } from "./tpedm-answer.ts";

type Kind = "download" | "install";
interface Task {
  readonly type: Kind;
  state: string;
  progress: number;
}
interface Job {
  readonly id: number;
  readonly url: string;
  readonly createdAt: string;
  state: string;
  readonly tasks: readonly Task[];
}

/** Update jobs of a simulated gateway. Each question about a job moves it on by one step. */
export class TpedmUpgrades {
  readonly #jobs: Job[] = [];
  readonly #installed: (url: string) => void;

  /** @param installed called with the address of each package that was installed */
  constructor(installed: (url: string) => void) {
    this.#installed = installed;
  }

  answer({ method, path, body }: ApiRequest): ApiAnswer {
    const [, , id, action] = path.split("/");
    if (id === undefined && method === "POST") return this.#create(body);
    if (id === undefined) return { state: 200, payload: { count: this.#jobs.length, data: this.#jobs.map(shown) } };
    const job = this.#jobs.find((one) => String(one.id) === id);
    if (job === undefined) return failure(404, "job not found");
    if (action === undefined && method === "GET") {
      this.#moveOn(job);
      return { state: 200, payload: { data: shown(job) } };
    }
    if (action !== "cancel" || !isOpen(job)) return failure(400, "state is not allowed to change");
    job.state = "canceled";
    return { state: 200, payload: { data: shown(job) } };
  }

  #create(body: unknown): ApiAnswer {
    const { url } = (body ?? {}) as { url?: unknown };
    if (typeof url !== "string" || !url.endsWith(".yaml")) return failure(400, "unsupported file format");
    const tasks = (["download", "install"] as const).map((type) => ({ type, state: "created", progress: 0 }));
    const job = { id: this.#jobs.length + 1, url, createdAt: new Date().toISOString(), state: "created", tasks };
    this.#jobs.push(job);
    return { state: 200, payload: { data: shown(job) } };
  }

  #moveOn(job: Job): void {
    if (!isOpen(job)) return;
    const task = job.tasks.find(({ state }) => state !== "succeed");
    if (job.url.includes("damaged") && task?.type === "install") {
      job.state = "failed";
      task.state = "failed";
    } else if (task === undefined) {
      job.state = "succeed";
      this.#installed(job.url);
    } else {
      job.state = "running";
      task.progress = Math.min(100, task.progress + 50);
      task.state = task.progress === 100 ? "succeed" : "running";
    }
  }
}

function isOpen({ state }: Job): boolean {
  return state === "created" || state === "running";
}

function shown({ id, url, createdAt, state, tasks }: Job) {
  const parameter = { url, download: true, install: true, deleteFileAfterInstallComplete: true };
  const name = url.slice(url.lastIndexOf("/") + 1);
  return {
    ...{ id, state, createdAt, parameter, totalTask: tasks.length },
    ...(state === "failed" && { errorMessage: "the package is damaged" }),
    tasks: tasks.map((task, i) => ({ id: id * 10 + i, name, ...task })),
  };
}

function failure(state: number, message: string): ApiAnswer {
  return { state, payload: { error: { code: state, message } } };
}
