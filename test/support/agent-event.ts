import type { Agent, AgentEvents } from "@fleetlog/agent";

export function nextEvent<Name extends keyof AgentEvents>(agent: Agent, name: Name): Promise<AgentEvents[Name]> {
  return new Promise((resolve) => agent.once(name, (...values) => resolve(values)));
}
