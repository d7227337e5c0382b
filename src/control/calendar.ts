// The dates of policies and exceptions: what has come, what is to come, and what somebody has to be told of.

import type { POLICY_ALERTS } from '../observe/metrics-source.ts';
import type { ExceptionSettings, PolicySettings } from '../settings/settings.ts';

/** Of a policy, its dates. */
export type CalendarPolicy = Pick<
  PolicySettings,
  'id' | 'decided' | 'effective' | 'blocks' | 'deadline' | 'review' | 'expires' | 'onExpiry'
>;

/** A sealed one stands on no timeline and raises no alert: whoever has to know of it does. */
export type CalendarException = Pick<ExceptionSettings, 'id' | 'policy' | 'owner' | 'starts' | 'expires' | 'sealed'>;

/** Whose dates these are; settings are one. */
export interface Calendar {
  policies: readonly CalendarPolicy[];
  exceptions: readonly CalendarException[];
}

/** What happens on a date. */
export type DateKind =
  | 'decided'
  | 'effective'
  | 'blocks'
  | 'deadline'
  | 'review'
  | 'expires'
  | 'exception-starts'
  | 'exception-ends';

export interface CalendarDate {
  /** Unix seconds. */
  at: number;
  kind: DateKind;
  policy: string;
  /** The exception's id; null where the date is the policy's own. */
  exception: string | null;
}

export type AlertKind = (typeof POLICY_ALERTS)[number];

export interface Alert {
  alert: AlertKind;
  policy: string;
  exception: string | null;
  /** Whom it concerns, where the exception says. */
  owner: string | null;
  /** Unix seconds: when it began. */
  since: number;
  /** The date that it is about: with an exception that ends, one to come. */
  date: number;
}

/** Seconds before the end of an exception in which it is told, and after its end or that of a ban. */
export const ENDING_SECONDS = 14 * 86400;
export const ENDED_SECONDS = 7 * 86400;

const POLICY_DATES = ['decided', 'effective', 'blocks', 'deadline', 'review', 'expires'] as const;

/** Those that change what is answered. */
const ACTING: ReadonlySet<DateKind> = new Set(['effective', 'blocks', 'expires', 'exception-starts', 'exception-ends']);

function open({ exceptions }: Calendar): CalendarException[] {
  return exceptions.filter(({ sealed }) => !sealed);
}

/** Every date, past and to come, in order; on one moment policies go before exceptions. */
export function timeline(calendar: Calendar): CalendarDate[] {
  const own = calendar.policies.flatMap((policy) =>
    POLICY_DATES.flatMap((kind): CalendarDate[] => {
      const at = policy[kind];
      return at === null ? [] : [{ at, kind, policy: policy.id, exception: null }];
    }),
  );
  const theirs = open(calendar).flatMap(({ id, policy, starts, expires }): CalendarDate[] => [
    { at: starts, kind: 'exception-starts', policy, exception: id },
    { at: expires, kind: 'exception-ends', policy, exception: id },
  ]);
  return [...own, ...theirs].sort((one, other) => one.at - other.at);
}

/** The first moment after `at` from which other answers may be given; null where there is none. */
export function nextChange(calendar: Calendar, at: number): number | null {
  return timeline(calendar).find((date) => date.at > at && ACTING.has(date.kind))?.at ?? null;
}

/** The dates after `from` and up to `to` from which other answers are given; what is kept though it expired is no change. */
export function changesBetween(calendar: Calendar, from: number, to: number): CalendarDate[] {
  const kept = new Set(calendar.policies.filter(({ onExpiry }) => onExpiry === 'keep-and-alert').map(({ id }) => id));
  return timeline(calendar).filter(
    ({ at, kind, policy }) => from < at && at <= to && ACTING.has(kind) && !(kind === 'expires' && kept.has(policy)),
  );
}

/** What a policy's dates make of it at a moment. */
export type PolicyState = 'not yet' | 'grace' | 'in force' | 'expired, kept' | 'expired, observes' | 'expired, off';

const AFTER_EXPIRY: Record<CalendarPolicy['onExpiry'], PolicyState> = {
  'keep-and-alert': 'expired, kept',
  observe: 'expired, observes',
  off: 'expired, off',
};

