// Tells without a string which names can be no public suffix and no shared parent: all but a few of a list.

import { createRequire } from 'node:module';
import { foldHash, hashLabel, type Name } from '../wire/name.ts';

/** What tldts looks suffixes up in: a graph whose edges are labels, all of them one behind the other in `labelText`. */
interface SuffixGraph {
  labelText: string;
  /** By edge: how long its label is, and the node it leads to. */
  edgeLength: Uint8Array;
  edgeChild: Uint16Array;
  /** By node: its first edge, and whether a suffix ends here. */
  edgeStart: Uint16Array;
  nodeFlags: Uint8Array;
  /** Where the last labels of all suffixes begin; exceptions, which make no name a suffix, have a root of their own. */
  rulesRoot: number;
}

const graph = createRequire(import.meta.url)('tldts/dist/cjs/src/data/trie.js') as SuffixGraph;

const WILD = '*';

/** One bit for each hash: with some ten thousand suffixes, one name in a hundred comes through for nothing. */
const SUFFIX_BITS = 20;
const WILD_BITS = 14;

/**
 * The first two labels of each public suffix as bits by their hash, and those beneath which any label makes a suffix.
 * What does not come through is no suffix; what does is to be looked up.
 */
export class SuffixSieve {
  readonly seed: number;
  readonly #suffixes = new Int32Array(1 << (SUFFIX_BITS - 5));
  readonly #wild = new Int32Array(1 << (WILD_BITS - 5));
  /** By edge, where its label begins. */
  readonly #starts: Uint32Array;

  /** `seed` is the one that names are read with. `others` are more names, of two labels and more, that must come through. */
  constructor(seed: number, others: Iterable<string>) {
    this.seed = seed | 0;
    this.#starts = new Uint32Array(graph.edgeLength.length + 1);
    graph.edgeLength.forEach((length, edge) => {
      this.#starts[edge + 1] = this.#starts[edge] + length;
    });
    this.#take(graph.rulesRoot, this.seed, this.seed);
    for (const name of others) {
      const [first, second] = name.split('.');
      add(this.#suffixes, SUFFIX_BITS, foldHash(this.#hash(second), this.#hash(first)));
    }
  }

  /** Whether `name` has one label, or may be a suffix or one of the others. */
  passes(name: Name): boolean {
    const { labelCount, labelHash } = name;
    if (labelCount < 2) return true;
    if (has(this.#suffixes, SUFFIX_BITS, foldHash(labelHash[1], labelHash[0]))) return true;
    return has(this.#wild, WILD_BITS, foldHash(labelCount > 2 ? labelHash[2] : this.seed, labelHash[1]));
  }

  /** Takes what lies beneath `node`, a name whose first label has the hash `first`, and whose second `second`. */
  #take(node: number, first: number, second: number): void {
    const { edgeStart, edgeChild, nodeFlags, labelText } = graph;
    for (let edge = edgeStart[node]; edge < edgeStart[node + 1]; edge++) {
      const label = labelText.slice(this.#starts[edge], this.#starts[edge + 1]);
      const hash = this.#hash(label);
      if (label === WILD) add(this.#wild, WILD_BITS, foldHash(second, first));
      else if (nodeFlags[edgeChild[edge]] !== 0) add(this.#suffixes, SUFFIX_BITS, foldHash(first, hash));
      this.#take(edgeChild[edge], hash, first);
    }
  }

  #hash(label: string): number {
    const octets = Buffer.from(`\0${label}`);
    octets[0] = octets.length - 1;
    return hashLabel(octets, 0, this.seed);
  }
}

function add(bits: Int32Array, width: number, hash: number): void {
  const bit = hash >>> (32 - width);
  bits[bit >>> 5] |= 1 << (bit & 31);
}

function has(bits: Int32Array, width: number, hash: number): boolean {
  const bit = hash >>> (32 - width);
  return (bits[bit >>> 5] & (1 << (bit & 31))) !== 0;
}
