// Puts one checkpoint after the other into a store, of payloads that their number gives, and says each that was
// acknowledged. It is killed at some moment.
import { CheckpointStore } from "../../dist/src/store/index.js";

/** Bytes that only this number gives, so that parts of two are told apart. */
export function payloadOf(number) {
  const payload = Buffer.alloc(4 * (5_000 + ((number * 7919) % 50_000)));
  for (let at = 0; at < payload.length; at += 4) payload.writeUInt32LE((number * 2654435761 + at) >>> 0, at);
  payload.writeUInt32LE(number, 0);
  return payload;
}

const [, script, file, vm, from] = process.argv;
if (script === import.meta.filename && file !== undefined) {
  const store = await CheckpointStore.open(file, { patience: 60 });
  for (let number = Number(from); ; number++) {
    await store.put(vm, payloadOf(number));
    process.stdout.write(`${number}\n`);
  }
}
