let sequence = 0;
export const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const touchpointId = (at: number): string =>
  (
    at.toString(16).padStart(12, "0") +
    (0x7000 + (sequence++ & 0xfff)).toString(16) +
    8 +
    hex(crypto.getRandomValues(new Uint8Array(8))).slice(1)
  ).replace(/(.{8})(....)(....)(....)/, "$1-$2-$3-$4-");
