/** The floor: what the kernel asks for a datagram in and one out, and nothing else. */
import { buildProgram } from '../programs.ts';
import type { Peer } from './place.ts';

export const floor: Peer = {
  name: 'floor',
  variantOf: null,
  debianPackage: null,
  resolves: false,
  observed: null,
  find: async () => {
    try {
      return { path: await buildProgram('floor'), version: 'bench/floor.c' };
    } catch (error) {
      return (error as Error).message;
    }
  },
  prepare: ({ path }, { port, lifetimeSeconds }) => [path, String(port), '1', String(lifetimeSeconds)],
};
