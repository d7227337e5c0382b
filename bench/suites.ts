/** Every suite there is, in the order they run. A new one is one more line here and a folder beside `wire/`. */
import { engineSuite } from './engine/suite.ts';
import { matcherSuite } from './matcher/suite.ts';
import { memorySuite } from './memory/suite.ts';
import type { Options } from './options.ts';
import { reloadSuite } from './reload/suite.ts';
import type { Suite } from './suite.ts';
import { wireSuite } from './wire/suite.ts';

export const SUITES: readonly Suite<Options>[] = [wireSuite, matcherSuite, engineSuite, reloadSuite, memorySuite];
