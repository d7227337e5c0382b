// Puts two defects into the engine of the worker that loads this first: one name makes it throw, another makes it hang.

import { Engine } from '../../src/engine/engine.ts';

export const CRASH = 'crash.fault.example';
export const HANG = 'hang.fault.example';

const answer = Engine.prototype.handleQuery;
const crash = Buffer.from('\x05crash\x05fault', 'latin1');
const hang = Buffer.from('\x04hang\x05fault', 'latin1');

Engine.prototype.handleQuery = function handleQuery(message, length, client, out, now) {
  const text = Buffer.from(message.buffer, message.byteOffset, length);
  if (text.includes(crash)) throw new Error('a defect, as the test asked for');
  if (text.includes(hang)) {
    // Further in than the first step, which shows that there is work.
    answer.call(this, message, 0, client, out, now);
    for (;;) {
      // Only being replaced ends this.
    }
  }
  return answer.call(this, message, length, client, out, now);
};
