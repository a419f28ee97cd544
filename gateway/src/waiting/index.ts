export { WaitingClients } from "./clients.ts";
