export { WaitingClients, type WaitingConnection } from "./clients.ts";
