/** Every suite there is, in the order they run. A new one is one more line here and a folder beside `wire/`. */
import type { Options } from './options.ts';
import type { Suite } from './suite.ts';
import { wireSuite } from './wire/suite.ts';

export const SUITES: readonly Suite<Options>[] = [wireSuite];
