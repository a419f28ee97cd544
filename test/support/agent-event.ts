import type { Agent, AgentEvents } from "@fleetlog/agent";

/** Resolves with the values of the agent's next event of that name. */
export function nextEvent<Name extends keyof AgentEvents>(agent: Agent, name: Name): Promise<AgentEvents[Name]> {
  return new Promise((resolve) => agent.once(name, (...values) => resolve(values)));
}
