// What main and the process that builds a policy say to each other; apart, so that neither loads what the other runs.

import type { Refused } from '../lists/choice.ts';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import type { BuildReport } from './build-report.ts';
import type { Evidence } from './evidence.ts';

/** What the process is told first. */
export interface BuildOrder {
  /** The configuration, and the variables over it. */
  file: string;
  env: Record<string, string | undefined>;
  seed: number;
  generation: number;
  /** Whether evidence is wanted; it is also given where the settings that are read say that there is an audit log. */
  isAudited: boolean;
  /** Lists that hold something in the policy in force, by their ids. */
  inForce: string[];
}

/** What it says first; it goes on when it hears `GoOn`. */
export interface ConfigurationRead {
  /** Every file that has a part in the configuration. */
  files: string[];
  /** There when it holds no error. */
  settings?: Settings;
}

/** What it says last, before the image where there is one. */
export interface BuildDone {
  report?: BuildReport;
  problems: Problem[];
  evidence?: Evidence;
  /** Of the image. */
  octets?: number;
}

export type BuildSaid = ConfigurationRead | BuildDone | { failed: string };

/** What it is told then. */
export interface GoOn {
  /** Why lists are not there, by their ids. */
  unfetched: Record<string, Refused>;
}

/** What the process is started with where it is to run only when nothing else wants the core. */
export const GENTLE = 'gentle';
/** Where the process writes the image. */
export const IMAGE_FD = 4;
