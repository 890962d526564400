// An authenticator app: RFC 6238 with SHA-1, six digits, steps of 30 seconds.
import { createHmac } from 'node:crypto';

const STEP_MS = 30_000;

/** Computes the code that an app with this secret (base32) shows at a time. */
export function codeAt(secret: string, time: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / STEP_MS)));
  const tag = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const number = tag.readUInt32BE((tag[19] ?? 0) & 0x0f) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** An app that never shows the same code twice: a step that was used is followed by the next, which the server takes early. */
export class Authenticator {
  #last = 0;

  constructor(readonly secret: string) {}

  next(): string {
    const step = Math.max(Math.floor(Date.now() / STEP_MS), this.#last + 1);
    if (step > Math.floor(Date.now() / STEP_MS) + 1)
      throw new Error('no further code is taken yet');
    this.#last = step;
    return codeAt(this.secret, step * STEP_MS);
  }
}

function fromBase32(text: string): Buffer {
  const bits = [...text.replace(/\s/g, '')]
    .map((letter) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
    )
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
