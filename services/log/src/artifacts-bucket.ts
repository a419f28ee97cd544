/** The object store with the bytes of artifacts. */
export const ARTIFACTS_BUCKET = "artifacts";