export interface StateInTime {
  state: PolicyState;
  /** Unix seconds; null for from the beginning. */
  since: number | null;
  /** Unix seconds from which it is otherwise; null where it stays, as what expires and is kept does. */
  until: number | null;
}

export function stateAt(policy: CalendarPolicy, at: number): StateInTime {
  const { effective, blocks, expires, onExpiry } = policy;
  const ends = onExpiry === 'keep-and-alert' ? null : expires;
  if (expires !== null && at >= expires) return { state: AFTER_EXPIRY[onExpiry], since: expires, until: null };
  if (effective !== null && at < effective) return { state: 'not yet', since: null, until: effective };
  if (blocks !== null && at < blocks)
    return { state: 'grace', since: effective, until: Math.min(blocks, ends ?? blocks) };
  return { state: 'in force', since: blocks ?? effective, until: ends };
}

/** The exceptions in force at `at`, sealed ones among them. */
export function exceptionsAt({ exceptions }: Calendar, at: number): CalendarException[] {
  return exceptions.filter(({ starts, expires }) => starts <= at && at < expires);
}

/** An alert, and the first moment at which it is over. */
type Span = Alert & { until: number };

function spans(calendar: Calendar): Span[] {
  return [...calendar.policies.flatMap(policySpans), ...open(calendar).flatMap(exceptionSpans)];
}

function policySpans({ id, deadline, review, expires, onExpiry }: CalendarPolicy): Span[] {
  const isKept = onExpiry === 'keep-and-alert';
  // What is off has nothing to comply with, and nothing to review.
  const ends = expires !== null && onExpiry === 'off' ? expires : Infinity;
  const dates: [AlertKind, number | null, number][] = [
    ['review_passed', review, ends],
    ['deadline_passed', deadline, ends],
    [isKept ? 'expired_kept' : 'expired_lapsed', expires, isKept ? Infinity : (expires ?? 0) + ENDED_SECONDS],
  ];
  return dates.flatMap(([alert, date, until]): Span[] =>
    date === null ? [] : [{ alert, policy: id, exception: null, owner: null, since: date, date, until }],
  );
}

/** A short one is told from its start on: before, there is nothing that ends. */
function exceptionSpans({ id, policy, owner, starts, expires }: CalendarException): Span[] {
  const about = { policy, exception: id, owner, date: expires };
  return [
    { alert: 'exception_ending', ...about, since: Math.max(starts, expires - ENDING_SECONDS), until: expires },
    { alert: 'exception_ended', ...about, since: expires, until: expires + ENDED_SECONDS },
  ];
}

/** What somebody has to know at `at`, oldest first. */
export function alertsAt(calendar: Calendar, at: number): Alert[] {
  return spans(calendar)
    .filter(({ since, until }) => since <= at && at < until)
    .sort((one, other) => one.since - other.since)
    .map(({ until: _, ...alert }) => alert);
}

/** The first moment after `at` at which an alert begins or ends; null where there is none. */
export function nextAlert(calendar: Calendar, at: number): number | null {
  const moments = spans(calendar).flatMap(({ since, until }) => [since, until]);
  const next = Math.min(...moments.filter((moment) => moment > at));
  return Number.isFinite(next) ? next : null;
}

/** Two alerts with the same key are one. */
export function alertKey({ alert, policy, exception, since }: Alert): string {
  return `${alert} ${policy} ${exception ?? ''} ${since}`;
}

/** An alert in words, for a log. */
export function alertText({ alert, policy, exception, date }: Alert): string {
  const day = new Date(date * 1000).toISOString().slice(0, 10);
  switch (alert) {
    case 'review_passed':
      return `${policy} was to be reviewed by ${day}: it stays in force, and somebody has to look at it`;
    case 'deadline_passed':
      return `the deadline of ${policy} passed on ${day}: from then on compliance is reported against it`;
    case 'expired_kept':
      return `${policy} expired on ${day} and is kept: renew it, or take it out`;
    case 'expired_lapsed':
      return `${policy} expired on ${day}: it blocks no more`;
    case 'exception_ending':
      return `exception ${exception} from ${policy} ends on ${day}`;
    case 'exception_ended':
      return `exception ${exception} from ${policy} ended on ${day}: it is no longer in force`;
  }
}
