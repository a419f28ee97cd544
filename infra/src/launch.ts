import { atParentsEnd, CONFIGURATION_EXIT_CODE, SettingsError } from "@fleetlog/runtime/node";
import { type AppOptions, Launcher } from "./app.ts";
import { readArguments } from "./launcher/arguments.ts";
import { greeting } from "./launcher/greeting.ts";
import { sayColoured } from "./system/terminal.ts";

/** Signals within this time are one: a terminal, npm and a shell may each send a signal for the same Ctrl-C. */
const sameSignalMs = 1_000;

export async function launch(
  args: readonly string[],
  { processes, prepare }: Pick<AppOptions, "processes" | "prepare">,
): Promise<void> {
  const say = sayColoured;
  let launcher: Launcher | undefined;
  let stoppingSince: number | undefined;

  const stop = (reason: string) => {
    if (launcher === undefined) process.exit(0);
    if (stoppingSince === undefined) {
      say(`\n${reason}: stopping in order`);
      stoppingSince = performance.now();
      void launcher.stop();
    } else if (performance.now() - stoppingSince > sameSignalMs) {
      say("stopping at once");
      launcher.kill();
      process.exit(130);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  // Writes to a closed terminal fail. Without a listener the error would end the launcher before its processes.
  process.stdout.on("error", () => undefined);
  atParentsEnd(() => stop("npm has ended"));
  process.channel?.unref();

  try {
    const { help, settings } = readArguments(args);
    if (help !== undefined) return say(help);
    launcher = new Launcher({
      env: { ...process.env, ...settings },
      processes,
      say,
      ...(prepare !== undefined && { prepare }),
    });
    say("Fleetlog");
    const { settings: resolved, token } = await launcher.start();
    say(greeting(resolved, token));
    const { httpPort, mqttPort } = resolved;
    process.send?.({ type: "ready", httpPort, mqttPort, token: token.token });
  } catch (error) {
    if (stoppingSince === undefined) {
      process.exitCode = error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1;
      console.error(`\n${error instanceof Error ? error.message : error}`);
      await launcher?.stop();
    }
  }
}
