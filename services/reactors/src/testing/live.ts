import { encodeToken } from "@fleetlog/domain";

export function liveOf(device: string): string {
  return `live.${encodeToken(device)}.*`;
}
