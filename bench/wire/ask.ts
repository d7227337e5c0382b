/** Asks a server one question over UDP or TCP, for a check and not for speed. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode } from 'dns-packet';

export interface Asking {
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** The client's address, in 127.0.0.0/8. */
  readonly from: string;
  readonly patienceMilliseconds: number;
}

let lastId = 0;

/** Resolves with the message that comes back, null where none does in time or the server refuses to listen. */
function overUdp(message: Buffer, { port, from, patienceMilliseconds }: Asking): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (reply: Buffer | null) => {
      clearTimeout(patience);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(reply);
    };
    const patience = setTimeout(end, patienceMilliseconds, null);
    socket.once('error', () => end(null)).once('message', end);
    socket.bind(0, from, () => socket.connect(port, '127.0.0.1', () => socket.send(message)));
  });
}

/** As `overUdp`, with the length before each message (RFC 1035 §4.2.2). */
function overTcp(message: Buffer, { port, from, patienceMilliseconds }: Asking): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    let taken = Buffer.alloc(0);
    const end = (reply: Buffer | null) => {
      clearTimeout(patience);
      socket.destroy();
      resolve(reply);
    };
    const patience = setTimeout(end, patienceMilliseconds, null);
    socket.on('error', () => end(null)).on('close', () => end(null));
    socket.on('data', (part: Buffer) => {
      taken = Buffer.concat([taken, part]);
      if (taken.length >= 2 && taken.length >= 2 + taken.readUInt16BE()) end(taken.subarray(2));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}

/**
 * Asks for the IPv4 addresses of a name. Resolves with them, with the name of another response code than NOERROR, with
 * `NODATA`, or with `no reply`.
 */
export async function ask(name: string, asking: Asking): Promise<string> {
  lastId = (lastId + 1) & 0xffff;
  const RECURSION_DESIRED = 1 << 8;
  const message = encode({ type: 'query', id: lastId, flags: RECURSION_DESIRED, questions: [{ name, type: 'A' }] });
  const reply = await (asking.transport === 'tcp' ? overTcp(message, asking) : overUdp(message, asking));
  if (reply === null) return 'no reply';
  const { id, rcode, answers, questions } = decode(reply);
  if (id !== lastId || questions[0]?.name.toLowerCase() !== name.toLowerCase()) return 'a reply to something else';
  if (rcode !== 'NOERROR') return rcode;
  const addresses = answers.filter(({ type }) => type === 'A').map(({ data }) => String(data));
  return addresses.length > 0 ? addresses.join(' ') : 'NODATA';
}
