// Tells without a string which names cannot be public suffixes or shared parents: all but a few of a list.

import { createRequire } from 'node:module';
import { hashLabel, type Name } from '../wire/name.ts';

/** What tldts looks suffixes up in: a graph whose edges are labels, all of them one behind the other in `labelText`. */
interface SuffixGraph {
  labelText: string;
  /** By edge: how long its label is, and the node it leads to. */
  edgeLength: Uint8Array;
  edgeChild: Uint16Array;
  /** By node: its first edge. */
  edgeStart: Uint16Array;
}

const graph = createRequire(import.meta.url)('tldts/dist/cjs/src/data/trie.js') as SuffixGraph;

/** One bit for each hash: with some ten thousand labels, one name in a hundred comes through for nothing. */
const HASH_BITS = 20;

interface Edge {
  label: string;
  /** Whether any name right beneath is a suffix. */
  isWild: boolean;
}

/** The graph's edges. A node that stands for several suffixes has one set of edges: nothing is missed. */
function edges(): Edge[] {
  const { labelText, edgeLength, edgeChild, edgeStart } = graph;
  const labels: string[] = [];
  let at = 0;
  for (const length of edgeLength) labels.push(labelText.slice(at, (at += length)));
  return labels.map((label, edge) => {
    const child = edgeChild[edge];
    return { label, isWild: labels.slice(edgeStart[child], edgeStart[child + 1]).includes('*') };
  });
}

/**
 * The leftmost labels of all public suffixes, with those that stand beneath a wildcard, as bits by their hash. What does
 * not come through is no suffix; what does is to be looked up.
 */
export class SuffixSieve {
  readonly seed: number;
  /** Labels with which a suffix begins. */
  readonly #first = new Int32Array(1 << (HASH_BITS - 5));
  /** Labels that any label before them makes a suffix. */
  readonly #second = new Int32Array(1 << (HASH_BITS - 5));

  /** `seed` is the one that names are read with. `others`: the first labels of more names that must come through. */
  constructor(seed: number, others: Iterable<string>) {
    this.seed = seed;
    for (const { label, isWild } of edges()) {
      this.#set(this.#first, label);
      if (isWild) this.#set(this.#second, label);
    }
    for (const label of others) this.#set(this.#first, label);
  }

  /** Whether `name` has one label, or may be a suffix or one of the others. */
  passes(name: Name): boolean {
    const { labelCount, labelHash } = name;
    if (labelCount < 2) return true;
    return isSet(this.#first, labelHash[0]) || isSet(this.#second, labelHash[1]);
  }

  #set(bits: Int32Array, label: string): void {
    const octets = Buffer.from(`\0${label}`);
    octets[0] = octets.length - 1;
    const hash = hashLabel(octets, 0, this.seed) >>> (32 - HASH_BITS);
    bits[hash >>> 5] |= 1 << (hash & 31);
  }
}

function isSet(bits: Int32Array, labelHash: number): boolean {
  const hash = labelHash >>> (32 - HASH_BITS);
  return (bits[hash >>> 5] & (1 << (hash & 31))) !== 0;
}
