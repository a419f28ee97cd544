import { Counts } from "./fleet/counts.ts";
import type { Action } from "./plan/actions.ts";

/** Counts what devices would do. */
export class DryFleet {
  readonly counts = new Counts();
  readonly isFull = false;
  readonly connected = 0;

  do(actions: readonly Action[]): void {
    const { counts } = this;
    for (const action of actions) {
      if (action.do === "register") counts.registered += 1;
      else if (action.do === "connect") counts.connections += 1;
      else if (action.do === "profile") counts.profiles += 1;
      else if (action.do === "report" && action.report.kind === "telemetry") counts.telemetry += 1;
      else if (action.do === "report") counts.events += 1;
    }
  }

  async settled(): Promise<void> {}

  async stop(): Promise<void> {}
}
