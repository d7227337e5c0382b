/** The wire suite: what an answer costs Sluis and its peers, each asked the same over loopback. */
import type { Options } from '../options.ts';
import type { Suite } from '../suite.ts';

export const wireSuite: Suite<Options> = {
  name: 'wire',
  says: 'CPU, rate, latency and memory of an answer, beside other servers',
  run: async () => ({ suite: 'wire', tables: [], figures: [], measurements: [], doubts: [], failures: ['under way'] }),
};
