// Words over the buffers that callers hand to the packet cache, kept so that no query makes a view.

/** The words of the array last selected. Callers use a few long-lived buffers; each gets one view, for good. */
export class WordView {
  /** All whole words of the selected array's buffer. */
  words = new Int32Array(0);
  /** The word where the selected array starts; of no meaning unless `aligned`. */
  start = 0;
  /** Whether the selected array starts on a word. */
  aligned = false;
  private selected: Uint8Array | null = null;
  /** What `words` is a view of, kept since asking a view for its buffer is a call out of compiled code. */
  private buffer: ArrayBufferLike = this.words.buffer;
  private readonly known = new WeakMap<ArrayBufferLike, Int32Array<ArrayBuffer>>();

  /** Selects `bytes`. Allocates only for a buffer that was never seen. */
  select(bytes: Uint8Array): void {
    if (bytes === this.selected) return;
    const buffer = bytes.buffer as ArrayBuffer;
    if (buffer !== this.buffer) {
      this.words = this.known.get(buffer) ?? this.remember(buffer);
      this.buffer = buffer;
    }
    this.selected = bytes;
    this.aligned = (bytes.byteOffset & 3) === 0;
    this.start = bytes.byteOffset >> 2;
  }

  private remember(buffer: ArrayBuffer): Int32Array<ArrayBuffer> {
    const words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    this.known.set(buffer, words);
    return words;
  }
}
