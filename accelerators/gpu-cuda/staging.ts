import koffi from "koffi";
import { openCopiers } from "./copiers.ts";
import type { Driver } from "./driver.ts";

/** Page-locked memory of the host, through which all copies go: the device reads it by itself, at the full rate of the bus. */
export interface Staging {
  /**
   * Copies to the device, in the order of calls, on the copy stream; the host's memory may be changed as soon as this
   * returns. `wait` waits for an event.
   */
  readonly send: (to: bigint, data: ArrayBufferView, wait: (event: bigint) => void) => void;
  /** Copies from the device on the copy stream. */
  readonly receive: (from: bigint, into: ArrayBufferView, wait: (event: bigint) => void) => void;
  /** All of the page-locked memory. */
  readonly pinned: { readonly at: bigint; readonly bytes: number };
  /** Where a view's memory is; valid while the caller holds the view. */
  readonly addressOf: (data: ArrayBufferView) => bigint;
}

interface Slot {
  readonly at: bigint;
  readonly event: bigint;
  /** How far it is filled by copies that are under way. */
  filled: number;
}

const slotBytes = 2 ** 22;
const slotCount = 4;

export function openStaging(driver: Driver, copy: bigint): Staging {
  const pointer = new BigUint64Array(1);
  driver.cuMemHostAlloc(pointer, slotBytes * slotCount, 0);
  const start = pointer[0] ?? 0n;
  const slots: Slot[] = Array.from({ length: slotCount }, (_, slot) => {
    const at = start + BigInt(slot * slotBytes);
    driver.cuEventCreate(pointer, 2); // CU_EVENT_DISABLE_TIMING
    return { at, event: pointer[0] ?? 0n, filled: 0 };
  });
  const copiers = openCopiers();
  const addressOf = (data: ArrayBufferView): bigint => koffi.address(data) as bigint;
  let current = 0;
  /** The slot with room for at least one byte. */
  const slot = (wait: (event: bigint) => void): Slot => {
    const here = slots[current] as Slot;
    if (here.filled < slotBytes) return here;
    current = (current + 1) % slotCount;
    const next = slots[current] as Slot;
    wait(next.event);
    next.filled = 0;
    return next;
  };
  return {
    pinned: { at: start, bytes: slotBytes * slotCount },
    addressOf,
    send: (to, data, wait) => {
      const start = addressOf(data);
      for (let at = 0; at < data.byteLength; ) {
        const here = slot(wait);
        const count = Math.min(data.byteLength - at, slotBytes - here.filled);
        copiers.copy(here.at + BigInt(here.filled), start + BigInt(at), count);
        driver.cuMemcpyHtoDAsync_v2(to + BigInt(at), here.at + BigInt(here.filled), count, copy);
        driver.cuEventRecord(here.event, copy);
        // pieces start at whole lines
        here.filled = Math.min(slotBytes, Math.ceil((here.filled + count) / 128) * 128);
        at += count;
      }
    },
    receive: (from, into, wait) => {
      const start = addressOf(into);
      const length = into.byteLength;
      const pieces = Math.ceil(length / slotBytes);
      const ask = (piece: number): void => {
        const here = slots[piece % slotCount] as Slot;
        const at = piece * slotBytes;
        driver.cuMemcpyDtoHAsync_v2(here.at, from + BigInt(at), Math.min(slotBytes, length - at), copy);
        driver.cuEventRecord(here.event, copy);
      };
      // what was sent through the slots is done before: one stream keeps the order
      for (let piece = 0; piece < Math.min(slotCount, pieces); piece++) ask(piece);
      for (let piece = 0; piece < pieces; piece++) {
        const here = slots[piece % slotCount] as Slot;
        wait(here.event);
        const at = piece * slotBytes;
        copiers.copy(start + BigInt(at), here.at, Math.min(slotBytes, length - at));
        if (piece + slotCount < pieces) ask(piece + slotCount);
      }
      for (const one of slots) one.filled = slotBytes;
    },
  };
}
