import { hex } from "./touchpoint-id.ts";
export const emailHash = async (address: string): Promise<string> =>
  hex(
    new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(address.trim().toLowerCase())),
    ),
  );
