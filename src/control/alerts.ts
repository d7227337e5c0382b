// Tells each alert of the calendar, and each date that changes answers, once and at its moment, whatever becomes of the clock.

import {
  type Alert,
  alertKey,
  alertsAt,
  type Calendar,
  type CalendarDate,
  changesBetween,
  nextAlert,
  nextChange,
} from './calendar.ts';

/**
 * Longest sleep, in milliseconds. A timer counts time as it passes: it hears of a clock that was set, or of a machine
 * that slept, when it wakes.
 */
export const LONGEST_SLEEP = 60_000;

export interface AlertsOptions {
  /** Unix milliseconds. */
  clock: () => number;
  /** Calls `act` once after so many milliseconds; returns what calls that off. */
  later: (act: () => void, ms: number) => () => void;
  onAlert: (alert: Alert) => void;
  /** Told what came since this began; not what had come before. */
  onChange: (date: CalendarDate) => void;
}

export class Alerts {
  readonly #options: AlertsOptions;
  #calendar: Calendar = { policies: [], exceptions: [] };
  #told = new Set<string>();
  /** Up to when changes were told, in Unix seconds. */
  #seen: number | undefined;
  #callOff: (() => void) | undefined;

  constructor(options: AlertsOptions) {
    this.#options = options;
  }

  /** The calendar from now on. What it has in common with the one before has been told. */
  follow(calendar: Calendar): void {
    this.#calendar = calendar;
    this.#look();
  }

  get calendar(): Calendar {
    return this.#calendar;
  }

  /** In force now. */
  current(): Alert[] {
    return alertsAt(this.#calendar, this.#seconds());
  }

  close(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #seconds(): number {
    return this.#options.clock() / 1000;
  }

  /** Where the clock was set back, what comes is told anew: it happens anew. */
  #tellChanges(now: number): void {
    for (const date of changesBetween(this.#calendar, this.#seen ?? now, now)) this.#options.onChange(date);
    this.#seen = now;
  }

  #look(): void {
    this.close();
    // One moment for all of it: a date that came between two looks at the clock would be neither told nor waited for.
    const now = this.#seconds();
    const current = alertsAt(this.#calendar, now);
    const fresh = current.filter((alert) => !this.#told.has(alertKey(alert)));
    // One that is over may begin again where the clock is set back.
    this.#told = new Set(current.map(alertKey));
    for (const alert of fresh) this.#options.onAlert(alert);
    this.#tellChanges(now);
    const moments = [nextAlert(this.#calendar, now), nextChange(this.#calendar, now)].filter((at) => at !== null);
    if (moments.length === 0) return;
    const next = Math.min(...moments);
    // A timer may fire a little early.
    const wait = Math.max(1, next * 1000 - this.#options.clock());
    this.#callOff = this.#options.later(() => this.#look(), Math.min(wait, LONGEST_SLEEP));
  }
}
