export * from "./software-authenticator.ts";
