import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { root } from "../system/root.ts";
import { PROGRESS, writeProgress } from "./progress.ts";

/** Vitest's reporter of the running files and tests. It writes them to the file that the variable `PROGRESS` names. */
export default class ProgressReporter implements Reporter {
  readonly #file = process.env[PROGRESS];
  readonly #running = new Map<string, string>();

  onTestModuleStart(module: TestModule): void {
    this.#began(module.id, pathOf(module));
  }

  onTestModuleEnd({ id }: TestModule): void {
    this.#ended(id);
  }

  onTestCaseReady(test: TestCase): void {
    this.#began(test.id, `${pathOf(test.module)} > ${test.fullName}`);
  }

  onTestCaseResult({ id }: TestCase): void {
    this.#ended(id);
  }

  #began(id: string, name: string): void {
    this.#running.set(id, name);
    this.#write();
  }

  #ended(id: string): void {
    this.#running.delete(id);
    this.#write();
  }

  #write(): void {
    if (this.#file !== undefined) writeProgress(this.#file, [...this.#running.values()]);
  }
}

function pathOf({ moduleId }: TestModule): string {
  return relative(root, moduleId);
}
