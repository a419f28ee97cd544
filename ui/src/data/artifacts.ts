import type { ArtifactPage, ArtifactResource, Problem } from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import { basePath } from "./base.ts";
import { ApiError, asApiError } from "./problem.ts";

export type { ArtifactPage, ArtifactResource } from "@fleetlog/protocol";

export function listArtifacts(
  query: { readonly search?: string; readonly cursor?: string; readonly limit?: number },
  signal?: AbortSignal,
): Promise<ArtifactPage> {
  return get("/artifacts", query, signal);
}

type Name = Pick<ArtifactResource, "name" | "version" | "account">;

export function deleteArtifact(artifact: Name): Promise<void> {
  return call("DELETE", pathOf(artifact), { query: { account: artifact.account } });
}

export function downloadUrl(artifact: Name): string {
  return `${basePath}api${pathOf(artifact)}?account=${encodeURIComponent(artifact.account)}`;
}

export interface UploadOptions {
  readonly progress: (sent: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Uploads a file by XMLHttpRequest, because `fetch` reports no upload progress.
 * @throws ApiError, and a DOMException `AbortError` when `signal` was aborted
 */
export function uploadArtifact(
  name: string,
  version: string,
  file: Blob,
  options: UploadOptions,
): Promise<ArtifactResource> {
  const { progress, signal } = options;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${basePath}api${pathOf({ name, version })}`);
    request.responseType = "json";
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded }) => progress(loaded));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response as ArtifactResource);
      else reject(errorFrom(request));
    });
    request.addEventListener("error", () => reject(asApiError(new TypeError("network"))));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function errorFrom({ response, status, statusText }: XMLHttpRequest): ApiError {
  const problem = (response ?? {}) as Partial<Problem>;
  const { title = statusText || "Error", detail = title, code = "unreadable" } = problem;
  return new ApiError({ ...problem, title, detail, code, status });
}

function pathOf({ name, version }: Pick<Name, "name" | "version">): string {
  return `/artifacts/${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
}
