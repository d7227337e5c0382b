// What is learnt of managed groups, in the settings: how much, and in which file.

import { describe, expect, it } from 'vitest';
import { loadText, told } from './memory-files.ts';

describe('learning', () => {
  it.each([
    ['', {}, { names: 20_000, file: null }],
    ['learning: { names: 0 }\n', {}, { names: 0, file: null }],
    ['learning: { file: learning.json }\n', {}, { names: 20_000, file: '/etc/sluis/learning.json' }],
    ['', { SLUIS_LEARNING_NAMES: '500', SLUIS_LEARNING_FILE: '/etc/sluis/l' }, { names: 500, file: '/etc/sluis/l' }],
  ])('%j with %j is %j', (text, env, learning) => {
    const { settings, problems } = loadText(`presets: [be-716]\n${text}`, env);
    expect(problems).toEqual([]);
    expect(settings?.learning).toEqual(learning);
  });

  it('in a folder that is not there is an error', () => {
    const { settings, problems } = loadText('learning: { file: /nowhere/learning.json }\n');
    expect(settings).toBeUndefined();
    expect(problems.map(told)).toEqual([
      '1:19 error: the folder /nowhere is not there; make it, or name a file in another',
    ]);
  });

  it('takes no more names than there is memory for', () => {
    expect(loadText('learning: { names: 200001 }\n').settings).toBeUndefined();
  });
});
