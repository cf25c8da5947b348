/**
 * The inner loop of QuickXorHash as WebAssembly: XORs every 160-byte row of a region onto ten 16-byte accumulators. Assembled here from named
 * opcodes, so that the source is the binary. As text:
 *
 *   (memory (export "memory") PAGES)
 *   (func (export "xorRows") (param $at i32) (param $end i32)   ;; [$at, $end) is a whole number of rows, at least one
 *     (local $acc0 v128) … (local $acc9 v128)
 *     $acc_k = v128.load(16 k)                                  ;; the accumulators live at address 0
 *     loop
 *       $acc_k = v128.xor($acc_k, v128.load($at + 16 k))
 *       br_if 0 (($at = $at + 160) < $end)
 *     end
 *     v128.store(16 k, $acc_k))
 *
 * [WebAssembly core specification 2.0, binary format]
 */
const ROW_BYTES = 160
const LANE_BYTES = 16
const LANES = ROW_BYTES / LANE_BYTES
const PAGE_BYTES = 65_536

const I32 = 0x7f
const V128 = 0x7b
const LOOP = 0x03
const VOID = 0x40
const BR_IF = 0x0d
const END = 0x0b
const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const I32_CONST = 0x41
const I32_LT_U = 0x49
const I32_ADD = 0x6a
const V128_LOAD = [0xfd, 0x00]
const V128_STORE = [0xfd, 0x0b]
const V128_XOR = [0xfd, 0x51]

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const low = value & 0x7f
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)]
}

/** Signed LEB128 of a non-negative number. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)]
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const vector = (entries: readonly (readonly number[])[]): number[] => [...unsigned(entries.length), ...entries.flat()]
const section = (id: number, entries: readonly (readonly number[])[]): number[] => [id, ...sized(vector(entries))]
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)])
/** Alignment hint 2^0: callers place data anywhere. */
const unaligned = (offset: number): number[] => [0, ...unsigned(offset)]

function xorRowsBody(): number[] {
  const at = 0
  const end = 1
  const lanes = Array.from({ length: LANES }, (_, lane) => ({ accumulator: 2 + lane, offset: lane * LANE_BYTES }))
  return [
    ...vector([[...unsigned(LANES), V128]]),
    ...lanes.flatMap(({ accumulator, offset }) => [
      ...[I32_CONST, 0, ...V128_LOAD, ...unaligned(offset)],
      ...[LOCAL_SET, accumulator],
    ]),
    ...[LOOP, VOID],
    ...lanes.flatMap(({ accumulator, offset }) => [
      ...[LOCAL_GET, accumulator],
      ...[LOCAL_GET, at, ...V128_LOAD, ...unaligned(offset)],
      ...[...V128_XOR, LOCAL_SET, accumulator],
    ]),
    ...[LOCAL_GET, at, I32_CONST, ...signed(ROW_BYTES), I32_ADD, LOCAL_TEE, at, LOCAL_GET, end, I32_LT_U, BR_IF, 0],
    END,
    ...lanes.flatMap(({ accumulator, offset }) => [
      ...[I32_CONST, 0, LOCAL_GET, accumulator],
      ...[...V128_STORE, ...unaligned(offset)],
    ]),
    END,
  ]
}

function moduleBytes(memoryPages: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [[0x60, ...vector([[I32], [I32]]), ...vector([])]]),
    ...section(3, [[0]]),
    ...section(5, [[0x00, ...unsigned(memoryPages)]]),
    ...section(7, [
      [...text('memory'), 0x02, 0],
      [...text('xorRows'), 0x00, 0],
    ]),
    ...section(10, [sized(xorRowsBody())]),
  ])
}

/** The part of the platform's WebAssembly that is used, with the exports of the module above. The type libraries know it for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly xorRows: (at: number, end: number) => void }
  }
}

export interface XorColumns {
  /** Bytes 0 to 159 are the accumulators; the rest is the caller's. */
  readonly memory: Uint8Array<ArrayBuffer>
  /** Both are addresses in `memory`, a whole number of rows apart, at least one. */
  readonly xorRows: (at: number, end: number) => void
}

/** One instance with room for `bytes` after the accumulators. */
export function createXorColumns(bytes: number): XorColumns {
  const pages = Math.ceil((ROW_BYTES + bytes) / PAGE_BYTES)
  const { memory, xorRows } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(pages))).exports
  return { memory: new Uint8Array(memory.buffer), xorRows }
}
