// A thread that copies memory for the thread that owns a GPU: its mailbox names addresses. `workerData` = the mailbox.
import { workerData } from "node:worker_threads";
import koffi from "koffi";
import { type Mailbox, mailboxState } from "./copiers.ts";

const memcpy = koffi.load("libc.so.6").func("void *memcpy(uint64_t, uint64_t, size_t)");
const { state, order } = workerData as Mailbox;
/** How often to look before going to sleep: pieces of one large copy come within tens of microseconds. */
const looks = 20_000;

Atomics.store(state, 0, mailboxState.idle);
for (;;) {
  for (let look = 0; look < looks && Atomics.load(state, 0) === mailboxState.idle; look++);
  Atomics.wait(state, 0, mailboxState.idle);
  const [to = 0n, from = 0n, bytes = 0n] = order;
  memcpy(to, from, Number(bytes));
  Atomics.store(state, 0, mailboxState.idle);
}
