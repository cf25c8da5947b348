import { connectTo } from '../src/main/adapters/testing/practiceService.ts'

/** What an administrator of the site could do behind our back: takes one entry out of the audit. */
export async function removeAuditEntry(connectionFile: string, seq: number): Promise<void> {
  const never = new AbortController().signal
  const service = await connectTo(connectionFile)
  try {
    const row = (await service.audit.list(never)).find(({ value }) => value.seq === seq)
    if (!row || !(await service.audit.remove(row, never))) throw new Error(`entry ${seq} is not there`)
  } finally {
    await service.close()
  }
}
