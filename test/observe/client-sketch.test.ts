// How many clients there were, told from bits: near enough at each size, and no more than can be said.

import { describe, expect, test } from 'vitest';
import {
  addClient,
  addSketch,
  clientBit,
  clientsIn,
  emptySketch,
  MOST_CLIENTS,
  type Sketch,
} from '../../src/observe/client-sketch.ts';
import { HitWorld } from './hit-world.ts';

const world = new HitWorld();

function bitOf(client: number | [number, number, number, number], key: number): number {
  world.hit({ client });
  const bit = clientBit(world.next(), key);
  world.reader.release();
  return bit;
}

/** Of `count` neighbours from `from` on. */
function sketchOf(from: number, count: number, key = 1): Sketch {
  const sketch = emptySketch();
  for (let client = from; client < from + count; client++) addClient(sketch, bitOf(0x0a000000 + client, key));
  return sketch;
}

test.each([
  [0, 0],
  [1, 0],
  [3, 0],
  [10, 1],
  [100, 8],
  [500, 50],
  [2000, 320],
])('%i clients are told to within %i, whatever the key', (count, off) => {
  for (const key of [1, -77, 0x7fffffff]) {
    const told = clientsIn(sketchOf(0, count, key));
    expect(Math.abs(told - count)).toBeLessThanOrEqual(off);
  }
});

test('a device that a forwarder names is one client, whoever names it and whatever its number', () => {
  const bits = (device: number, client: number, id: string): number => {
    world.hit({ device, client });
    const bit = clientBit(world.next(), 7, id);
    world.reader.release();
    return bit;
  };
  expect(bits(0, 0x0a000001, 'laptop-0417')).toBe(bits(1, 0x0a000002, 'laptop-0417'));
  const sketch = emptySketch();
  for (let device = 0; device < 100; device++) addClient(sketch, bits(0, 0x0a000001, `laptop-${device}`));
  expect(Math.abs(clientsIn(sketch) - 100)).toBeLessThanOrEqual(8);
});

test('the same clients again are no more of them', () => {
  const sketch = sketchOf(0, 50);
  addSketch(sketch, sketchOf(0, 50));
  expect(clientsIn(sketch)).toBe(clientsIn(sketchOf(0, 50)));
});

test('two sketches together are those of the clients of both', () => {
  const sketch = sketchOf(0, 60);
  addSketch(sketch, sketchOf(40, 60));
  expect([...sketch]).toEqual([...sketchOf(0, 100)]);
});

test('beyond what its bits can tell it says that there are so many', () => {
  expect(clientsIn(sketchOf(0, 20_000))).toBe(MOST_CLIENTS);
});

describe('the bit of a client', () => {
  test('is another under another key, for most', () => {
    const same = Array.from({ length: 200 }, (_, client) => bitOf(client, 1) === bitOf(client, 2));
    expect(same.filter(Boolean).length).toBeLessThan(20);
  });

  test('rests on each part of an IPv6 address', () => {
    const bits = [0, 1, 2, 3].map((word) => {
      const words: [number, number, number, number] = [0x20010db8, 0, 0, 1];
      words[word] ^= 0x100;
      return bitOf(words, 1);
    });
    expect(new Set([...bits, bitOf([0x20010db8, 0, 0, 1], 1)]).size).toBeGreaterThan(3);
  });
});
