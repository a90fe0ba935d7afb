/**
 * Looks at a write-ahead log before SQLite does, and says what SQLite would drop without a word.
 *
 * SQLite takes over the commits up to the first frame whose checksum is wrong. After a kill that is every commit; after
 * damage it is not, and the operator has to know. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
/** Frames read at a time. */
const FRAMES_PER_READ = 256;

export interface WalLoss {
  /** Pages of commits that cannot be taken over; undefined when the log's own header is unreadable. */
  pages: number | undefined;
}

/** What would be lost of the log beside a data file; undefined when nothing would be, as far as anybody can tell. */
export function lossIn(path: string): WalLoss | undefined {
  const wal = `${path}-wal`;
  if (!existsSync(wal)) return undefined;
  const file = openSync(wal, "r");
  try {
    const { size } = fstatSync(file);
    if (size <= HEADER_BYTES) return undefined;
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, HEADER_BYTES, 0);
    const magic = header.readUInt32BE(0);
    const sum: Sum = { a: 0, b: 0 };
    if ((magic & ~1) === MAGIC) addTo(sum, header, 0, 24, (magic & 1) === 1);
    if (sum.a !== header.readUInt32BE(24) || sum.b !== header.readUInt32BE(28) || sum.a === 0) {
      return { pages: undefined };
    }
    const frames = readFrames(file, size, header, sum, (magic & 1) === 1);
    const expected = Math.max(frames.lastCommitSeen, committedBySharedMemory(`${path}-shm`, header));
    return expected > frames.lastCommit ? { pages: expected - frames.lastCommit } : undefined;
  } finally {
    closeSync(file);
  }
}

interface Sum {
  a: number;
  b: number;
}

/** Numbers of the last commit that can be taken over, and of the last one that is there at all. */
function readFrames(
  file: number,
  size: number,
  header: Buffer,
  sum: Sum,
  isBig: boolean,
): { lastCommit: number; lastCommitSeen: number } {
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const salts = header.subarray(16, 24);
  const buffer = Buffer.alloc(frameBytes * FRAMES_PER_READ);
  let number = 0;
  let lastCommit = 0;
  let lastCommitSeen = 0;
  let isWhole = true;
  for (let at = HEADER_BYTES; at + frameBytes <= size; at += buffer.length) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, size - at), at);
    for (let start = 0; start + frameBytes <= read; start += frameBytes) {
      number += 1;
      // Frames with other salts are left over from an earlier round of the log.
      if (salts.compare(buffer, start + 8, start + 16) !== 0) {
        isWhole = false;
        continue;
      }
      const isCommit = buffer.readUInt32BE(start + 4) !== 0;
      if (isCommit) lastCommitSeen = number;
      if (!isWhole) continue;
      addTo(sum, buffer, start, 8, isBig);
      addTo(sum, buffer, start + FRAME_HEADER_BYTES, frameBytes - FRAME_HEADER_BYTES, isBig);
      isWhole = sum.a === buffer.readUInt32BE(start + 16) && sum.b === buffer.readUInt32BE(start + 20);
      if (isWhole && isCommit) lastCommit = number;
    }
  }
  return { lastCommit, lastCommitSeen };
}

/** SQLite's checksum of a piece whose length is a multiple of eight. */
function addTo(sum: Sum, bytes: Buffer, from: number, length: number, isBig: boolean): void {
  let { a, b } = sum;
  for (let at = from; at < from + length; at += 8) {
    a = (a + (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  sum.a = a;
  sum.b = b;
}

/** How many frames of this round of the log were committed, by the shared memory of the processes that used it; 0: unknown. */
function committedBySharedMemory(path: string, header: Buffer): number {
  if (!existsSync(path)) return 0;
  const index = readFileSync(path).subarray(0, 48);
  if (index.length < 48 || header.compare(index, 32, 40, 16, 24) !== 0) return 0;
  // The file is shared memory: its numbers are in the machine's own order, its salts as they are in the log.
  return new Uint32Array(index.buffer.slice(index.byteOffset, index.byteOffset + 48))[4] ?? 0;
}
