export { RUN_LABEL } from "./clear-away.ts";
export { type Compose, type ComposeProject, compose, findCompose } from "./compose.ts";
export { docker } from "./docker.ts";
export { OLDER_VERSIONS } from "./nats-image.ts";
