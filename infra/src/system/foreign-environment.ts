/** The environment for programs that are not of Fleetlog: without its settings, some of which are secrets. */
export function foreignEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("FLEETLOG_")));
}
