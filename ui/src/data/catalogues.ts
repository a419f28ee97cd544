import type { CatalogueBody, CataloguePage, CatalogueResource } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { CatalogueBody, CataloguePage, CatalogueResource } from "@fleetlog/protocol";

/** The id of a catalogue. Without an account, the catalogue is in the caller's own account. */
export interface CatalogueId {
  readonly name: string;
  readonly account?: string | undefined;
}

const pathOf = ({ name }: CatalogueId) => `/catalogues/${encodeURIComponent(name)}`;

export function listCatalogues(signal?: AbortSignal): Promise<CataloguePage> {
  return get("/catalogues", { limit: 200 }, signal);
}

/** @param seq of the catalogue that is replaced; undefined for a new catalogue */
export function putCatalogue(id: CatalogueId, body: CatalogueBody, seq?: number): Promise<CatalogueResource> {
  return call("PUT", pathOf(id), {
    query: { account: id.account },
    body,
    ...(seq !== undefined && { headers: { "if-match": `"${seq}"` } }),
  });
}

export function deleteCatalogue(id: CatalogueId): Promise<void> {
  return call("DELETE", pathOf(id), { query: { account: id.account } });
}
