import { describe, expect, test } from 'vitest'
import { Flights, Room } from './flights.ts'

interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const turn = async () => {
  for (let count = 0; count < 20; count++) await Promise.resolve()
}

describe('flights', () => {
  test('start within the weight, the rest as others land', async () => {
    const flights = new Flights({ capacity: 2 })
    const gates = [gate(), gate(), gate()]
    const started: number[] = []
    const launching = (async () => {
      for (const [index, one] of gates.entries()) {
        await flights.launch(1, async () => {
          started.push(index)
          await one.opened
        })
      }
    })()
    await turn()
    expect(started).toEqual([0, 1])
    gates[1]?.open()
    await launching
    expect(started).toEqual([0, 1, 2])
    gates[0]?.open()
    gates[2]?.open()
    await flights.landed()
  })

  test('an error is told at once, refuses new flights, and is thrown when all have landed', async () => {
    const told: unknown[] = []
    const flights = new Flights({ capacity: 3, onFailure: (thrown) => told.push(thrown) })
    const slow = gate()
    let hasLanded = false
    await flights.launch(1, async () => {
      await slow.opened
      hasLanded = true
    })
    await flights.launch(1, () => Promise.reject(new Error('broken')))
    await turn()
    expect(told).toEqual([new Error('broken')])
    slow.open()
    await expect(flights.launch(1, () => Promise.reject(new Error('never starts')))).rejects.toThrow('broken')
    expect(hasLanded).toBe(true)
    await expect(flights.landed()).rejects.toThrow('broken')
  })

  test('something heavier than the capacity flies alone', async () => {
    const flights = new Flights({ capacity: 2 })
    let hasFlown = false
    await flights.launch(5, async () => {
      hasFlown = true
    })
    await flights.landed()
    expect(hasFlown).toBe(true)
  })
})

describe('room', () => {
  test('is lent in order and never more than there is', async () => {
    const room = new Room(10)
    const gates = [gate(), gate(), gate()]
    const inside: number[] = []
    const holds = [6, 6, 4].map((amount, index) =>
      room.hold(amount, async () => {
        inside.push(index)
        await gates[index]?.opened
      }),
    )
    await turn()
    expect(inside).toEqual([0])
    gates[0]?.open()
    await turn()
    expect(inside).toEqual([0, 1, 2])
    for (const one of gates) one.open()
    await Promise.all(holds)
  })

  test('is given back when the work fails', async () => {
    const room = new Room(1)
    await expect(room.hold(1, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await room.hold(1, async () => 'in')).toBe('in')
  })

  test('lets something larger than itself in when it is empty', async () => {
    expect(await new Room(1).hold(9, async () => 'in')).toBe('in')
  })
})
