import type { Answer, Task } from "./messages.ts";
import { Vm } from "./vm.ts";

const vm = await Vm.open();
process.on("message", (task: Task) => process.send?.(answerTo(task)));
process.on("disconnect", () => process.exit());
process.send?.({ ok: "" } satisfies Answer);

function answerTo(task: Task): Answer {
  try {
    return vm.run(task);
  } catch (error) {
    // WebAssembly itself failed, because of its stack or its memory.
    return { fault: error instanceof RangeError ? "its recursion is too deep" : "it broke its sandbox, and was ended" };
  }
}
