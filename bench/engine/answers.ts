/** Run in a process of its own: what one answer costs an engine without sockets, by kind of question and by policy. */
import { PacketCache } from '../../src/engine/cache.ts';
import { Counters } from '../../src/engine/counters.ts';
import { answer, given } from '../apart.ts';
import { octetsLeft, octetsOfOneObject } from '../heap.ts';
import { Asker, BATCH } from './asker.ts';
import type { Answers, AnswersInput, AnswersResult } from './result.ts';
import { type Kind, manyPrefixes, manyRules, sixRules, type Traffic, type World, worldOf } from './traffic.ts';

const CACHE_OCTETS = 64 * 2 ** 20;
/** Questions of one round, a whole number of batches. */
const QUESTIONS = BATCH * 2000;
const BATCHES = QUESTIONS / BATCH;
/** Batches whose heap is looked at together. */
const HEAP_BATCHES = 300;
const KINDS: readonly Kind[] = ['blocked', 'cached', 'mixed', 'forwarded'];

interface Contest {
  readonly world: string;
  readonly kind: Kind;
  readonly traffic: Traffic;
  readonly asker: Asker;
  readonly nanoseconds: number[];
}

const isNew = (kind: Kind) => kind === 'forwarded';

function contestOf(world: World, kind: Kind): Contest {
  const cache = PacketCache.allocate(CACHE_OCTETS);
  const asker = new Asker({ image: world.image, cache, counters: Counters.allocate(1) }, 0);
  return { world: world.title, kind, traffic: world.traffic[kind], asker, nanoseconds: [] };
}

/** Nanoseconds a question over one round. */
function passOf({ traffic, asker, kind }: Contest): number {
  let answered = 0;
  const began = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) {
    asker.lay(traffic, isNew(kind));
    answered += asker.ask();
  }
  const took = performance.now() - began;
  if (answered !== QUESTIONS) throw new Error(`${kind}: ${answered} of ${QUESTIONS} answered`);
  return (took * 1e6) / QUESTIONS;
}

function layingOf({ traffic, asker, kind }: Contest): number {
  const began = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) asker.lay(traffic, isNew(kind));
  return ((performance.now() - began) * 1e6) / QUESTIONS;
}

/** After the rounds, when all is warm. */
function finished({ world, kind, traffic, asker, nanoseconds }: Contest): Answers {
  asker.answered.here = 0;
  asker.answered.upstream = 0;
  const octets = octetsLeft(HEAP_BATCHES, () => {
    asker.lay(traffic, isNew(kind));
    asker.ask();
  });
  const { here, upstream } = asker.answered;
  return { world, kind, nanoseconds, octets: octets / BATCH, upstream: upstream / (here + upstream) };
}

function measure({ names, rounds, seed }: AnswersInput): AnswersResult {
  const worlds = [sixRules, manyRules(names, seed), manyPrefixes(seed)].map((plan) => worldOf(plan, seed));
  const contests = worlds.flatMap((world) => KINDS.map((kind) => contestOf(world, kind)));
  const laying: number[] = [];
  // The first two rounds compile the code and fill the caches; what is new fills its cache in the rounds, as it should.
  for (let round = -2; round < rounds; round++) {
    for (const contest of contests) {
      const laid = layingOf(contest);
      const took = passOf(contest) - laid;
      if (round >= 0) contest.nanoseconds.push(took);
      if (round >= 0) laying.push(laid);
    }
  }
  return { answers: contests.map(finished), laying, control: octetsOfOneObject() };
}

answer(measure(given<AnswersInput>()));
