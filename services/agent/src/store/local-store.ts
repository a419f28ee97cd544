import type { CommandResult } from "@fleetlog/protocol";
import type { Journal, Operation } from "./operation.ts";
import { ReportQueue } from "./report-queue.ts";
import type { NewReport, Store, StoredCommand, StoredReport, StoreLimits } from "./store.ts";

export class LocalStore implements Store {
  readonly #limits: StoreLimits;
  readonly #journal: Journal;
  readonly #queue = new ReportQueue();
  readonly #commands = new Map<string, StoredCommand>();
  readonly #dropped = { telemetry: 0, event: 0 };
  #boot = 0;

  constructor(limits: StoreLimits, journal: Journal, history: Iterable<Operation> = []) {
    this.#limits = limits;
    this.#journal = journal;
    for (const operation of history) this.#apply(operation);
  }

  get lastKey(): number {
    return this.#queue.lastKey;
  }
  get reports(): number {
    return this.#queue.size;
  }
  get bytes(): number {
    return this.#queue.bytes;
  }
  get dropped(): { readonly telemetry: number; readonly event: number } {
    return { ...this.#dropped };
  }

  nextBoot(atLeast: number): number {
    this.#change({ op: "boot", boot: Math.max(this.#boot + 1, atLeast) });
    return this.#boot;
  }

  append(report: NewReport): StoredReport {
    const key = this.lastKey + 1;
    this.#write({ op: "put", key, report });
    const stored = this.#queue.put(key, report);
    while (this.reports > this.#limits.maxReports || this.bytes > this.#limits.maxBytes) {
      const oldest = this.#queue.firstToDrop;
      if (oldest === undefined) break;
      this.#change({ op: "drop", key: oldest.key });
    }
    return stored;
  }

  remove(keys: readonly number[]): void {
    if (keys.length > 0) this.#change({ op: "remove", keys });
  }

  next(after: number): StoredReport | undefined {
    return this.#queue.next(after);
  }

  beginCommand(id: string, name: string): void {
    this.#change({ op: "begin", id, name });
  }

  finishCommand(result: CommandResult, name: string): void {
    this.#change({ op: "finish", result, name });
  }

  acknowledgeCommand(id: string): void {
    const command = this.#commands.get(id);
    if (command?.state !== "finished" || command.acknowledged) return;
    this.#change({ op: "acknowledge", id });
    for (const old of this.#commands.values()) {
      if (this.#commands.size <= this.#limits.maxCommands) break;
      if (old.state === "finished" && old.acknowledged) this.forgetCommand(old.id);
    }
  }

  forgetCommand(id: string): void {
    this.#change({ op: "forget", id });
  }

  command(id: string): StoredCommand | undefined {
    return this.#commands.get(id);
  }

  commands(): Iterable<StoredCommand> {
    return [...this.#commands.values()];
  }

  close(): void {
    this.#journal.close(() => this.#snapshot());
  }

  #change(operation: Operation): void {
    this.#write(operation);
    this.#apply(operation);
  }

  #write(operation: Operation): void {
    this.#journal.write(operation, () => this.#snapshot());
  }

  #apply(operation: Operation): void {
    switch (operation.op) {
      case "boot":
        this.#boot = operation.boot;
        return;
      case "put":
        this.#queue.put(operation.key, operation.report);
        return;
      case "remove":
        for (const key of operation.keys) this.#queue.delete(key);
        return;
      case "drop": {
        const report = this.#queue.delete(operation.key);
        if (report !== undefined) this.#dropped[report.kind] += 1;
        return;
      }
      case "counters":
        this.#queue.lastKey = operation.lastKey;
        this.#dropped.telemetry = operation.telemetry;
        this.#dropped.event = operation.event;
        return;
      case "begin":
        this.#commands.set(operation.id, { id: operation.id, name: operation.name, state: "running" });
        return;
      case "finish":
        this.#finish(operation.result, operation.name);
        return;
      case "acknowledge": {
        const command = this.#commands.get(operation.id);
        if (command?.state === "finished") this.#commands.set(operation.id, { ...command, acknowledged: true });
        return;
      }
      case "forget":
        this.#commands.delete(operation.id);
        return;
    }
  }

  #finish(result: CommandResult, name: string): void {
    this.#commands.set(result.id, { id: result.id, name, state: "finished", result, acknowledged: false });
  }

  *#snapshot(): Iterable<Operation> {
    yield { op: "counters", lastKey: this.lastKey, ...this.#dropped };
    yield { op: "boot", boot: this.#boot };
    for (const { id, name, ...command } of this.#commands.values()) {
      if (command.state === "running") yield { op: "begin", id, name };
      else yield { op: "finish", result: command.result, name };
      if (command.state === "finished" && command.acknowledged) yield { op: "acknowledge", id };
    }
    for (const { key, bytes: _, ...report } of this.#queue) yield { op: "put", key, report };
  }
}
