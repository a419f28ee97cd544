import type {
  ChannelBody,
  ChannelPage,
  ChannelResource,
  ChannelTest,
  DeliveryPage,
  DeliveryResource,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { ChannelBody, ChannelResource, ChannelTest, DeliveryResource } from "@fleetlog/protocol";

const pathOf = ({ id }: { readonly id: string }) => `/channels/${encodeURIComponent(id)}`;
/** The gateway waits 20 s for the outcome. */
const TEST_TIMEOUT_MS = 30_000;

export async function listChannels(signal?: AbortSignal): Promise<readonly ChannelResource[]> {
  return (await get<ChannelPage>("/channels", { limit: 200 }, signal)).items;
}

/**
 * The answer has the signing secret of a new webhook. No later read returns it, only a repetition with the same
 * idempotency key.
 */
export function putChannel(
  channel: { readonly id: string; readonly account?: string },
  body: ChannelBody,
  key: string,
): Promise<ChannelResource> {
  const headers = { "idempotency-key": key };
  return call("PUT", pathOf(channel), { query: { account: channel.account }, body, headers });
}

export function deleteChannel(channel: ChannelResource): Promise<void> {
  return call("DELETE", pathOf(channel), { query: { account: channel.account } });
}

export function testChannel(channel: ChannelResource, to?: string): Promise<ChannelTest> {
  const body = to === undefined ? {} : { to };
  const query = { account: channel.account };
  return call("POST", `${pathOf(channel)}/test`, { query, body, timeoutMs: TEST_TIMEOUT_MS });
}

export async function listDeliveries(
  { id, account }: Pick<ChannelResource, "id" | "account">,
  signal?: AbortSignal,
): Promise<readonly DeliveryResource[]> {
  return (await get<DeliveryPage>(`${pathOf({ id })}/deliveries`, { account, limit: 20 }, signal)).items;
}
