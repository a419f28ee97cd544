import { ChannelVault, findInstallation } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { InstallationSettings } from "../settings.ts";

/**
 * Undefined while no gateway has started yet.
 * @throws SettingsError as `openInstallation` does; FleetError `log-unavailable`
 */
export async function openChannelVault(
  settings: InstallationSettings,
  buckets: Buckets,
): Promise<ChannelVault | undefined> {
  const sealer = await findInstallation(settings, buckets);
  return sealer === undefined ? undefined : new ChannelVault(buckets, sealer);
}
