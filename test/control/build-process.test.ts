// The process that compiles gives the same image whether it hurries, waits for its turn, or was begun anew.

import { expect, test } from 'vitest';
import { buildAside } from '../../src/control/build-process.ts';
import { startBuilder } from '../../src/control/builder.ts';

const OPTIONS = { file: 'config/sluis.yaml', env: {}, seed: 12345, isAudited: false, inForce: [] };

// Where nothing is left for what waits until the machine is idle, it is begun anew at full speed.
test.each([
  ['the first, at full speed', 1, undefined],
  ['a later one, when idle', 2, undefined],
  ['a later one that patience ends for', 2, 0],
])('%s', async (_, generation, patience) => {
  const read: string[][] = [];
  const onRead = async ({ files }: { files: string[] }) => {
    read.push(files);
    return { unfetched: {} };
  };
  const { settings, image, report, problems } = await buildAside(
    { ...OPTIONS, generation },
    onRead,
    undefined,
    patience,
  );
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(settings!.policies.map(({ id }) => id)).toEqual([
    'be-716',
    'bypass-canary',
    'bypass-relay',
    'bypass-ddr',
    'bypass-doh',
  ]);
  expect(report).toMatchObject({ generation, rejected: 0 });
  expect(image!.byteLength).toBe(report!.octets);
  expect(read[0]).toContainEqual(expect.stringContaining('sluis.yaml'));
});

test('what the reader of the configuration throws ends it', async () => {
  const refuse = () => Promise.reject(new Error('not here'));
  await expect(buildAside({ ...OPTIONS, generation: 1 }, refuse)).rejects.toThrow('not here');
});

test('a process that was started before it was needed builds the first policy', async () => {
  const builder = startBuilder();
  const ended = new Promise((resolve) => builder.once('exit', (code, signal) => resolve({ code, signal })));
  const { image, report } = await buildAside({ ...OPTIONS, generation: 1 }, async () => ({ unfetched: {} }), builder);
  expect(image!.byteLength).toBe(report!.octets);
  // By itself: what is killed keeps none of its compiled code for the next.
  expect(await ended).toEqual({ code: 0, signal: null });
});
