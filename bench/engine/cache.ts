/** Run in a process of its own: the packet cache alone: time of a hit, a miss and a store, octets an entry, heap left. */
import { CACHE, type Marks, PacketCache, STORE } from '../../src/engine/cache.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { answer, given } from '../apart.ts';
import { octetsLeft } from '../heap.ts';
import type { CacheInput, CacheScene } from './result.ts';

const SEED = 0x5eed;
const CALLS = 300_000;
const SECONDS = 1_000_000;
const MIB = 2 ** 20;
const { rounds } = given<CacheInput>();

/** `count` replies of `size` octets, one after the other in `messages`, each asking for a name of its own. */
interface Replies {
  readonly size: number;
  readonly messages: Uint8Array;
  readonly hashes: Int32Array;
  readonly nameLength: number;
  readonly marks: Marks;
}

/** Replies for www.cNNNNNNN.example.com, padded with records to `size` octets; one TTL field each. */
function makeReplies(count: number, size: number): Replies {
  const messages = new Uint8Array(count * size);
  const hashes = new Int32Array(count);
  const name = new Name(SEED);
  for (let index = 0; index < count; index++) {
    const label = `c${String(index).padStart(7, '0')}`;
    const question = Buffer.from(`\x03www\x08${label}\x07example\x03com\x00\x00\x01\x00\x01`, 'latin1');
    messages.set(question, index * size + 12);
    readName(messages, index * size + 12, (index + 1) * size, name);
    hashes[index] = name.hash;
  }
  const ttlOffset = Uint16Array.of(12 + name.length + 4 + 6);
  const marks = { ttlOffset, ttlCount: 1, targetOffset: new Uint16Array(0), targetCount: 0 };
  return { size, messages, hashes, nameLength: name.length, marks };
}

/** Makes `name` the one reply `index` asks for: what a parsed query would bring, without the parsing. */
function select(replies: Replies, index: number, name: Name): void {
  const from = index * replies.size + 12;
  const { bytes } = name;
  for (let at = 0; at < replies.nameLength; at++) bytes[at] = replies.messages[from + at]!;
  name.length = replies.nameLength;
  name.hash = replies.hashes[index]!;
}

/** Nanoseconds of this thread's CPU for one call of `step`: what others take from it meanwhile does not count. */
function nanoseconds(step: (turn: number) => void): number {
  const before = process.threadCpuUsage();
  for (let turn = 0; turn < CALLS; turn++) step(turn);
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1000) / CALLS;
}

/** A number under `count` that looks random and is the same in every run. */
function pick(turn: number, count: number): number {
  return (Math.imul(turn + 1, 0x9e3779b1) >>> 0) % count;
}

function measure(title: string, megabytes: number, count: number, size: number): CacheScene {
  const replies = makeReplies(count, size);
  const cache = new PacketCache(PacketCache.allocate(megabytes * MIB), 0);
  const name = new Name(SEED);
  const out = new Uint8Array(65536);
  const messages = Array.from({ length: count }, (_, index) =>
    replies.messages.subarray(index * size, (index + 1) * size),
  );
  const put = (index: number) => {
    select(replies, index, name);
    return cache.store(name, 1, 0, messages[index]!, size, replies.marks, 3600, 1, SECONDS);
  };
  for (let index = 0; index < count; index++) if (put(index) !== STORE.OK) throw new Error('not stored');
  const { entries, bytes } = cache.usage();
  let [found, asked] = [0, 0];
  const steps = {
    idle: (turn: number) => select(replies, pick(turn, count), name),
    hit: (turn: number) => {
      select(replies, pick(turn, count), name);
      asked++;
      if (cache.find(name, 1, 0, SECONDS + 5, out) === CACHE.FRESH) found++;
    },
    miss: (turn: number) => {
      select(replies, pick(turn, count), name);
      cache.find(name, 28, 0, SECONDS, out);
    },
    store: (turn: number) => void put(pick(turn, count)),
  };
  const times = { hit: [] as number[], miss: [] as number[], store: [] as number[] };
  // The first round is there to be compiled.
  for (let round = 0; round <= rounds; round++) {
    const idle = nanoseconds(steps.idle);
    for (const step of ['hit', 'miss', 'store'] as const) {
      const took = nanoseconds(steps[step]) - idle;
      if (round > 0) times[step].push(took);
    }
  }
  const share = found / asked;
  const left = Math.max(octetsLeft(50_000, steps.hit), octetsLeft(50_000, steps.store));
  return { title, ...times, octetsAnEntry: bytes / entries, found: share, octetsLeft: left };
}

// The first scene warms the code up.
measure('', 16, 1000, 100);
answer([
  measure('1,000 names, 52 octets', 16, 1000, 52),
  measure('1,000 names, 100 octets', 16, 1000, 100),
  measure('1,000 names, 512 octets', 16, 1000, 512),
  measure('1,000 names, 1,232 octets', 16, 1000, 1232),
  measure('300,000 names, 100 octets, 64 MiB', 64, 300_000, 100),
  measure('300,000 names, 100 octets, 32 MiB', 32, 300_000, 100),
]);
