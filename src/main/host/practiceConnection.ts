import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

/** The part of a stored connection that tells whether it leads to the practice tenant of the same work folder. */
const networkSchema = z.object({
  network: z.object({ caFile: z.string(), map: z.array(z.object({ port: z.number().int() })).min(1) }),
})

/** Where the practice tenant of a work folder keeps its state. */
export const practiceFolder = (workFolder: string) => path.join(workFolder, 'practice')

/** The port that the stored connection expects the practice tenant on; undefined when the install is connected to something else. */
export function formerPracticePort(workFolder: string): number | undefined {
  const connectionFile = path.join(workFolder, 'connection.json')
  if (!fs.existsSync(connectionFile)) return undefined
  const { network } = networkSchema.safeParse(JSON.parse(fs.readFileSync(connectionFile, 'utf8'))).data ?? {}
  return network?.caFile.startsWith(practiceFolder(workFolder) + path.sep) ? network.map[0]?.port : undefined
}
