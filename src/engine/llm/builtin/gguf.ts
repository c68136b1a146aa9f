import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BuiltinProblem } from './problem.ts';

export type GgufValue = string | number | boolean | readonly GgufValue[];

export interface Gguf {
  metadata: ReadonlyMap<string, GgufValue>;
  /** Number of weights over all tensors. */
  parameters: number;
}

const READ_AHEAD = 4 * 1024 * 1024;
const MAX_STRING = 64 * 1024 * 1024;
const MAX_COUNT = 16 * 1024 * 1024;

/**
 * Reads the header of a GGUF file (version 2 or 3): metadata and tensor shapes, never the weights.
 * @throws BuiltinProblem `bad_gguf` when the file is not one, or names sizes no model has.
 */
export function readGguf(file: string): Gguf {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    throw bad(file, error instanceof Error ? error.message : String(error));
  }
  try {
    const cursor = new Cursor(fd, file);
    if (cursor.bytes(4).toString('latin1') !== 'GGUF') throw bad(file, 'it does not begin with "GGUF"');
    const version = cursor.u32();
    if (version !== 2 && version !== 3) throw bad(file, `version ${version} is not known (2 and 3 are)`);
    const tensors = cursor.count();
    const entries = cursor.count();
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < entries; i++) {
      const key = cursor.string();
      metadata.set(key, cursor.value(cursor.u32()));
    }
    let parameters = 0;
    for (let i = 0; i < tensors; i++) {
      cursor.string();
      let weights = 1;
      for (let n = cursor.u32(); n > 0; n--) weights *= cursor.u64();
      parameters += weights;
      cursor.bytes(12); // type and offset of the tensor
    }
    return { metadata, parameters };
  } finally {
    closeSync(fd);
  }
}

const bad = (file: string, why: string): BuiltinProblem =>
  new BuiltinProblem(
    'bad_gguf',
    `${file} cannot be used as the built-in model: ${why}. Correct builtin.gguf in your endpoint registry.`,
  );

/** Little-endian reader with read-ahead; every read is checked against the file's end. */
class Cursor {
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;
  private position = 0;
  private readonly size: number;
  private readonly fd: number;
  private readonly file: string;

  constructor(fd: number, file: string) {
    this.fd = fd;
    this.file = file;
    this.size = fstatSync(fd).size;
  }

  bytes(length: number): Buffer {
    if (this.buffer.length - this.at < length) this.fill(length);
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  private fill(length: number): void {
    const rest = this.buffer.subarray(this.at);
    if (this.position + length - rest.length > this.size) throw bad(this.file, 'it ends inside its header');
    const fresh = Buffer.alloc(Math.min(Math.max(length, READ_AHEAD), this.size - this.position));
    const read = readSync(this.fd, fresh, 0, fresh.length, this.position);
    this.position += read;
    this.buffer = Buffer.concat([rest, fresh.subarray(0, read)]);
    this.at = 0;
    if (this.buffer.length < length) throw bad(this.file, 'it ends inside its header');
  }

  u32 = (): number => this.bytes(4).readUInt32LE();
  u64 = (): number => Number(this.bytes(8).readBigUInt64LE());

  count(): number {
    const n = this.u64();
    if (n > MAX_COUNT) throw bad(this.file, `a count of ${n} in its header`);
    return n;
  }

  string(): string {
    const length = this.u64();
    if (length > MAX_STRING) throw bad(this.file, `a text of ${length} bytes in its header`);
    return this.bytes(length).toString('utf8');
  }

  value(type: number, depth = 0): GgufValue {
    switch (type) {
      case 0:
        return this.bytes(1).readUInt8();
      case 1:
        return this.bytes(1).readInt8();
      case 2:
        return this.bytes(2).readUInt16LE();
      case 3:
        return this.bytes(2).readInt16LE();
      case 4:
        return this.u32();
      case 5:
        return this.bytes(4).readInt32LE();
      case 6:
        return this.bytes(4).readFloatLE();
      case 7:
        return this.bytes(1).readUInt8() !== 0;
      case 8:
        return this.string();
      case 9: {
        if (depth > 3) throw bad(this.file, 'lists nested deeper than any model has');
        const of = this.u32();
        return Array.from({ length: this.count() }, () => this.value(of, depth + 1));
      }
      case 10:
        return this.u64();
      case 11:
        return Number(this.bytes(8).readBigInt64LE());
      case 12:
        return this.bytes(8).readDoubleLE();
      default:
        throw bad(this.file, `metadata type ${type} is not known`);
    }
  }
}
