// Writes archives as tools do: tar packed by gzip, and zip, whose fields a test may then spoil.

import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export type Contents = Record<string, string | Uint8Array>;

function tarHeader(name: string, size: number, kind: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(kind, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, octet) => total + octet, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export function tarEntry(name: string, content: string | Uint8Array, kind = '0'): Buffer {
  const bytes = Buffer.from(content);
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([tarHeader(name, bytes.length, kind), bytes, padding]);
}

export function tarOf(files: Contents): Buffer {
  const entries = Object.entries(files).map(([name, content]) => tarEntry(name, content));
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

export interface ZipOptions {
  /** Octets that the directory says, whatever there is. */
  size?: number;
  flags?: number;
  method?: number;
}

export function zipOf(files: Contents, { size, flags = 0, method = 8 }: ZipOptions = {}): Buffer {
  const locals: Buffer[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const row = Buffer.alloc(46);
    row.writeUInt32LE(0x02014b50, 0);
    row.writeUInt16LE(flags, 8);
    row.writeUInt16LE(method, 10);
    row.writeUInt32LE(crc32(bytes), 16);
    row.writeUInt32LE(packed.length, 20);
    row.writeUInt32LE(size ?? bytes.length, 24);
    row.writeUInt16LE(Buffer.byteLength(name), 28);
    row.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), packed);
    rows.push(row, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directory = Buffer.concat(rows);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}
