import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from "quickjs-emscripten-core";
import { HARNESS } from "./harness.ts";
import type { Answer, Task } from "./messages.ts";

/**
 * Pages of 64 KiB. QuickJS' own limit of memory does not count what its allocator takes: a loop of long texts took 2 GB under a
 * limit of 64 MiB. WebAssembly never gives more pages than the maximum.
 */
const PAGES = { initial: 256, maximum: 1_024 };
/** Bytes; deeper recursion is an error in the code. */
const STACK = 192 * 1_024;

type Memory = NonNullable<Parameters<typeof newVariant>[1]["wasmMemory"]>;
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (pages: typeof PAGES) => Memory };
};

/** Runs a projection's code in QuickJS, without anything of this process. Use it for one projection, and end the process. */
export class Vm {
  readonly #context: QuickJSContext;
  readonly #tasks: QuickJSHandle;
  #taskMs = 0;
  #until = 0;

  private constructor(context: QuickJSContext, tasks: QuickJSHandle) {
    this.#context = context;
    this.#tasks = tasks;
  }

  static async open(): Promise<Vm> {
    const own = newVariant(variant as unknown as QuickJSSyncVariant, { wasmMemory: new WebAssembly.Memory(PAGES) });
    const runtime = (await newQuickJSWASMModuleFromVariant(own)).newRuntime();
    runtime.setMaxStackSize(STACK);
    const context = runtime.newContext();
    const vm = new Vm(context, context.unwrapResult(context.evalCode(HARNESS, "harness.js")));
    runtime.setInterruptHandler(() => usedMs() > vm.#until);
    return vm;
  }

  run(task: Task): Answer {
    const context = this.#context;
    const text = task.type === "load" ? task.code : task.type === "fold" ? task.events : "";
    if (task.type === "load") this.#taskMs = task.taskMs;
    this.#until = usedMs() + this.#taskMs;
    const result = context.callFunction(
      context.getProp(this.#tasks, task.type),
      context.undefined,
      context.newString(text),
    );
    if (usedMs() > this.#until) return { fault: `it ran longer than ${this.#taskMs / 1_000} s${this.#place()}` };
    if (result.error !== undefined) return { fault: `it needs too much memory${this.#place()}` };
    const answer = context.getString(result.value);
    result.value.dispose();
    return answer.startsWith("+") ? { ok: answer.slice(1) } : { fault: answer.slice(1) };
  }

  /** The event that the code was given last, as the end of a sentence; empty if it was given none, or no memory is left. */
  #place(): string {
    const context = this.#context;
    this.#until = usedMs() + this.#taskMs;
    const result = context.callFunction(context.getProp(this.#tasks, "place"), context.undefined);
    const text = result.error === undefined ? context.getString(result.value) : "";
    return text === "" ? "" : `, ${text}`;
  }
}

/** Processor time, so that a busy machine makes no difference. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
