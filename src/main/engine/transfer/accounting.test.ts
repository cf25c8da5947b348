import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAccounting } from './accounting.ts'

const zero = { sentBytes: 0, acceptedBytes: 0, uploadedFiles: 0, migratedFiles: 0, migratedBytes: 0 }

test('a failed attempt takes back what was accepted; what was sent stays sent', () => {
  const accounting = createAccounting()
  const first = accounting.beginAttempt(100)
  first.sent(60)
  first.acceptedUpTo(40)
  expect(accounting.totals()).toEqual({ ...zero, sentBytes: 60, acceptedBytes: 40 })
  first.failed()
  expect(accounting.totals()).toEqual({ ...zero, sentBytes: 60 })
  const second = accounting.beginAttempt(100)
  second.sent(100)
  second.stored()
  accounting.migrated(100, { wasSent: true })
  expect(accounting.totals()).toEqual({
    sentBytes: 160,
    acceptedBytes: 100,
    uploadedFiles: 1,
    migratedFiles: 1,
    migratedBytes: 100,
  })
})

test('a suspended attempt keeps what was accepted, and the next goes on from there', () => {
  const accounting = createAccounting()
  const first = accounting.beginAttempt(100)
  first.sent(50)
  first.acceptedUpTo(50)
  first.suspended()
  const second = accounting.beginAttempt(100, 50)
  second.acceptedUpTo(20)
  expect(accounting.totals().acceptedBytes).toBe(20)
  second.sent(80)
  second.stored()
  expect(accounting.totals()).toMatchObject({ sentBytes: 130, acceptedBytes: 100, uploadedFiles: 1 })
})

test('an attempt ends once', () => {
  const accounting = createAccounting()
  const attempt = accounting.beginAttempt(10)
  attempt.stored()
  attempt.failed()
  attempt.stored()
  attempt.sent(5)
  attempt.acceptedUpTo(0)
  expect(accounting.totals()).toEqual({ ...zero, acceptedBytes: 10, uploadedFiles: 1 })
})

test('a lost file is taken back; a file that was there counts without being sent', () => {
  const accounting = createAccounting({ sentBytes: 7 })
  accounting.beginAttempt(10).stored()
  accounting.lost(10)
  accounting.migrated(5, { wasSent: false })
  expect(accounting.totals()).toEqual({ sentBytes: 7, acceptedBytes: 5, uploadedFiles: 1, migratedFiles: 1, migratedBytes: 5 })
})

test('sent never falls, accepted stays between nothing and the sizes, and all is accepted when all is stored', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('sent' as const), bytes: fc.nat(200) }),
    fc.record({ kind: fc.constant('acceptedUpTo' as const), bytes: fc.integer({ min: -50, max: 300 }) }),
    fc.record({ kind: fc.constantFrom('failed' as const, 'stored' as const, 'suspended' as const), bytes: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), step), { maxLength: 60 }), (steps) => {
      const sizes = [0, 1, 100, 250]
      const accounting = createAccounting()
      const attempts = sizes.map((size) => accounting.beginAttempt(size))
      let sentBytes = 0
      for (const [index, { kind, bytes }] of steps) {
        if (kind === 'sent' || kind === 'acceptedUpTo') attempts[index]?.[kind](bytes)
        else attempts[index]?.[kind]()
        const totals = accounting.totals()
        expect(totals.sentBytes).toBeGreaterThanOrEqual(sentBytes)
        sentBytes = totals.sentBytes
        expect(totals.acceptedBytes).toBeGreaterThanOrEqual(0)
        expect(totals.acceptedBytes).toBeLessThanOrEqual(351)
      }
      const fresh = createAccounting()
      for (const size of sizes) fresh.beginAttempt(size).stored()
      expect(fresh.totals().acceptedBytes).toBe(351)
    }),
  )
})
