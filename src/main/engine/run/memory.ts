import { MIB } from '../../../shared/units.ts'
import { Room } from './flights.ts'

/** Bytes of files that are being sent, whatever their number and size; each large file also has its next fragment in memory. */
const SENDING_BYTES = 64 * MIB
/** Bytes of files and their ciphers while packages are written, whatever their number and size. */
const PACKING_BYTES = 96 * MIB

/** Room for content in memory; one for all rounds of a process, so that several at once take no more than one. */
export interface Memory {
  readonly sending: Room
  readonly packing: Room
}

export const createMemory = (): Memory => ({ sending: new Room(SENDING_BYTES), packing: new Room(PACKING_BYTES) })
