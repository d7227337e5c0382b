/** Run in a process of its own: compiles a list, asks the matcher and a set of strings for names, counts heap and time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image } from '../../src/policy/image.ts';
import { match, Path } from '../../src/policy/match.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { answer, given } from '../apart.ts';
import { listNames } from '../blocklist.ts';
import { octetsLeft, octetsOfOneObject } from '../heap.ts';
import { type Compiled, compilePolicy, HASH_SEED, type Packed, packed } from '../policy.ts';
import { disagreement, isListed, type ProbeKind, probesOf } from './probes.ts';
import type { Compilation, MatcherInput, MatcherResult, Walked } from './result.ts';

const NOW_SECONDS = 1_800_000_000;
const COMPILATIONS = 3;
/** Calls whose heap is looked at together. */
const BLOCK = 100_000;

/** The most memory the process has held, in octets, since `forgetPeak`. */
function peak(): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}

function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function compileTimes(wires: Packed): { compiled: Compiled; compilations: Compilation[] } {
  const compilations: Compilation[] = [];
  let compiled: Compiled | undefined;
  for (let run = 0; run < COMPILATIONS; run++) {
    compiled = undefined;
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    forgetPeak();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    compiled = compilePolicy(wires);
    const { user, system } = process.cpuUsage(cpu);
    compilations.push({
      seconds: (performance.now() - began) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakOctets: peak() - before,
    });
  }
  return { compiled: compiled!, compilations };
}

/** One way of asking, prepared: asks for probe `turn`, and says whether a rule was found. */
type Ask = (turn: number) => boolean;

class Walker {
  readonly #image: Image;
  readonly #name: Name;
  readonly #path = new Path();
  readonly #verdict = new Verdict();

  constructor(image: SharedArrayBuffer) {
    this.#image = new Image(image);
    this.#name = new Name(HASH_SEED);
  }

  /** The ways that are compared; `read` alone is what the other two have to be given first. */
  ways({ bytes, starts }: Packed, texts: readonly string[], listed: ReadonlySet<string>): Record<keyof Walked, Ask> {
    const read = (turn: number) => readName(bytes, starts[turn]!, bytes.length, this.#name) < 0;
    return {
      read,
      match: (turn) => {
        read(turn);
        match(this.#image, this.#name, this.#path);
        return this.#path.count > 0;
      },
      decide: (turn) => {
        read(turn);
        return decide(this.#image, 0, this.#name, NOW_SECONDS, this.#path, this.#verdict) > 0;
      },
      strings: (turn) => isListed(listed, texts[turn]!),
    };
  }
}

/** Nanoseconds for one of `count` probes, in one pass over all of them; they must all be found, or none. */
function pass(ask: Ask, count: number, expected: boolean): number {
  let found = 0;
  const began = performance.now();
  for (let turn = 0; turn < count; turn++) if (ask(turn)) found++;
  const took = performance.now() - began;
  if (found !== (expected ? count : 0)) throw new Error(`${found} of ${count} found, expected ${expected}`);
  return (took * 1e6) / count;
}

function measure({ names: count, probes: probeCount, rounds, seed }: MatcherInput): MatcherResult {
  const names = listNames(count, seed);
  const { compiled, compilations } = compileTimes(packed(names));
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const listed = new Set(names);
  globalThis.gc?.();
  const setOctets = process.memoryUsage().heapUsed - heapBefore;
  const probes = probesOf(names, probeCount, seed);
  const walked = {} as Record<ProbeKind, Walked>;
  const left: MatcherResult['left'] = [];
  const wrong: string[] = [];
  for (const [kind, texts] of Object.entries(probes) as [ProbeKind, string[]][]) {
    wrong.push(...[disagreement(compiled.image, listed, texts)].filter((name) => name !== undefined));
    // A walker and its closures for each kind: none of them learns from another's names.
    const ways = new Walker(compiled.image).ways(packed(texts), texts, listed);
    const times: Walked = { read: [], match: [], decide: [], strings: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const [way, ask] of Object.entries(ways) as [keyof Walked, Ask][]) {
        const took = pass(ask, texts.length, way !== 'read' && kind === 'hit');
        // The first round is there to be compiled.
        if (round > 0) times[way].push(took);
      }
    }
    walked[kind] = times;
    for (const way of ['match', 'decide'] as const) {
      left.push({ kind, way, octets: octetsLeft(BLOCK, (turn) => void ways[way](turn)) });
    }
  }
  const { image, stats } = compiled;
  return {
    compilations,
    stats,
    imageOctets: image.byteLength,
    setOctets,
    walked,
    left,
    wrong,
    control: octetsOfOneObject(),
  };
}

answer(measure(given<MatcherInput>()));
