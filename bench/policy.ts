/** Compiles the policies of the in-process suites: one list of names, one policy over it, and the groups asked for. */
import { Compiler } from '../src/policy/compile.ts';
import type { GroupInput, PrefixInput } from '../src/policy/compile-input.ts';
import type { CompileStats } from '../src/policy/compile-stats.ts';
import { ACTION, ALL_FACETS, ANSWER, FACET_NONE, MATCH, MODE } from '../src/policy/rule.ts';
import { wireFromText } from '../src/wire/name-text.ts';
import { type Random, seededRandom } from './random.ts';

/** What names are hashed with; a server draws its own. */
export const HASH_SEED = 0x5eed1234;

/** Wire names one behind the other: a million objects would spoil what is measured. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** Where each begins, and behind the last where it ends. */
  readonly starts: Int32Array;
}

/** @throws Error where a text is no name. */
export function packed(names: readonly string[]): Packed {
  const bytes = new Uint8Array(names.reduce((sum, name) => sum + name.length + 2, 0));
  const starts = new Int32Array(names.length + 1);
  names.forEach((name, index) => {
    const wire = wireFromText(name);
    if (wire === undefined) throw new Error(`${name} is not a domain name`);
    bytes.set(wire, starts[index]);
    starts[index + 1] = starts[index]! + wire.length;
  });
  return { bytes, starts };
}

export interface Compiled {
  readonly image: SharedArrayBuffer;
  readonly stats: CompileStats;
}

type Group = Pick<GroupInput, 'id' | 'any' | 'prefixes'>;

/** The two groups of a usual setting: office networks by their prefixes, and everybody else. */
export const TWO_GROUPS: readonly Group[] = [
  { id: 'service', any: false, prefixes: [{ family: 4, address: Uint8Array.of(10, 0, 0, 0), length: 8 }] },
  { id: 'personal', any: true, prefixes: [] },
];

/** Compiles `names` as suffix rules that every group blocks. */
export function compilePolicy(names: Packed, groups: readonly Group[] = TWO_GROUPS): Compiled {
  const compiler = new Compiler(HASH_SEED);
  const source = compiler.source({ id: 'bench', kind: 'list', title: 'bench', file: 'bench.txt' });
  const sink = compiler.sink(source);
  for (let at = 0; at + 1 < names.starts.length; at++) {
    const wire = names.bytes.subarray(names.starts[at], names.starts[at + 1]);
    sink.rule(wire, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, at + 1);
  }
  const policy = compiler.policy({
    id: 'bench',
    title: { en: 'Bench' },
    authority: 'Bench',
    contact: 'bench@example.be',
    effective: null,
    expires: null,
    onExpiry: MODE.BLOCK,
    selections: [{ source, facets: ALL_FACETS }],
    answer: { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: 'bench: ask bench@example.be' },
  });
  const modes: number[] = [];
  modes[policy] = MODE.BLOCK;
  for (const group of groups) compiler.group({ ...group, modes, allow: [] });
  return { image: compiler.finish(1), stats: compiler.stats };
}

/** Prefix lengths as organisations have them: few large networks, many small ones, single machines. */
const LENGTHS = [16, 20, 22, 24, 24, 24, 24, 26, 27, 28, 30, 32];

/** Groups that share `prefixes` distinct IPv4 prefixes below 10.0.0.0/8 among them; the last takes everybody else. */
export function manyGroups(groups: number, prefixes: number, seed: number): Group[] {
  const random = seededRandom(seed);
  const seen = new Set<string>();
  const all: { id: string; any: boolean; prefixes: PrefixInput[] }[] = Array.from({ length: groups }, (_, index) => ({
    id: `group-${index}`,
    any: index === groups - 1,
    prefixes: [],
  }));
  while (seen.size < prefixes) {
    const prefix = anyPrefix(random);
    const text = `${prefix.address.join('.')}/${prefix.length}`;
    if (seen.has(text)) continue;
    all[seen.size % groups]!.prefixes.push(prefix);
    seen.add(text);
  }
  return all;
}

function anyPrefix(random: Random): PrefixInput {
  const length = LENGTHS[random() % LENGTHS.length]!;
  const host = length === 32 ? 0 : 0xffff_ffff >>> length;
  const address = (((10 << 24) | (random() & 0xff_ffff)) & ~host) >>> 0;
  return { family: 4, address: Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address), length };
}

/** An address in one of the prefixes, chosen evenly: how the clients of `manyGroups` are spread. */
export function addressIn(groups: readonly Group[], random: Random): number {
  const { prefixes } = groups[random() % groups.length]!;
  if (prefixes.length === 0) return ((10 << 24) | (random() & 0xff_ffff)) >>> 0;
  const { address, length } = prefixes[random() % prefixes.length]!;
  const base = ((address[0]! << 24) | (address[1]! << 16) | (address[2]! << 8) | address[3]!) >>> 0;
  const host = length === 32 ? 0 : 0xffff_ffff >>> length;
  return (base | (random() & host)) >>> 0;
}
