// What the dates of policies and exceptions make of them at one moment, and when the next of these dates is.

import type { Image } from './image.ts';
import { MODE } from './rule.ts';

/** The policy's mode for a configured group at a time (Unix seconds). Never stricter than the group's mode. */
export function modeAt(image: Image, group: number, policy: number, seconds: number): number {
  if (group < 0) return MODE.OFF;
  const mode = image.modes[group * image.policyCount + policy];
  // As good as always the end of it: what is in grace or has expired is looked at elsewhere, and this stays small.
  if (mode === MODE.OFF || seconds < image.effective[policy]) return MODE.OFF;
  if (seconds >= image.blocks[policy] && seconds < image.expires[policy]) return mode;
  return modeInForce(image, mode, policy, seconds);
}

/** What a mode in which a group has the policy comes to at a time: the policy's dates act here. */
export function modeInForce(image: Image, mode: number, policy: number, seconds: number): number {
  if (mode === MODE.OFF || seconds < image.effective[policy]) return MODE.OFF;
  const most = seconds < image.blocks[policy] ? Math.min(mode, MODE.OBSERVE) : mode;
  return seconds < image.expires[policy] ? most : Math.min(most, image.onExpiry[policy]);
}

/** The group's fallback at a time: one of MODE. */
export function fallbackAt(image: Image, group: number, seconds: number): number {
  if (group < 0 || image.fallbackModes[group] === MODE.OFF) return MODE.OFF;
  return modeInForce(image, image.fallbackModes[group], image.fallbackPolicies[group], seconds);
}

/** The first exception from the policy that is in force for a derived group (from 0; below 0: none), or -1. */
export function exceptionAt(image: Image, derived: number, policy: number, seconds: number): number {
  if (derived < 0) return -1;
  const end = image.exceptedStarts[derived + 1];
  for (let at = image.exceptedStarts[derived]; at < end; at++) {
    const exception = image.excepted[at];
    if (image.exceptionPolicies[exception] !== policy) continue;
    if (seconds >= image.exceptionStarts[exception] && seconds < image.exceptionEnds[exception]) return exception;
  }
  return -1;
}

/**
 * Number of the first change after `seconds`, as many as there are where none comes. `near` is where to look first:
 * what this returned last, or anything from 0 to as many as there are.
 */
export function nextChange(image: Image, seconds: number, near: number): number {
  const { changes } = image;
  let next = near;
  while (next < changes.length && changes[next] <= seconds) next++;
  // The clock may have been set back.
  while (next > 0 && changes[next - 1] > seconds) next--;
  return next;
}
