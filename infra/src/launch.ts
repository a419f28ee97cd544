import { CONFIGURATION_EXIT_CODE, SettingsError } from "@fleetlog/protocol/settings";
import { type AppOptions, Launcher } from "./app.ts";
import { readArguments } from "./launcher/arguments.ts";
import { greeting } from "./launcher/greeting.ts";
import { sayPainted } from "./system/terminal.ts";

/** Signals that arrive together are one wish to stop: a terminal, npm and a shell may each send theirs. */
const sameWishMs = 1_000;

/** Runs the launcher as this process, until a signal ends it; sets the exit code. */
export async function launch(
  args: readonly string[],
  { parts, prepare }: Pick<AppOptions, "parts" | "prepare">,
): Promise<void> {
  const say = sayPainted;
  let launcher: Launcher | undefined;
  let stoppingSince: number | undefined;

  const stop = (why: string) => {
    if (launcher === undefined) process.exit(0);
    if (stoppingSince === undefined) {
      say(`\n${why}: stopping in order`);
      stoppingSince = performance.now();
      void launcher.stop();
    } else if (performance.now() - stoppingSince > sameWishMs) {
      say("stopping at once");
      launcher.kill();
      process.exit(130);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  // A terminal that has gone can't be written to; stopping in order matters more.
  process.stdout.on("error", () => undefined);
  // The program that started this one has gone.
  process.on("disconnect", () => stop("npm has ended"));
  process.channel?.unref();

  try {
    const { help, settings } = readArguments(args);
    if (help !== undefined) return say(help);
    launcher = new Launcher({
      env: { ...process.env, ...settings },
      parts,
      say,
      ...(prepare !== undefined && { prepare }),
    });
    say("Fleetlog");
    const { settings: settled, token } = await launcher.start();
    say(greeting(settled, token));
    const { httpPort, mqttPort } = settled;
    process.send?.({ type: "ready", httpPort, mqttPort, token: token.token });
  } catch (error) {
    if (stoppingSince === undefined) {
      process.exitCode = error instanceof SettingsError ? CONFIGURATION_EXIT_CODE : 1;
      console.error(`\n${error instanceof Error ? error.message : error}`);
      await launcher?.stop();
    }
  }
}
