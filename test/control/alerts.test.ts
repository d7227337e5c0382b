// Alerts and changes by a clock that tests set: each is told once, at its second, whatever becomes of the clock and the calendar.

import { describe, expect, it } from 'vitest';
import { Alerts, LONGEST_SLEEP } from '../../src/control/alerts.ts';
import type { Calendar, CalendarPolicy } from '../../src/control/calendar.ts';

const DAY = 86_400_000;

/** A clock, timers that go by it, and what was told. */
class World {
  now = 0;
  /** What the clock goes on by whenever it is looked at, in milliseconds. */
  step = 0;
  told: string[] = [];
  changed: string[] = [];
  #timers: { at: number; act: () => void }[] = [];
  readonly alerts = new Alerts({
    clock: () => {
      this.now += this.step;
      return this.now;
    },
    later: (act, ms) => {
      const timer = { at: this.now + ms, act };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
    onAlert: ({ alert, policy }) => this.told.push(`${this.now / 1000} ${policy} ${alert}`),
    onChange: ({ kind, policy, exception }) => this.changed.push(`${this.now / 1000} ${exception ?? policy} ${kind}`),
  });

  get waiting(): number {
    return this.#timers.length;
  }

  /** Lets time pass, and timers fire in order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  /** Sets the clock: timers count on as they did. */
  set(ms: number): void {
    for (const timer of this.#timers) timer.at += ms - this.now;
    this.now = ms;
  }
}

function calendar(...policies: Partial<CalendarPolicy>[]): Calendar {
  const dates = { decided: null, effective: null, blocks: null, deadline: null, review: null, expires: null };
  return {
    policies: policies.map((policy, at) => ({ id: `p-${at}`, ...dates, onExpiry: 'keep-and-alert', ...policy })),
    exceptions: [],
  };
}

describe('an alert', () => {
  it('is told at its second, once, however far off it is', () => {
    const world = new World();
    world.alerts.follow(calendar({ review: 90 * 86400 }));
    world.pass(90 * DAY - 1);
    expect(world.told).toEqual([]);
    world.pass(1);
    expect(world.told).toEqual(['7776000 p-0 review_passed']);
    world.pass(365 * DAY);
    expect(world.told).toHaveLength(1);
  });

  it('is told where its second comes between two looks at the clock, after a timer that fired early', () => {
    for (const early of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const world = new World();
      world.now = 99_990;
      world.alerts.follow(calendar({ review: 100 }));
      world.set(100_000 - early);
      world.step = 0.4;
      world.alerts.follow(calendar({ review: 100 }));
      world.step = 0;
      world.pass(10);
      expect(world.told.map((line) => line.split(' ').slice(1).join(' '))).toEqual(['p-0 review_passed']);
    }
  });

  it('that began before the start is told at the start', () => {
    const world = new World();
    world.now = 10_000;
    world.alerts.follow(calendar({ deadline: 5 }));
    expect(world.told).toEqual(['10 p-0 deadline_passed']);
  });

  it('is not told again by a reload, and a new one is', () => {
    const world = new World();
    world.now = 10_000;
    world.alerts.follow(calendar({ deadline: 5 }));
    world.alerts.follow(calendar({ deadline: 5, review: 6 }));
    expect(world.told).toEqual(['10 p-0 deadline_passed', '10 p-0 review_passed']);
    world.alerts.follow(calendar({ deadline: 7, review: 6 }));
    expect(world.told).toHaveLength(3);
  });

  it('is told within a minute of a clock that was set ahead', () => {
    const world = new World();
    world.alerts.follow(calendar({ review: 86400 }));
    world.pass(1000);
    world.set(2 * DAY);
    world.pass(LONGEST_SLEEP);
    expect(world.told).toHaveLength(1);
  });

  it('waits for its second after the clock was set back', () => {
    const world = new World();
    world.now = DAY - 1000;
    world.alerts.follow(calendar({ review: 86400 }));
    world.set(DAY - 3_600_000);
    world.pass(2000);
    expect(world.told).toEqual([]);
    world.pass(3_600_000);
    expect(world.told).toEqual(['86400 p-0 review_passed']);
  });
});

describe('a date that changes answers', () => {
  const exception = { id: 'x', policy: 'p-0', owner: 'a', starts: 20, expires: 30, sealed: false };

  it('is told at its second, once, by policy and by exception', () => {
    const world = new World();
    world.alerts.follow({
      ...calendar({ decided: 5, effective: 10, blocks: 15, deadline: 16, expires: 40, onExpiry: 'off' }),
      exceptions: [exception],
    });
    world.pass(9999);
    expect(world.changed).toEqual([]);
    world.pass(60_000);
    expect(world.changed).toEqual([
      '10 p-0 effective',
      '15 p-0 blocks',
      '20 x exception-starts',
      '30 x exception-ends',
      '40 p-0 expires',
    ]);
    world.pass(DAY);
    expect(world.changed).toHaveLength(5);
  });

  it('is none where what expires is kept, and nothing is told of what is sealed', () => {
    const world = new World();
    world.alerts.follow({ ...calendar({ expires: 10 }), exceptions: [{ ...exception, sealed: true }] });
    world.pass(DAY);
    expect(world.changed).toEqual([]);
  });

  it('is not told where it came before the start', () => {
    const world = new World();
    world.now = 10_000;
    world.alerts.follow(calendar({ effective: 10 }, { effective: 11 }));
    world.pass(1000);
    expect(world.changed).toEqual(['11 p-1 effective']);
  });

  it('is told by a reload that brings it late, as the end of an exception just now, and by no other', () => {
    const world = new World();
    world.alerts.follow({ ...calendar({}), exceptions: [{ ...exception, starts: -9, expires: 300 }] });
    world.pass(7500);
    const ended = { ...calendar({}), exceptions: [{ ...exception, starts: -9, expires: 7 }] };
    world.alerts.follow(ended);
    world.alerts.follow(ended);
    world.pass(DAY);
    expect(world.changed).toEqual(['7.5 x exception-ends']);
  });

  it('is told within a minute of a clock that was set ahead, and again after one that was set back', () => {
    const world = new World();
    world.alerts.follow(calendar({ effective: 86400 }));
    world.set(2 * DAY);
    world.pass(LONGEST_SLEEP);
    expect(world.changed).toHaveLength(1);
    world.alerts.follow(calendar({ effective: 86400, review: 9e9 }));
    world.set(DAY - 90_000);
    world.pass(LONGEST_SLEEP);
    expect(world.changed).toHaveLength(1);
    world.pass(LONGEST_SLEEP);
    expect(world.changed[1]).toBe('86400 p-0 effective');
  });
});

describe('the timer', () => {
  it('is one, and none without anything to come', () => {
    const world = new World();
    world.alerts.follow(calendar({ review: 100 }, { review: 200 }));
    world.alerts.follow(calendar({ review: 100 }, { review: 200 }));
    expect(world.waiting).toBe(1);
    world.pass(200_000);
    expect(world.waiting).toBe(0);
  });

  it('is gone once it is closed', () => {
    const world = new World();
    world.alerts.follow(calendar({ review: 100 }));
    world.alerts.close();
    expect(world.waiting).toBe(0);
  });
});

it('current alerts are those of the moment', () => {
  const world = new World();
  world.alerts.follow(calendar({ review: 100 }));
  expect(world.alerts.current()).toEqual([]);
  world.now = 100_000;
  expect(world.alerts.current()).toMatchObject([{ alert: 'review_passed', policy: 'p-0', since: 100 }]);
});
