import { ChannelSecrets, findInstallation } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { InstallationSettings } from "../settings.ts";

/**
 * Undefined while no gateway has started yet.
 * @throws SettingsError as `openInstallation` does; FleetError `log-unavailable`
 */
export async function openChannelSecrets(
  settings: InstallationSettings,
  buckets: Buckets,
): Promise<ChannelSecrets | undefined> {
  const sealer = await findInstallation(settings, buckets);
  return sealer === undefined ? undefined : new ChannelSecrets(buckets, sealer);
}
