import type { Room } from '../run/flights.ts'
import type { Round } from '../run/round.ts'
import { concludeFailure } from './failure.ts'
import { describeAnew, type FileToSend } from './fileToSend.ts'
import { uploadFile } from './uploadFile.ts'

/**
 * The file as it is now, when it still has no content: what is stored without being read must at least be seen. undefined = it has been
 * dealt with: sent with the content that it got since the scan, put off, or failed. Errors: what ends the task; Drained.
 */
export async function stillEmpty(round: Round, file: FileToSend, memory: Room): Promise<FileToSend | undefined> {
  try {
    const open = await round.source.open(file.item.relPath, round.stops.drop)
    await open.close()
    if (open.stamp.sizeBytes > 0) {
      await uploadFile(round, file, { memory })
      return undefined
    }
    const now = describeAnew(file, open.stamp)
    round.facts.later(...now.facts)
    return now.file
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
    return undefined
  }
}
