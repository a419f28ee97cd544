import { Agent } from "./agent.ts";
import type { AgentOptions } from "./options.ts";
import { transportTo } from "./transport/select.ts";

/** @throws TypeError for a URL that can't be used */
export function createAgent(options: AgentOptions): Agent {
  return new Agent(options, transportTo);
}
